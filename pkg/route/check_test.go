package route

import (
	"errors"
	"net/url"
	"path"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestCheckPassesPathsThatEveryReaderReadsAlike(t *testing.T) {
	for _, p := range []string{
		"/", "/contacts", "/contacts/", "/contacts/ve9EPM428h8vShlRW1KT", "/a-b_c.d~e/f", "/...", "/.well-known/x",
		"/things/1:cancel", "/a!$&'()*+,=:@b", "/%20", "/a%2Bb", "/a%3Ab", "/%5Bx%5D", "/caf%C3%A9", "/%e2%82%ac", "/%F0%9F%98%80",
		"/%EF%BF%BD", "/%22%3C%3E",
	} {
		if err := Check(p); err != nil {
			t.Errorf("Check(%q): %v", p, err)
		}
	}
}

func TestCheckRefusesPathsThatTwoReadersCouldReadDifferently(t *testing.T) {
	for want, paths := range map[error][]string{
		errRelative:  {"", "contacts", "*", "http://host/contacts", "%2Fcontacts"},
		errEmpty:     {"//", "//contacts", "/contacts//1", "/contacts/1//", "///"},
		errDot:       {"/.", "/..", "/./a", "/a/.", "/a/..", "/x/../contacts/1", "/a/./"},
		errCharacter: {"/a\\b", "/a;b", "/contacts/1;x=y", "/a?b", "/a#b", "/a b", "/a\x00", "/a\x7f", "/a\n", "/é", "/{id}", "/a|b", "/a^", "/a`", "/\"", "/<", "/>", "/[1]", "/\xff"},
		errEscape: {
			"/%", "/%2", "/%zz", "/%2g", "/a%", "/%2f", "/%2F", "/..%2f..", "/%5c", "/%3b", "/%3f", "/%23", "/%25", "/%2541", "/%00", "/%0a", "/%1f", "/%7f",
			"/%2e", "/%2e%2e", "/%2E./a", "/%61", "/%41", "/%30", "/%2d", "/%5f", "/%7e",
			"/%c0%af", "/%c0%ae", "/%e0%80%af", "/%c3", "/%c3x", "/%c3%", "/%a9", "/%ed%a0%80", "/%f5%80%80%80", "/%ff", "/%c2%80", "/%c2%9f",
		},
	} {
		for _, p := range paths {
			if err := Check(p); !errors.Is(err, want) {
				t.Errorf("Check(%q) = %v, want %v", p, err, want)
			}
			if !errors.Is(want, ErrPath) {
				t.Errorf("%v does not wrap ErrPath", want)
			}
		}
	}
}

func TestCheckOfAPlainPathAllocatesNothing(t *testing.T) {
	for _, p := range []string{"/contacts/ve9EPM428h8vShlRW1KT", "/caf%C3%A9/1", "/a//b", "/%2f"} {
		if n := testing.AllocsPerRun(100, func() { _ = Check(p) }); n != 0 {
			t.Errorf("Check(%q) allocates %v times", p, n)
		}
	}
}

func FuzzCheckedPathsHaveOneReading(f *testing.F) {
	for _, p := range []string{"/", "/a/b/", "/a%20b", "/%2e%2e/", "//", "/a%c0%af", "/x/../y", "/%e2%82%ac", "/a;b", "/%252f"} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, p string) {
		if Check(p) != nil {
			return
		}
		trimmed := TrimSlash(p)
		if got := path.Clean(p); got != trimmed {
			t.Errorf("%q: path.Clean reads %q", p, got)
		}
		decoded, err := url.PathUnescape(p)
		if err != nil {
			t.Fatalf("%q: %v", p, err)
		}
		if !utf8.ValidString(decoded) || strings.ContainsFunc(decoded, unicode.IsControl) || strings.ContainsAny(decoded, `\;?#%`) {
			t.Errorf("%q decodes to %q", p, decoded)
		}
		if strings.Count(decoded, "/") != strings.Count(p, "/") {
			t.Errorf("%q decodes to other segments: %q", p, decoded)
		}
		if got := path.Clean(decoded); got != TrimSlash(decoded) {
			t.Errorf("%q: path.Clean of the decoded path reads %q", p, got)
		}
		u, err := url.ParseRequestURI(p)
		if err != nil || u.EscapedPath() != p || u.RawQuery != "" {
			t.Errorf("%q: net/url reads %v, %v", p, u, err)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_ = Check("/locations/ve9EPM428h8vShlRW1KT/customFields/0007BWpSzSwfiuSl0tR2")
	}
}
