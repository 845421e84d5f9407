package rekey_test

import (
	"errors"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/authorize"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/keyring"
	"github.com/private-integrations/private-integrations/pkg/keyset"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/rekey"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/table"
	"github.com/private-integrations/private-integrations/pkg/token"
)

func TestPepperThatIsCurrentOrUnknownIsNotRetired(t *testing.T) {
	p := newProduct(t)
	p.Clock.Advance(1000 * rekey.Settle)
	for version, want := range map[int]error{1: keyset.ErrInService, 2: keyset.ErrUnknownVersion, 0: keyset.ErrUnknownVersion} {
		if _, err := rekey.Retire(t.Context(), p.secret, p.Store, version, p.Clock.Now()); !errors.Is(err, want) {
			t.Errorf("version %d: %v, want %v", version, err, want)
		}
	}
}

// A process that read its peppers just before a rotation mints with the old one
// for a while. Nobody may take that pepper away from under it.
func TestNoTokenIsMintedOnAPepperThatIsRetired(t *testing.T) {
	p := newProduct(t)
	if _, _, err := p.Peppers.Current(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := rekey.Rotate(t.Context(), p.secret); err != nil {
		t.Fatal(err)
	}
	at := p.Clock.Now()
	refused := func() {
		t.Helper()
		_, err := rekey.Retire(t.Context(), p.secret, p.Store, 1, p.Clock.Now())
		if early := (*rekey.TooSoonError)(nil); !errors.As(err, &early) || early.Version != 1 || !early.From.Equal(at.Add(rekey.Settle)) {
			t.Errorf("%s after the rotation: %v", p.Clock.Now().Sub(at), err)
		}
	}
	refused()
	late := p.Create(t, "acme")
	if on := p.pepperOf(t, late); on != 1 {
		t.Fatalf("the token is on pepper %d: it was to be minted with the old one", on)
	}
	p.Clock.Advance(rekey.Settle - time.Millisecond)
	refused()
	if on := p.pepperOf(t, p.Create(t, "acme")); on != 2 {
		t.Errorf("a token that was minted later is on pepper %d", on)
	}
	p.Clock.Advance(time.Millisecond)
	_, err := rekey.Retire(t.Context(), p.secret, p.Store, 1, p.Clock.Now())
	if inUse := (*rekey.InUseError)(nil); !errors.As(err, &inUse) || inUse.Tokens != 1 {
		t.Errorf("with the late token: %v", err)
	}
	p.allows(t, p.process(), late)
}

func TestTokenWhosePepperIsMissingIsAFaultWhileItLives(t *testing.T) {
	p := newProduct(t)
	living, dead := p.Create(t, "acme"), p.Create(t, "acme")
	if _, err := p.Manage.Expire(t.Context(), rig.Admin("acme"), rig.Target(dead)); err != nil {
		t.Fatal(err)
	}
	other := newProduct(t)
	other.rotate(t)
	if _, err := rekey.Retire(t.Context(), other.secret, other.Store, 1, other.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	peppers := keyring.New(keyring.File(other.PepperFile), token.NewPepper, p.Clock.Now)
	a := authorize.New(p.Format, p.Store, peppers, p.Catalog, nil, p.Clock.Now)
	m := manage.New(manage.Config{Store: table.New(p), Peppers: peppers, Format: p.Format, Offer: p.Catalog, Max: 1, Now: p.Clock.Now})
	for _, test := range []struct {
		name              string
		issued            manage.Issued
		authorize, lookup error
	}{
		{"living", living, keyset.ErrUnknownVersion, keyset.ErrUnknownVersion},
		{"dead", dead, authorize.ErrUnauthorized, integration.ErrNotFound},
	} {
		if _, err := a.Authorize(t.Context(), rig.Get(test.issued.Token.Reveal())); !errors.Is(err, test.authorize) {
			t.Errorf("%s: authorize: %v", test.name, err)
		}
		if _, err := a.Introspect(t.Context(), []string{test.issued.Token.Reveal()}); !errors.Is(err, test.authorize) {
			t.Errorf("%s: introspect: %v", test.name, err)
		}
		if _, err := m.Lookup(t.Context(), rig.Admin("acme"), "acme", test.issued.Token.Reveal()); !errors.Is(err, test.lookup) {
			t.Errorf("%s: lookup: %v", test.name, err)
		}
	}
}

func TestNewPeppersAreRandomAndLongEnough(t *testing.T) {
	s := keyset.First(make([]byte, token.MinPepperSize))
	one, other := rekey.Next(s), rekey.Next(s)
	if one.Equal(other) || !one.Follows(s) || !other.Follows(s) {
		t.Error("two new keys are the same, or more than a key is new")
	}
	if _, err := token.NewPepper(one.Key(2)); err != nil {
		t.Error(err)
	}
}
