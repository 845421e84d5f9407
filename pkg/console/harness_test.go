package console_test

import (
	"bytes"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/console"
	"github.com/private-integrations/private-integrations/pkg/keyring"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/seal"
	"github.com/private-integrations/private-integrations/pkg/signin"
)

const (
	consoleURL = "http://console.test"
	apiURL     = "https://api.test/v2"

	home = "/settings/private-integrations"
)

// site is a console over the product's own parts.
type site struct {
	*rig.Rig
	t       *testing.T
	console *console.Console
	signIn  *signin.SignIn
	log     bytes.Buffer
}

func newSite(t *testing.T, configure ...func(*signin.Config)) *site {
	t.Helper()
	s := &site{Rig: rig.New(t), t: t}
	file := filepath.Join(t.TempDir(), "sealing.json")
	if err := keyring.CreateFile(file, make([]byte, seal.MinKeySize)); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(&s.log, nil))
	config := signin.Config{
		Issuer: rig.Issuer, ClientID: "console", URL: consoleURL, Claim: "cognito:groups",
		Keys: keyring.New(keyring.File(file), seal.NewKey, s.Clock.Now), Now: s.Clock.Now, Log: log,
	}
	for _, c := range configure {
		c(&config)
	}
	var err error
	if s.signIn, err = signin.New(config); err != nil {
		t.Fatal(err)
	}
	brand, err := console.NewBrand("Acme Cloud", "", console.DefaultColor)
	if err != nil {
		t.Fatal(err)
	}
	s.console = console.New(console.Config{
		Service: s.Manage, SignIn: s.signIn, Catalog: s.Catalog, Format: s.Format, Brand: brand,
		URL: consoleURL, APIURL: apiURL, Now: s.Clock.Now, Log: log,
	})
	t.Cleanup(func() {
		if strings.Contains(s.log.String(), "console fault") {
			t.Errorf("the console logged a fault:\n%s", s.log.String())
		}
	})
	return s
}

// browser is that of one person: it keeps cookies, and follows nothing by
// itself.
type browser struct {
	s       *site
	cookies map[string]string
}

// stranger is a browser in which nobody has signed in.
func (s *site) stranger() *browser { return &browser{s: s, cookies: map[string]string{}} }

// signedIn is a browser in which somebody has, who is in each of the accounts
// what role says. It looks at the first.
func (s *site) signedIn(role account.Role, accounts ...string) *browser {
	s.t.Helper()
	name := string(role) + "@" + accounts[0] + ".test"
	session := signin.Session{
		Issuer: rig.Issuer, Subject: name, Email: name, Roles: map[string]account.Role{},
		Account: accounts[0], ExpiresAt: s.Clock.Now().Add(8 * time.Hour),
	}
	for _, id := range accounts {
		session.Roles[id] = role
	}
	b := s.stranger()
	w := httptest.NewRecorder()
	if err := s.signIn.Save(w, httptest.NewRequest(http.MethodGet, consoleURL+"/", nil), session); err != nil {
		s.t.Fatal(err)
	}
	b.keep(w.Result())
	return b
}

// admin and staff are browsers of an account's people, who are those of package
// rig.
func (s *site) admin(of string) *browser { s.t.Helper(); return s.signedIn(account.RoleAdmin, of) }
func (s *site) staff(of string) *browser { s.t.Helper(); return s.signedIn(account.RoleStaff, of) }

func (b *browser) keep(r *http.Response) {
	for _, c := range r.Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
}

// screen is what a browser was answered.
type screen struct {
	b      *browser
	asked  string // the address
	status int
	header http.Header
	body   string
	root   *html.Node
}

// get asks for a page; what follows a # is the browser's own.
func (b *browser) get(address string) *screen {
	b.s.t.Helper()
	address, _, _ = strings.Cut(address, "#")
	return b.send(httptest.NewRequest(http.MethodGet, consoleURL+address, nil))
}

