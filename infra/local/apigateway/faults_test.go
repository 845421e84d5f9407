package apigateway

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/authorize"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/keyring"
	"github.com/private-integrations/private-integrations/pkg/table"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// failing is a store that can't answer.
type failing struct{ err error }

func (f failing) Credential(context.Context, token.ID) (integration.Credential, error) {
	return integration.Credential{}, f.err
}

func (f failing) MarkUsed(context.Context, token.ID, time.Time) error { return f.err }

func TestStoreThatCantAnswerIsNeverAYesNorA401(t *testing.T) {
	w := newWorld(t)
	b := newBackend(t)
	m := w.create("contacts.readonly")
	noPeppers := keyring.New(func(context.Context) ([]byte, error) { return nil, errors.New("access denied") }, token.NewPepper, w.now)
	for name, c := range map[string]struct {
		tokens  authorize.Tokens
		peppers authorize.Peppers
	}{
		"throttled":                  {failing{errors.New("ThrottlingException: rate exceeded")}, w.peppers},
		"timed out":                  {failing{context.DeadlineExceeded}, w.peppers},
		"garbage":                    {failing{table.ErrDamaged}, w.peppers},
		"error text of the gateway":  {failing{errors.New("Unauthorized")}, w.peppers},
		"pepper that can't be had":   {w.tokens, noPeppers},
		"pepper that can't be read":  {w.tokens, keyring.New(func(context.Context) ([]byte, error) { return []byte("{"), nil }, token.NewPepper, w.now)},
		"store that is closed early": {failing{errors.New("database not open")}, w.peppers},
	} {
		t.Run(name, func(t *testing.T) {
			a := serve(t, NewREST(w.restOn(c.tokens, c.peppers, b.upstream(t))))
			for _, target := range []string{"/contacts/1", "/nope", "/token"} {
				got := send(t, a, line("GET", target, bearer(m.text)))
				if got.refused(t, 503, "unavailable"); got.Header.Get("Retry-After") == "" || got.Header.Get("WWW-Authenticate") != "" {
					t.Error(got.Header)
				}
				if strings.Contains(got.Text, "Throttling") || strings.Contains(got.Text, "denied") {
					t.Errorf("the cause is told: %s", got.Text)
				}
			}
		})
	}
	if b.calls.Load() != 0 {
		t.Error("the upstream was called")
	}
	w.nothingLogged(m.text)
}

// damage writes the token's record anew, changed.
func (w *world) damage(m issued, change func(table.Item) table.Item) {
	w.t.Helper()
	key := table.Key{Partition: "TOKEN#" + string(m.of.Current.ID), Sort: "TOKEN"}
	item, err := w.backend.Get(w.t.Context(), key)
	if err != nil || item == nil {
		w.t.Fatal(item, err)
	}
	if err := w.backend.Write(w.t.Context(), []table.Write{{Key: key, Put: change(item)}}); err != nil {
		w.t.Fatal(err)
	}
}

// without leaves an attribute out.
func without(name string) func(table.Item) table.Item {
	return func(item table.Item) table.Item {
		var rest table.Item
		for _, attribute := range item {
			if attribute.Name != name {
				rest = append(rest, attribute)
			}
		}
		return rest
	}
}

// with puts an attribute in the place of the one of its name.
func with(a table.Attribute) func(table.Item) table.Item {
	return func(item table.Item) table.Item { return append(without(a.Name)(item), a) }
}

