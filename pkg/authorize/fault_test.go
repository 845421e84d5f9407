package authorize_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/authorize"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/table"
)

// faulty expects that neither yes nor no is said.
func (c *counter) faulty(ctx context.Context, t *testing.T, what, text string, want error) {
	t.Helper()
	_, authorized := c.Authorizer.Authorize(ctx, rig.Get(text))
	_, introspected := c.Authorizer.Introspect(ctx, []string{text})
	for _, err := range []error{authorized, introspected} {
		var lacking *authorize.ScopeError
		switch {
		case err == nil, errors.Is(err, authorize.ErrUnauthorized), errors.Is(err, authorize.ErrUnknownRoute), errors.As(err, &lacking):
			t.Errorf("%s: %v is no fault", what, err)
		case want != nil && !errors.Is(err, want):
			t.Errorf("%s: %v, want %v", what, err, want)
		case strings.Contains(err.Error(), text[30:]):
			t.Errorf("%s: the secret is in %v", what, err)
		}
	}
}

func TestFaultIsNeitherYesNorNo(t *testing.T) {
	c := count(t)
	text := c.plant(t, entropy(1, 1), time.Time{}).Reveal()

	c.readFault = errors.New("throttled")
	c.faulty(t.Context(), t, "a store that fails", text, c.readFault)
	c.faulty(t.Context(), t, "a store that fails, and an unknown token", c.Format.Mint(entropy(2, 2)).Reveal(), c.readFault)
	c.readFault = nil

	gone, cancel := context.WithCancel(t.Context())
	cancel()
	c.faulty(gone, t, "a request that was given up", text, context.Canceled)
	c.costs(t, "faults", 6, 0)
}

func TestDamagedRecordIsAFault(t *testing.T) {
	c := count(t)
	text := func(attribute string, n int, kind table.Kind) table.Item {
		return table.Item{{Name: attribute, Kind: kind, Text: strings.Repeat("x", n)}}
	}
	number := func(attribute string, n int64) table.Item {
		return table.Item{{Name: attribute, Kind: table.Number, Number: n}}
	}
	for n, u := range []table.Update{
		{Remove: []string{"mac"}}, {Set: text("mac", 0, table.Binary)}, {Set: text("mac", 31, table.Binary)}, {Set: text("mac", 33, table.Binary)},
		{Set: text("mac", 32, table.String)}, {Set: number("mac", 1)},
		{Remove: []string{"pepper"}}, {Set: text("pepper", 1, table.String)},
		{Remove: []string{"account"}}, {Remove: []string{"integration"}}, {Remove: []string{"scopes"}}, {Set: text("scopes", 9, table.String)}, {Remove: []string{"createdAt"}},
		{Set: text("endsAt", 9, table.String)}, {Set: number("endsAt", 1)}, {Set: text("endsReason", 7, table.String)},
		{Set: number("deadAt", 1)}, {Set: text("deadReason", 7, table.String)}, {Set: text("firstUsedAt", 9, table.String)},
	} {
		e := entropy(byte(n), 1)
		c.change(t, c.plant(t, e, time.Time{}).ID(), u)
		c.faulty(t.Context(), t, fmt.Sprintf("%+v", u), c.Format.Mint(e).Reveal(), table.ErrDamaged)
	}
}

func TestUnknownPepperVersionIsAFault(t *testing.T) {
	c := count(t)
	minted := c.plant(t, entropy(1, 1), time.Time{})
	c.change(t, minted.ID(), table.Update{Set: table.Item{{Name: "pepper", Kind: table.Number, Number: 7}}})
	c.faulty(t.Context(), t, "version 7", minted.Reveal(), nil)
}
