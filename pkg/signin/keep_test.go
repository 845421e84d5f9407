package signin_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/keyset"
	"github.com/private-integrations/private-integrations/pkg/seal"
	"github.com/private-integrations/private-integrations/pkg/signin"
)

// oneKey is a keyring of one version, which may fail.
type oneKey struct {
	key seal.Key
	err error
}

func (k *oneKey) Current(context.Context) (int, seal.Key, error) { return 1, k.key, k.err }

func (k *oneKey) Key(_ context.Context, version int) (seal.Key, error) {
	if version != 1 && k.err == nil {
		return seal.Key{}, keyset.ErrUnknownVersion
	}
	return k.key, k.err
}

func keeper(t *testing.T, issuer string) (*signin.SignIn, *oneKey) {
	t.Helper()
	key, err := seal.NewKey(bytes.Repeat([]byte{7}, seal.MinKeySize))
	if err != nil {
		t.Fatal(err)
	}
	keys := &oneKey{key: key}
	s, err := signin.New(signin.Config{
		Issuer: issuer, ClientID: "console", URL: "https://console.example.com", Keys: keys,
		Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, keys
}

// kept keeps v and gives the request that the browser makes then.
func kept(t *testing.T, s *signin.SignIn, name string, v any) (*http.Request, *http.Cookie) {
	t.Helper()
	w := httptest.NewRecorder()
	if err := s.Keep(w, httptest.NewRequest(http.MethodPost, "/", nil), name, v, time.Minute); err != nil {
		t.Fatal(err)
	}
	c := w.Result().Cookies()[0]
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(c)
	return r, c
}

func TestWhatIsKeptComesBackUnderItsNameAlone(t *testing.T) {
	s, _ := keeper(t, "https://issuer.example.com")
	r, c := kept(t, s, "draft", []string{"a", "ü"})
	if c.Name != "__Host-private-integrations-draft" || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.MaxAge != 60 {
		t.Errorf("%v", c)
	}
	var got []string
	if !s.Kept(r, "draft", &got) || strings.Join(got, " ") != "a ü" {
		t.Errorf("%v", got)
	}
	renamed := httptest.NewRequest(http.MethodGet, "/", nil)
	renamed.AddCookie(&http.Cookie{Name: "__Host-private-integrations-other", Value: c.Value})
	renamed.AddCookie(&http.Cookie{Name: "__Host-private-integrations", Value: c.Value})
	if _, known := s.Session(renamed); known || s.Kept(renamed, "other", &got) {
		t.Error("it opens under another name")
	}
	if other, _ := keeper(t, "https://other.example.com"); other.Kept(r, "draft", &got) {
		t.Error("it opens for another provider")
	}
}

func TestWhatWasChangedOrIsNotThereIsNotKept(t *testing.T) {
	s, keys := keeper(t, "https://issuer.example.com")
	r, c := kept(t, s, "draft", "plan")
	var got string
	if s.Kept(httptest.NewRequest(http.MethodGet, "/", nil), "draft", &got) {
		t.Error("something is kept where nothing was")
	}
	changed := httptest.NewRequest(http.MethodGet, "/", nil)
	changed.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value[:10] + c.Value[11:]})
	if s.Kept(changed, "draft", &got) {
		t.Error("a changed one opens")
	}
	keys.err = errors.New("the secret can't be read")
	if s.Kept(r, "draft", &got) {
		t.Error("one opens without a key")
	}
	if err := s.Keep(httptest.NewRecorder(), r, "draft", "plan", time.Minute); !errors.Is(err, signin.ErrFault) {
		t.Errorf("without a key: %v", err)
	}
}

func TestWhatDoesNotFitInACookieIsNotKept(t *testing.T) {
	s, _ := keeper(t, "https://issuer.example.com")
	w := httptest.NewRecorder()
	random := make([]byte, 0, 8000)
	for x := uint32(1); len(random) < cap(random); {
		x = x*1664525 + 1013904223
		random = append(random, ' '+byte(x>>24)%94)
	}
	if err := s.Keep(w, httptest.NewRequest(http.MethodPost, "/", nil), "draft", string(random), time.Minute); !errors.Is(err, signin.ErrTooLarge) {
		t.Errorf("8,000 characters: %v", err)
	}
	if cookies := w.Result().Cookies(); len(cookies) != 0 {
		t.Errorf("%v", cookies)
	}
}

func TestForgettingTakesAwayWhatIsThere(t *testing.T) {
	s, _ := keeper(t, "https://issuer.example.com")
	r, _ := kept(t, s, "draft", "plan")
	w := httptest.NewRecorder()
	s.Forget(w, r, "draft")
	if c := w.Result().Cookies(); len(c) != 1 || c[0].MaxAge >= 0 {
		t.Errorf("%v", c)
	}
	w = httptest.NewRecorder()
	s.Forget(w, httptest.NewRequest(http.MethodGet, "/", nil), "draft")
	if c := w.Result().Cookies(); len(c) != 0 {
		t.Errorf("%v", c)
	}
}
