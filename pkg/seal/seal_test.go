package seal_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/private-integrations/private-integrations/pkg/seal"
)

const cookieOctets = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_."

func newKey(t testing.TB, fill byte) seal.Key {
	t.Helper()
	k, err := seal.NewKey(bytes.Repeat([]byte{fill}, seal.MinKeySize))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestWhatIsSealedOpensForItsPurposeAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOfN(rapid.Byte(), seal.MinKeySize, 100).Draw(t, "key")
		k, err := seal.NewKey(raw)
		if err != nil {
			t.Fatal(err)
		}
		version := rapid.IntRange(1, 1_000_000).Draw(t, "version")
		purpose := rapid.String().Draw(t, "purpose")
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		text := k.Seal(version, purpose, plain)
		if got, err := k.Open(purpose, text); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("%q opens to %q, %v", plain, got, err)
		}
		if got, err := seal.Version(text); err != nil || got != version {
			t.Fatalf("version %d, %v; want %d", got, err, version)
		}
		if strings.Trim(text, cookieOctets) != "" {
			t.Fatalf("%q is not fit for a cookie", text)
		}
		if k.Seal(version, purpose, plain) == text {
			t.Fatal("two seals are the same")
		}
		if other := rapid.String().Draw(t, "other purpose"); other != purpose {
			if got, err := k.Open(other, text); !errors.Is(err, seal.ErrInvalid) || got != nil {
				t.Fatalf("for %q instead of %q: %q, %v", other, purpose, got, err)
			}
		}
	})
}

func TestAnotherKeyOpensNothing(t *testing.T) {
	text := newKey(t, 1).Seal(1, "session", []byte("plain"))
	if got, err := newKey(t, 2).Open("session", text); !errors.Is(err, seal.ErrInvalid) || got != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// What an earlier release has sealed has to open for as long as cookies live.
func TestKnownTextStillOpens(t *testing.T) {
	const text = "1.kDlx3YtkKMCQEM31ybeYOqVnMB5hJgBDjGX7m8T1lDluwQlc-KJ4yhca5Nza"
	if got, err := newKey(t, 7).Open("session", text); err != nil || string(got) != "who has signed in" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestEveryChangeOfATextIsRefused(t *testing.T) {
	k := newKey(t, 1)
	for _, plain := range []string{"", "1", "12"} { // with each number of spare bits at the end
		text := k.Seal(3, "session", []byte(plain))
		for i := range len(text) {
			for b := range 256 {
				changed := text[:i] + string([]byte{byte(b)}) + text[i+1:]
				if _, err := k.Open("session", changed); changed != text && !errors.Is(err, seal.ErrInvalid) {
					t.Errorf("%q for %q: %v", changed, text, err)
				}
			}
			if _, err := k.Open("session", text[:i]); !errors.Is(err, seal.ErrInvalid) {
				t.Errorf("cut to %q: %v", text[:i], err)
			}
		}
		_, sealed, _ := strings.Cut(text, ".")
		for _, changed := range []string{
			text + "A", text + "=", text + "\n", text[:6] + "\n" + text[6:], " " + text, text + text, text + ".",
			"4." + sealed, "03." + sealed, "+3." + sealed, "-3." + sealed, "0." + sealed, "." + sealed, sealed, "3" + sealed,
			strconv.Itoa(1<<62) + "0." + sealed, "3.", ".", "", "3..", "3." + sealed[:len(sealed)-1],
		} {
			if _, err := k.Open("session", changed); !errors.Is(err, seal.ErrInvalid) {
				t.Errorf("%q: %v", changed, err)
			}
		}
	}
}

func TestKeysHaveAtLeast32Bytes(t *testing.T) {
	if _, err := seal.NewKey(make([]byte, 31)); err == nil || !strings.Contains(err.Error(), "31 bytes") {
		t.Errorf("31 bytes: %v", err)
	}
}

func TestEveryByteOfAKeyCounts(t *testing.T) {
	raw := bytes.Repeat([]byte{1}, 64)
	k, err := seal.NewKey(raw)
	if err != nil {
		t.Fatal(err)
	}
	text := k.Seal(1, "session", nil)
	for i := range raw {
		other := bytes.Clone(raw)
		other[i]++
		o, err := seal.NewKey(other)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.Open("session", text); !errors.Is(err, seal.ErrInvalid) {
			t.Errorf("byte %d does not count", i)
		}
	}
}

func TestKeysDontPrintOrMarshal(t *testing.T) {
	raw := []byte("a secret that nobody may ever see in a log")
	k, err := seal.NewKey(raw)
	if err != nil {
		t.Fatal(err)
	}
	type holder struct {
		Key seal.Key
		key seal.Key
	}
	h := holder{k, k}
	b, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	all := string(b)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		all += fmt.Sprintf(verb, k) + fmt.Sprintf(verb, &k) + fmt.Sprintf(verb, h) + fmt.Sprintf(verb, &h)
	}
	// A round key in any form would take more room than the addresses do.
	if len(all) > 3_000 || strings.Contains(all, "secret") {
		t.Errorf("%d characters: %.3000s", len(all), all)
	}
}

func FuzzOpen(f *testing.F) {
	k := newKey(f, 1)
	f.Add("session", k.Seal(1, "session", []byte("plain")))
	f.Add("", "1.")
	f.Add("session", base64.RawURLEncoding.EncodeToString(make([]byte, 28)))
	f.Fuzz(func(t *testing.T, purpose, text string) {
		version, err := seal.Version(text)
		plain, openErr := k.Open(purpose, text)
		switch {
		case openErr == nil && (err != nil || version < 1):
			t.Errorf("%q opens to %q and has no version: %v", text, plain, err)
		case openErr != nil && !errors.Is(openErr, seal.ErrInvalid):
			t.Errorf("%q: %v", text, openErr)
		case err == nil && !strings.HasPrefix(text, strconv.Itoa(version)+"."):
			t.Errorf("%q has the version %d", text, version)
		}
	})
}