// post sends a form as one of the console's own.
func (b *browser) post(address string, fields url.Values) *screen {
	b.s.t.Helper()
	r := httptest.NewRequest(http.MethodPost, consoleURL+address, strings.NewReader(fields.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.send(r)
}

func (b *browser) send(r *http.Request) *screen {
	b.s.t.Helper()
	for _, name := range slices.Sorted(maps.Keys(b.cookies)) {
		r.AddCookie(&http.Cookie{Name: name, Value: b.cookies[name]})
	}
	w := httptest.NewRecorder()
	b.s.console.ServeHTTP(w, r)
	answer := w.Result()
	b.keep(answer)
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		b.s.t.Fatal(err)
	}
	root, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		b.s.t.Fatal(err)
	}
	return &screen{b: b, asked: r.URL.RequestURI(), status: answer.StatusCode, header: answer.Header, body: string(body), root: root}
}

// want fails the test unless the page has this status and shows these texts.
func (s *screen) want(status int, texts ...string) *screen {
	s.b.s.t.Helper()
	shown := textOf(s.root)
	if s.status != status {
		s.b.s.t.Fatalf("%s answered %d, want %d:\n%s", s.asked, s.status, status, shown)
	}
	for _, text := range texts {
		if !strings.Contains(shown, text) {
			s.b.s.t.Errorf("%s does not show %q:\n%s", s.asked, text, shown)
		}
	}
	return s
}

// lacks fails the test if the page shows one of these texts.
func (s *screen) lacks(texts ...string) *screen {
	s.b.s.t.Helper()
	for _, text := range texts {
		if shown := textOf(s.root); strings.Contains(shown, text) {
			s.b.s.t.Errorf("%s shows %q:\n%s", s.asked, text, shown)
		}
	}
	return s
}

// follow goes where a redirect leads.
func (s *screen) follow() *screen {
	s.b.s.t.Helper()
	target := s.header.Get("Location")
	if s.status < 300 || s.status > 399 || !strings.HasPrefix(target, "/") {
		s.b.s.t.Fatalf("%s answered %d with Location %q, want a redirect:\n%s", s.asked, s.status, target, textOf(s.root))
	}
	return s.b.get(target)
}

// click follows the one link of a label.
func (s *screen) click(label string) *screen {
	s.b.s.t.Helper()
	return s.b.get(s.link(label))
}

// at follows the link with this address, which the page must have.
func (s *screen) at(address string) *screen {
	s.b.s.t.Helper()
	for n := range s.root.Descendants() {
		if n.Data == "a" && attribute(n, "href") == address {
			return s.b.get(address)
		}
	}
	s.b.s.t.Fatalf("%s has no link to %s:\n%s", s.asked, address, textOf(s.root))
	return nil
}

// link is the address of the first link of a label.
func (s *screen) link(label string) string {
	s.b.s.t.Helper()
	for n := range s.root.Descendants() {
		if n.Data == "a" && textOf(n) == label {
			return attribute(n, "href")
		}
	}
	s.b.s.t.Fatalf("%s has no link %q:\n%s", s.asked, label, textOf(s.root))
	return ""
}

// has reports whether the page has a link or button of this label.
func (s *screen) has(label string) bool {
	for n := range s.root.Descendants() {
		if (n.Data == "a" || n.Data == "button") && textOf(n) == label {
			return true
		}
	}
	return false
}

// textOf is the text of an element as it is read, with single spaces.
func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode && d.Parent.Data != "style" && d.Parent.Data != "noscript" && !hidden(d) {
			b.WriteString(d.Data + " ")
		}
	}
	return marks.Replace(strings.Join(strings.Fields(b.String()), " "))
}

func hidden(n *html.Node) bool {
	for p := range n.Ancestors() {
		if hasAttribute(p, "hidden") {
			return true
		}
	}
	return false
}

// marks stand without a space after the element before them.
var marks = strings.NewReplacer(" .", ".", " ,", ",")

// menu are the entries of the settings' menu.
func (s *screen) menu() (entries []string) {
	for n := range s.root.Descendants() {
		if n.Data != "nav" || attribute(n, "aria-label") != "Settings" {
			continue
		}
		for link := range n.Descendants() {
			if link.Data == "a" {
				entries = append(entries, textOf(link))
			}
		}
	}
	return entries
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func hasAttribute(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}
