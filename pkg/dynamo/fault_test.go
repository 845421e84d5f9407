package dynamo

import (
	"context"
	"crypto/rand"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/authorize"
	"github.com/private-integrations/private-integrations/pkg/catalog"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/gateway"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/scope"
	"github.com/private-integrations/private-integrations/pkg/storetest"
	"github.com/private-integrations/private-integrations/pkg/table"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// pepper is the only one.
type pepper struct{ *token.Pepper }

func (p pepper) Current(context.Context) (int, *token.Pepper, error) { return 1, p.Pepper, nil }
func (p pepper) Key(context.Context, int) (*token.Pepper, error)     { return p.Pepper, nil }
func (p pepper) authorizer(t *testing.T, db *DB) *gateway.Authorizer {
	t.Helper()
	a := authorize.New(format(t), table.New(db), p, offered(t), nil, time.Now)
	return gateway.NewAuthorizer(a, slog.New(slog.DiscardHandler))
}

func newPepper(t *testing.T) pepper {
	t.Helper()
	p, err := token.NewPepper(make([]byte, token.MinPepperSize))
	if err != nil {
		t.Fatal(err)
	}
	return pepper{p}
}

func format(t *testing.T) token.Format {
	t.Helper()
	f, err := token.NewFormat("pit")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func offered(t *testing.T) *catalog.Catalog {
	t.Helper()
	c, err := catalog.New([]catalog.Scope{{Name: "a"}, {Name: "b"}}, []catalog.Operation{
		{Method: "GET", Path: "/a", Requirement: catalog.Requirement(scope.NewSet("a"))},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// life is that of an integration, as its admin leads it.
type life struct {
	*manage.Service
	caller manage.Caller
	target manage.Target
	issued []token.Token
}

func newLife(t *testing.T, db *DB, p pepper) *life {
	t.Helper()
	id := strings.ToLower(rand.Text())
	return &life{
		Service: manage.New(manage.Config{
			Store: table.New(db), Peppers: p, Format: format(t), Offer: offered(t), Max: 1, Now: time.Now,
		}),
		caller: manage.Caller{Actor: fact.Actor{ID: "u"}, Roles: map[string]account.Role{id: account.RoleAdmin}},
		target: manage.Target{Account: id},
	}
}

func (l *life) create(ctx context.Context) error {
	i, err := l.Create(ctx, l.caller, integration.New{Account: l.target.Account, Name: "n", Scopes: []string{"a"}}, manage.Idempotency{Key: "1"})
	if err == nil {
		l.target.ID = i.ID
		l.issued = append(l.issued, *i.Token)
	}
	return err
}

func (l *life) rotate(grace time.Duration, key string) func(context.Context) error {
	return func(ctx context.Context) error {
		i, err := l.Rotate(ctx, l.caller, l.target, integration.Rotation{Grace: grace}, manage.Idempotency{Key: key})
		if err == nil {
			l.issued = append(l.issued, *i.Token)
		}
		return err
	}
}

// years are the calls of a life. A lost effect, or one that came twice, shows
// in a call that fails, or in the facts.
func (l *life) years() []func(context.Context) error {
	changed := func(_ manage.View, err error) error { return err }
	name := "other"
	return []func(context.Context) error{
		l.create,
		func(ctx context.Context) error {
			return changed(l.Edit(ctx, l.caller, l.target, integration.Edit{Name: &name, Scopes: &[]string{"a", "b"}}))
		},
		l.rotate(time.Hour, ""),
		func(ctx context.Context) error { return changed(l.Cancel(ctx, l.caller, l.target, false)) },
		l.rotate(time.Hour, "2"),
		func(ctx context.Context) error { return changed(l.Complete(ctx, l.caller, l.target)) },
		l.rotate(0, "3"),
		func(ctx context.Context) error { return changed(l.Expire(ctx, l.caller, l.target)) },
		func(ctx context.Context) error { return l.Delete(ctx, l.caller, l.target) },
	}
}

// live leads a life through i and holds the store to it after the call that i
// hit, and at the end. It tells the facts that are left.
func live(t *testing.T, db *DB, p pepper, i *injector) (facts []fact.Type) {
	t.Helper()
	l := newLife(t, db.through(i), p)
	clean := table.New(db)
	years := l.years()
	for n, year := range years {
		before := i.calls
		if err := year(t.Context()); err != nil {
			t.Fatalf("%s at call %d: year %d: %v", i.fault.name, i.at, n, err)
		}
		if before <= i.at && i.at < i.calls || n == len(years)-1 {
			storetest.CheckWhole(t, clean, l.target.Account, l.target.ID)
		}
	}
	all, err := clean.Facts(t.Context(), l.target.Account, l.target.ID, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		facts = append(facts, f.Type)
	}
	// The quota is 1: a second life begins only if the first has left it.
	l.target.ID = ""
	if _, err := l.Create(t.Context(), l.caller, integration.New{Account: l.target.Account, Name: "n", Scopes: []string{"a"}}, manage.Idempotency{}); err != nil {
		t.Errorf("%s at call %d: create after delete: %v", i.fault.name, i.at, err)
	}
	return facts
}

const never = 1 << 30

func TestFaultAtAnyCallLosesAndDoublesNoEffect(t *testing.T) {
	t.Parallel()
	db, p := newTable(t), newPepper(t)
	untroubled := &injector{at: never}
	want := live(t, db, p, untroubled)
	for _, f := range everyFault {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			for n := 0; n < untroubled.calls; n += faultsApart {
				if diff := cmp.Diff(want, live(t, db, p, &injector{fault: f, at: n})); diff != "" {
					t.Errorf("at call %d: facts (-want +got):\n%s", n, diff)
				}
			}
		})
	}
}

func TestAuthorizerNeverAllowsWhatItCouldNotRead(t *testing.T) {
	t.Parallel()
	db, p := newTable(t), newPepper(t)
	for _, f := range everyFault {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			l := newLife(t, db, p)
			for _, year := range []func(context.Context) error{l.create, l.rotate(0, "")} {
				if err := year(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			dead, living := l.issued[0], l.issued[1]
			i := &injector{fault: f, at: never}
			a := p.authorizer(t, db.through(i))
			decide := func(tok token.Token) string {
				r, err := a.Handle(t.Context(), gateway.NewAuthorizerRequest("arn:aws:execute-api:eu-central-1:1:api/v2/GET/a", "/{proxy+}", "GET", "/a", []string{tok.Reveal()}))
				if err != nil {
					return err.Error()
				}
				return r.PolicyDocument.Statement[0].Effect
			}
			for at := range 2 { // the read and the mark of the first use
				i.calls, i.at = 0, at
				if got := decide(living); got != "Allow" {
					t.Errorf("one fault at call %d, a living token: %s", at, got)
				}
				if got := decide(dead); got != "Unauthorized" {
					t.Errorf("one fault at call %d, a dead token: %s", at, got)
				}
			}
			if f.name == conflict.name {
				return // reads have none
			}
			i.calls, i.at, i.onAll = 0, 0, true
			for _, tok := range []token.Token{living, dead} {
				if got := decide(tok); got == "Allow" || got == "Deny" || got == "Unauthorized" {
					t.Errorf("faults at every call: %s", got)
				}
			}
			i.at = never
			if got := decide(living); got != "Allow" {
				t.Errorf("after the faults: %s", got)
			}
		})
	}
}
