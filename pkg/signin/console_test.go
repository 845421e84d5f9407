package signin_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/keyring"
	"github.com/private-integrations/private-integrations/pkg/keyset"
	"github.com/private-integrations/private-integrations/pkg/seal"
	"github.com/private-integrations/private-integrations/pkg/signin"
)

var now = time.Date(2027, 1, 31, 12, 0, 0, 0, time.UTC)

const hour = time.Hour

// site is a console of no pages but those that sign in, at an address of its
// own.
type site struct {
	t        *testing.T
	provider *oidcProvider
	signIn   *signin.SignIn
	server   *httptest.Server
	log      bytes.Buffer
	now      time.Time
	keys     keyset.Set
	keysDown bool
	keysRead int
	failed   error // of the last request but those of who has signed in
}

// newSite makes a console, on https unless it is told otherwise.
func newSite(t *testing.T, configure ...func(*signin.Config)) *site {
	t.Helper()
	s := &site{t: t, provider: newProvider(t), now: now, keys: keyset.First(bytes.Repeat([]byte{7}, seal.MinKeySize))}
	s.server = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	config := signin.Config{
		Issuer: s.provider.url(), ClientID: "console", Claim: "cognito:groups",
		URL: "https://" + s.server.Listener.Addr().String(),
		Keys: keyring.New(func(context.Context) ([]byte, error) {
			s.keysRead++
			if s.keysDown {
				return nil, errors.New("the secret can't be read")
			}
			return s.keys.Encode(), nil
		}, seal.NewKey, func() time.Time { return s.now }),
		Now: func() time.Time { return s.now },
		Log: slog.New(slog.NewTextHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, c := range configure {
		c(&config)
	}
	var err error
	if s.signIn, err = signin.New(config); err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(config.URL, "https:") {
		s.server.StartTLS()
	} else {
		s.server.Start()
	}
	t.Cleanup(s.server.Close)
	t.Cleanup(s.provider.server.Close)
	return s
}

// onHTTP is a console without https, as on one machine.
func onHTTP(c *signin.Config) { c.URL = strings.Replace(c.URL, "https:", "http:", 1) }

func (s *site) serve(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/me" {
		if session, found := s.signIn.Session(r); found {
			_ = json.NewEncoder(w).Encode(session)
		}
		return
	}
	s.failed = nil
	switch r.URL.Path {
	case "/signin":
		s.failed = s.signIn.Begin(w, r, r.URL.Query().Get("to"))
	case signin.CallbackPath:
		_, to, err := s.signIn.Callback(w, r)
		if s.failed = err; err == nil {
			http.Redirect(w, r, to, http.StatusSeeOther)
		}
	case "/signout":
		s.signIn.SignOut(w, r)
	case "/signout/provider":
		s.signIn.Leave(w, r)
	case "/switch":
		session, _ := s.signIn.Session(r)
		session.Account = r.URL.Query().Get("account")
		s.failed = s.signIn.Save(w, r, session)
	}
	if s.failed != nil {
		w.WriteHeader(http.StatusBadRequest)
	}
}

// browser keeps cookies and follows nothing by itself.
type browser struct {
	s      *site
	client *http.Client
	sent   []string // all that the site ever gave it: headers and bodies
}

func (s *site) browser() *browser {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &browser{s: s, client: &http.Client{
		Jar: jar,
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// get asks for a path of the site, or for a whole URL, and gives the answer with
// where it redirects to.
func (b *browser) get(target string) (*http.Response, string) {
	b.s.t.Helper()
	if strings.HasPrefix(target, "/") {
		target = b.s.signIn.URL + target
	}
	request, err := http.NewRequestWithContext(b.s.t.Context(), http.MethodGet, target, nil)
	if err != nil {
		b.s.t.Fatal(err)
	}
	response, err := b.client.Do(request)
	if err != nil {
		b.s.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		b.s.t.Fatal(err)
	}
	var header strings.Builder
	_ = response.Header.Write(&header)
	b.sent = append(b.sent, header.String(), string(body))
	return response, response.Header.Get("Location")
}

// begin goes to sign in and gives the address at the provider.
func (b *browser) begin(returnTo string) string {
	b.s.t.Helper()
	response, location := b.get("/signin?" + url.Values{"to": {returnTo}}.Encode())
	if response.StatusCode != http.StatusSeeOther {
		b.s.t.Fatalf("begin: %s, %v", response.Status, b.s.failed)
	}
	return location
}

// signIn goes through all of it and gives where it ended.
func (b *browser) signIn(returnTo string) string {
	b.s.t.Helper()
	_, location := b.get(b.s.provider.approve(b.begin(returnTo)).String())
	if b.s.failed != nil {
		b.s.t.Fatalf("sign in: %v", b.s.failed)
	}
	return location
}

// session is who the site takes the browser's person for; nil for nobody.
func (b *browser) session() *signin.Session {
	b.s.t.Helper()
	b.get("/me")
	body := b.sent[len(b.sent)-1]
	if body == "" {
		return nil
	}
	var session signin.Session
	if err := json.Unmarshal([]byte(body), &session); err != nil {
		b.s.t.Fatal(err)
	}
	return &session
}

// cookies are what the browser sends, by name.
func (b *browser) cookies() map[string]string {
	all := map[string]string{}
	for _, c := range b.client.Jar.Cookies(b.at()) {
		all[c.Name] = c.Value
	}
	return all
}

// plant puts a cookie into the browser, as whoever holds the machine can.
func (b *browser) plant(name, value string) {
	b.client.Jar.SetCookies(b.at(), []*http.Cookie{{Name: name, Value: value, Path: "/", Secure: strings.HasPrefix(name, "__Host-")}})
}

func (b *browser) at() *url.URL {
	u, err := url.Parse(b.s.signIn.URL)
	if err != nil {
		b.s.t.Fatal(err)
	}
	return u
}
