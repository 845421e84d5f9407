package apigateway

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/private-integrations/private-integrations/pkg/authorize"
	"github.com/private-integrations/private-integrations/pkg/bolt"
	"github.com/private-integrations/private-integrations/pkg/catalog"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/gateway"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/keyring"
	"github.com/private-integrations/private-integrations/pkg/scope"
	"github.com/private-integrations/private-integrations/pkg/table"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// world is the real product on a real store, but for the clock.
type world struct {
	t       testing.TB
	backend *bolt.DB
	store   *table.Store
	format  token.Format
	peppers *keyring.Ring[*token.Pepper]
	catalog *catalog.Catalog
	tokens  *counted
	logged  *logged

	clock atomic.Int64 // milliseconds since 1970
}

func newWorld(t testing.TB) *world {
	t.Helper()
	dir := t.TempDir()
	backend, err := bolt.Open(filepath.Join(dir, "data"), bolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = backend.Close() })
	w := &world{t: t, backend: backend, store: table.New(backend), logged: &logged{}}
	w.clock.Store(time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC).UnixMilli())
	w.tokens = &counted{Tokens: w.store}
	w.format, err = token.NewFormat(token.DefaultPrefix)
	if err != nil {
		t.Fatal(err)
	}
	key := make([]byte, token.MinPepperSize)
	_, _ = rand.Read(key)
	pepper := filepath.Join(dir, "pepper.json")
	if err := keyring.CreateFile(pepper, key); err != nil {
		t.Fatal(err)
	}
	w.peppers = keyring.New(keyring.File(pepper), token.NewPepper, w.now)
	w.catalog = testCatalog(t)
	return w
}

func testCatalog(t testing.TB) *catalog.Catalog {
	t.Helper()
	needs := func(scopes ...string) []scope.Set { return []scope.Set{scope.NewSet(scopes...)} }
	c, err := catalog.New(
		[]catalog.Scope{{Name: "contacts.readonly"}, {Name: "contacts.write"}, {Name: "calendars.readonly"}, {Name: "calendars/groups.readonly"}},
		[]catalog.Operation{
			{Method: "GET", Path: "/contacts/", Requirement: needs("contacts.readonly")},
			{Method: "POST", Path: "/contacts/", Requirement: needs("contacts.write")},
			{Method: "GET", Path: "/contacts/{contactId}", Requirement: needs("contacts.readonly")},
			{Method: "HEAD", Path: "/contacts/{contactId}", Requirement: needs("contacts.readonly")},
			{Method: "PUT", Path: "/contacts/{contactId}", Requirement: needs("contacts.write")},
			{Method: "DELETE", Path: "/contacts/{contactId}", Requirement: needs("contacts.write")},
			{Method: "GET", Path: "/calendars/{calendarId}", Requirement: needs("calendars.readonly")},
			{Method: "GET", Path: "/calendars/groups", Requirement: needs("calendars/groups.readonly")},
		})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (w *world) now() time.Time          { return time.UnixMilli(w.clock.Load()).UTC() }
func (w *world) advance(d time.Duration) { w.clock.Add(d.Milliseconds()) }

// counted counts what the authorizer asks of the store.
type counted struct {
	authorize.Tokens
	reads, marks atomic.Int64
}

func (c *counted) Credential(ctx context.Context, id token.ID) (integration.Credential, error) {
	c.reads.Add(1)
	return c.Tokens.Credential(ctx, id)
}

func (c *counted) MarkUsed(ctx context.Context, id token.ID, at time.Time) error {
	c.marks.Add(1)
	return c.Tokens.MarkUsed(ctx, id, at)
}

// logged keeps what was logged.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (w *world) log() *slog.Logger {
	return slog.New(slog.NewTextHandler(w.logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// rest is the public API in front of upstream.
func (w *world) rest(upstream Upstream) RESTConfig {
	return w.restOn(w.tokens, w.peppers, upstream)
}

func (w *world) restOn(tokens authorize.Tokens, peppers authorize.Peppers, upstream Upstream) RESTConfig {
	a := authorize.New(w.format, tokens, peppers, w.catalog, nil, w.now)
	return RESTConfig{
		Authorizer: gateway.NewAuthorizer(a, w.log()).Handle,
		Introspect: gateway.REST(gateway.Introspect),
		Upstream:   upstream,
		Log:        w.log(),
	}
}

var actor = fact.Actor{ID: "u1", Email: "admin@acme.test"}

// issued is a token with the integration that it belongs to.
type issued struct {
	text    string
	entropy token.Entropy
	of      integration.Integration
}

// create makes an integration of account acme with a token.
func (w *world) create(scopes ...string) issued {
	w.t.Helper()
	return w.createUntil(time.Time{}, scopes...)
}

func (w *world) createUntil(expiresAt time.Time, scopes ...string) issued {
	w.t.Helper()
	var e token.Entropy
	_, _ = rand.Read(e[:])
	text, m := w.mint(e)
	change, err := integration.Create(integration.New{
		ID: ulid.Make().String(), Account: "acme", Name: "test", Scopes: scopes, ExpiresAt: expiresAt,
	}, w.catalog, m, actor, w.now())
	w.commit(change, err)
	return issued{text, e, change.After}
}

// rotate gives an integration a new token.
func (w *world) rotate(of integration.Integration, grace time.Duration) issued {
	w.t.Helper()
	var e token.Entropy
	_, _ = rand.Read(e[:])
	text, m := w.mint(e)
	change, err := of.Rotate(integration.Rotation{Grace: grace}, m, actor, w.now())
	w.commit(change, err)
	return issued{text, e, change.After}
}

func (w *world) mint(e token.Entropy) (string, integration.Minted) {
	w.t.Helper()
	t := w.format.Mint(e)
	version, pepper, err := w.peppers.Current(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return t.Reveal(), integration.Minted{ID: t.ID(), MAC: pepper.MAC(t), PepperVersion: version}
}

func (w *world) commit(change integration.Change, err error) {
	w.t.Helper()
	if err == nil {
		err = w.store.Commit(context.Background(), change, 100, nil)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// backend is an HTTP API that remembers what it was asked.
type backend struct {
	*httptest.Server
	calls atomic.Int64
	last  atomic.Pointer[seen]
}

// seen is a request as a backend saw it.
type seen struct {
	Method, Target  string
	Header, Trailer http.Header
	Body            string
}

func newBackend(t testing.TB) *backend {
	t.Helper()
	b := &backend{}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.calls.Add(1)
		body, _ := io.ReadAll(r.Body)
		b.last.Store(&seen{r.Method, r.RequestURI, r.Header, r.Trailer, string(body)})
		_, _ = io.WriteString(w, "from the backend")
	}))
	t.Cleanup(b.Close)
	return b
}

func (b *backend) upstream(t testing.TB) Upstream {
	t.Helper()
	u, err := Proxy(b.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
