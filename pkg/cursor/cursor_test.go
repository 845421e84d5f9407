package cursor_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/private-integrations/private-integrations/pkg/cursor"
)

func newKey(t testing.TB, fill byte) cursor.Key {
	t.Helper()
	k, err := cursor.NewKey(bytes.Repeat([]byte{fill}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestCursorsOpenToThePositionTheyWereSealedWith(t *testing.T) {
	k := newKey(t, 1)
	for _, position := range []string{"", "0", "01JZ0000000000000000000000", "\x00\xff", strings.Repeat("x", 1000)} {
		sealed := k.Seal("list", position)
		if got, err := k.Open("list", sealed); err != nil || got != position {
			t.Errorf("%q: %q, %v", position, got, err)
		}
		if strings.Trim(sealed, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_") != "" {
			t.Errorf("%q is not fit for a URL", sealed)
		}
	}
}

func TestCursorsOfAnotherListOrKeyAreRefused(t *testing.T) {
	k := newKey(t, 1)
	sealed := k.Seal("integrations acme", "position")
	for _, list := range []string{"", "integrations", "integrations globex", "integrations acmeposition", "integrations acm"} {
		if got, err := k.Open(list, sealed); !errors.Is(err, cursor.ErrInvalid) || got != "" {
			t.Errorf("%q: %q, %v", list, got, err)
		}
	}
	if _, err := newKey(t, 2).Open("integrations acme", sealed); !errors.Is(err, cursor.ErrInvalid) {
		t.Errorf("another key: %v", err)
	}
}

func TestListAndPositionCantFlowIntoEachOther(t *testing.T) {
	k := newKey(t, 1)
	if strings.HasPrefix(k.Seal("ab", "c"), k.Seal("a", "bc")[:20]) {
		t.Error("two lists share a tag")
	}
}

func TestEveryChangeOfACursorIsRefused(t *testing.T) {
	k := newKey(t, 1)
	for _, position := range []string{"", "1", "12"} { // with each number of spare bits at the end
		sealed := k.Seal("list", position)
		for i := range len(sealed) {
			for b := range 256 {
				changed := sealed[:i] + string([]byte{byte(b)}) + sealed[i+1:]
				if _, err := k.Open("list", changed); changed != sealed && !errors.Is(err, cursor.ErrInvalid) {
					t.Errorf("%q for %q: %v", changed, sealed, err)
				}
			}
			if _, err := k.Open("list", sealed[:i]); !errors.Is(err, cursor.ErrInvalid) {
				t.Errorf("cut to %q: %v", sealed[:i], err)
			}
		}
		for _, changed := range []string{sealed + "A", sealed + "=", sealed + "\n", sealed[:4] + "\n" + sealed[4:], " " + sealed, sealed + sealed} {
			if _, err := k.Open("list", changed); !errors.Is(err, cursor.ErrInvalid) {
				t.Errorf("%q: %v", changed, err)
			}
		}
	}
}

func TestKeysHaveAtLeast32Bytes(t *testing.T) {
	if _, err := cursor.NewKey(make([]byte, 31)); err == nil || !strings.Contains(err.Error(), "31 bytes") {
		t.Errorf("31 bytes: %v", err)
	}
}

func FuzzOpen(f *testing.F) {
	k := newKey(f, 1)
	f.Add("list", k.Seal("list", "position"))
	f.Add("", "")
	f.Fuzz(func(t *testing.T, list, text string) {
		if position, err := k.Open(list, text); err == nil && k.Seal(list, position) != text {
			t.Errorf("%q and %q open to %q", text, k.Seal(list, position), position)
		}
	})
}