func TestDamagedTokenRecordIsNeverAYesNorA401(t *testing.T) {
	w := newWorld(t)
	b := newBackend(t)
	a := serve(t, NewREST(w.rest(b.upstream(t))))
	for name, change := range map[string]func(table.Item) table.Item{
		"without mac":               without("mac"),
		"empty mac":                 with(table.Attribute{Name: "mac", Kind: table.Binary}),
		"short mac":                 with(table.Attribute{Name: "mac", Kind: table.Binary, Text: "short"}),
		"long mac":                  with(table.Attribute{Name: "mac", Kind: table.Binary, Text: strings.Repeat("x", 33)}),
		"mac of a wrong type":       with(table.Attribute{Name: "mac", Kind: table.String, Text: strings.Repeat("x", 32)}),
		"mac is a number":           with(table.Attribute{Name: "mac", Kind: table.Number}),
		"without pepper":            without("pepper"),
		"unknown pepper":            with(table.Attribute{Name: "pepper", Kind: table.Number, Number: 99}),
		"pepper of a wrong type":    with(table.Attribute{Name: "pepper", Kind: table.String, Text: "1"}),
		"without account":           without("account"),
		"without integration":       without("integration"),
		"without scopes":            without("scopes"),
		"scopes of a wrong type":    with(table.Attribute{Name: "scopes", Kind: table.String, Text: "contacts.readonly"}),
		"deadline of a wrong type":  with(table.Attribute{Name: "endsAt", Kind: table.String, Text: "tomorrow"}),
		"death of a wrong type":     with(table.Attribute{Name: "deadAt", Kind: table.String, Text: "never"}),
		"first use of a wrong type": with(table.Attribute{Name: "firstUsedAt", Kind: table.String, Text: "never"}),
	} {
		t.Run(name, func(t *testing.T) {
			m := w.create("contacts.readonly")
			w.damage(m, change)
			got := send(t, a, line("GET", "/contacts/1", bearer(m.text)))
			if got.refused(t, 503, "unavailable"); got.Header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
			w.nothingLogged(m.text)
		})
	}
	if b.calls.Load() != 0 {
		t.Error("the upstream was called")
	}
}

func TestFirstUseThatCantBeMarkedDoesNotHinder(t *testing.T) {
	w := newWorld(t)
	m := w.create("contacts.readonly")
	a := serve(t, NewREST(w.restOn(readOnly{w.store}, w.peppers, Echo())))
	send(t, a, line("GET", "/contacts/1", bearer(m.text))).want(t, 200, "")
}

// readOnly is the real store where nothing can be written.
type readOnly struct{ *table.Store }

func (readOnly) MarkUsed(context.Context, token.ID, time.Time) error { return errors.New("read-only") }

func TestUpstreamSeesOnlyOurWordOnWhoCalls(t *testing.T) {
	w := newWorld(t)
	b := newBackend(t)
	m := w.create("contacts.readonly")
	attack := []string{
		bearer(m.text),
		"X-Account-Id: evil", "x-account-id: evil", "X-ACCOUNT-ID: evil", "x_account_id: evil", "X_Account_Id: evil", "X-Account_Id: evil", "X.Account.Id: evil",
		"X-Integration-Id: evil", "x_integration_id: evil", "X-Token-Id: evil", "x_token_id: evil", "X-Scopes: evil", "x_scopes: evil", "X_SCOPES: evil",
		"Connection: X-Account-Id, x-scopes, X-Kept-Not, close", "Connection: X-Integration-Id", "X-Kept-Not: evil",
		"Proxy-Authorization: Bearer evil", "X-Forwarded-For: evil", "x_forwarded_for: evil", "X-Forwarded-Host: evil", "Forwarded: for=evil",
		"Te: trailers", "Upgrade: evil", "Keep-Alive: evil", "Trailer: X-Account-Id",
		"X-Kept: mine",
	}
	want := http.Header{
		"X-Account-Id": {"acme"}, "X-Integration-Id": {m.of.ID}, "X-Token-Id": {string(m.of.Current.ID)}, "X-Scopes": {"contacts.readonly"},
		"X-Forwarded-For": {"127.0.0.1"}, "X-Kept": {"mine"},
	}
	for _, forward := range []bool{false, true} {
		if forward {
			want["Authorization"] = []string{"Bearer " + m.text}
		}
		config := w.rest(b.upstream(t))
		config.ForwardAuthorization = forward
		send(t, serve(t, NewREST(config)), line("GET", "/contacts/1", attack...)).want(t, 200, "")
		got := b.last.Load().Header
		got.Del("User-Agent")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("forward %t: %s", forward, diff)
		}
		config.Upstream = Echo()
		echoed := send(t, serve(t, NewREST(config)), line("GET", "/contacts/1", attack...)).Text
		if strings.Contains(echoed, "evil") || strings.Contains(echoed, m.text) != forward {
			t.Errorf("forward %t: %s", forward, echoed)
		}
	}
}
