// Package rig puts the product's own parts together for tests: the service and
// the authorizer on a data file of the test's own, under a clock that the test
// moves. Nothing in it is a stand-in.
package rig

import (
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/authorize"
	"github.com/private-integrations/private-integrations/pkg/bolt"
	"github.com/private-integrations/private-integrations/pkg/catalog"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/keyring"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/scope"
	"github.com/private-integrations/private-integrations/pkg/table"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// Start is where the clock of a new rig stands.
var Start = time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)

// Clock stands still until it is moved. Safe for concurrent use.
type Clock struct{ milliseconds atomic.Int64 }

// Now is the instant at which the clock stands.
func (c *Clock) Now() time.Time { return time.UnixMilli(c.milliseconds.Load()).UTC() }

// Set moves the clock to t, to the millisecond.
func (c *Clock) Set(t time.Time) { c.milliseconds.Store(t.UnixMilli()) }

// Advance moves the clock by d.
func (c *Clock) Advance(d time.Duration) { c.milliseconds.Add(d.Milliseconds()) }

// The scopes of the rig's catalogue. [Path] needs Readonly with GET and Write
// with PUT; no operation needs Calendars.
const (
	Readonly  = "contacts.readonly"
	Write     = "contacts.write"
	Calendars = "calendars.readonly"
	Path      = "/contacts/1"
)

// Rig is the product on one data file.
type Rig struct {
	Clock      *Clock
	DB         *bolt.DB
	Store      *table.Store
	PepperFile string
	Peppers    *keyring.Ring[*token.Pepper]
	Format     token.Format
	Catalog    *catalog.Catalog
	Manage     *manage.Service // at most 100 integrations for each account
	Authorizer *authorize.Authorizer
}

// New makes a rig that lasts as long as the test. Its data file is not synced.
func New(t testing.TB) *Rig {
	t.Helper()
	folder := t.TempDir()
	r := &Rig{Clock: &Clock{}, PepperFile: filepath.Join(folder, "pepper.json")}
	r.Clock.Set(Start)
	var err error
	if r.DB, err = bolt.Open(filepath.Join(folder, "data"), bolt.Options{NoSync: true}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.DB.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := keyring.CreateFile(r.PepperFile, make([]byte, token.MinPepperSize)); err != nil {
		t.Fatal(err)
	}
	if r.Format, err = token.NewFormat(token.DefaultPrefix); err != nil {
		t.Fatal(err)
	}
	if r.Catalog, err = catalog.New(
		[]catalog.Scope{{Name: Readonly}, {Name: Write}, {Name: Calendars}},
		[]catalog.Operation{
			{Method: "GET", Path: "/contacts/{id}", Requirement: []scope.Set{scope.NewSet(Readonly)}},
			{Method: "PUT", Path: "/contacts/{id}", Requirement: []scope.Set{scope.NewSet(Write)}},
		},
	); err != nil {
		t.Fatal(err)
	}
	r.Store = table.New(r.DB)
	r.Peppers = keyring.New(keyring.File(r.PepperFile), token.NewPepper, r.Clock.Now)
	r.Manage = manage.New(manage.Config{
		Store: r.Store, Peppers: r.Peppers, Format: r.Format, Offer: r.Catalog, Catalog: r.Catalog, Max: 100, Now: r.Clock.Now,
	})
	r.Authorizer = r.AuthorizerOver(r.Store)
	return r
}

// AuthorizerOver makes an authorizer like the rig's own that looks tokens up
// elsewhere.
func (r *Rig) AuthorizerOver(tokens authorize.Tokens) *authorize.Authorizer {
	return authorize.New(r.Format, tokens, r.Peppers, r.Catalog, nil, r.Clock.Now)
}

// Issuer is who vouches for the rig's people.
const Issuer = "https://issuer.test"

// Admin is an admin of an account.
func Admin(of string) manage.Caller { return caller(of, account.RoleAdmin) }

// Staff is a user of an account who may not manage it unless an admin permits
// that.
func Staff(of string) manage.Caller { return caller(of, account.RoleStaff) }

func caller(of string, role account.Role) manage.Caller {
	name := string(role) + "@" + of + ".test"
	return manage.Caller{
		Actor: fact.Actor{ID: name, Email: name, Address: "192.0.2.1"}, Issuer: Issuer,
		Roles: map[string]account.Role{of: role},
	}
}

// Create makes an integration of account with the scopes, [Readonly] if there
// are none.
func (r *Rig) Create(t testing.TB, account string, scopes ...string) manage.Issued {
	t.Helper()
	if scopes == nil {
		scopes = []string{Readonly}
	}
	issued, err := r.Manage.Create(t.Context(), Admin(account),
		integration.New{Account: account, Name: "Shop", Scopes: scopes}, manage.Idempotency{})
	if err != nil {
		t.Fatal(err)
	}
	return issued
}

// Target is the integration that was issued, in whatever version.
func Target(i manage.Issued) manage.Target { return manage.Target{Account: i.Account, ID: i.ID} }

// Get is the request GET [Path] with a credential.
func Get(credential string) authorize.Request {
	return authorize.Request{Method: "GET", Path: Path, Credentials: []string{credential}}
}
