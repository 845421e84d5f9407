package authorize_test

import (
	"context"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/authorize"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/table"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// counter is the rig's table; it counts what is asked of it, and fails when it
// is told to.
type counter struct {
	*rig.Rig
	table.Backend
	Authorizer    *authorize.Authorizer
	reads, writes int
	readFault     error
	writeFault    error
}

func count(t *testing.T) *counter {
	t.Helper()
	r := rig.New(t)
	c := &counter{Rig: r, Backend: r.DB}
	c.Authorizer = r.AuthorizerOver(table.New(c))
	return c
}

func (c *counter) Get(ctx context.Context, key table.Key) (table.Item, error) {
	c.reads++
	if c.readFault != nil {
		return nil, c.readFault
	}
	return c.Backend.Get(ctx, key)
}

func (c *counter) GetAll(ctx context.Context, keys []table.Key) ([]table.Item, error) {
	c.reads += len(keys)
	return c.Backend.GetAll(ctx, keys)
}

func (c *counter) Query(ctx context.Context, q table.Query) ([]table.Row, error) {
	c.reads++
	return c.Backend.Query(ctx, q)
}

func (c *counter) Due(ctx context.Context, shard int, until time.Time, after *table.Due, limit int) ([]table.Due, error) {
	c.reads++
	return c.Backend.Due(ctx, shard, until, after, limit)
}

func (c *counter) Write(ctx context.Context, writes []table.Write) error {
	c.writes += len(writes)
	if c.writeFault != nil {
		return c.writeFault
	}
	return c.Backend.Write(ctx, writes)
}

// costs holds what was asked of the table since the last time.
func (c *counter) costs(t *testing.T, what string, reads, writes int) {
	t.Helper()
	if c.reads != reads || c.writes != writes {
		t.Errorf("%s: %d reads and %d writes, want %d and %d", what, c.reads, c.writes, reads, writes)
	}
	c.reads, c.writes = 0, 0
}

// entropy is the made-up randomness of a token with one id and one secret.
func entropy(id, secret byte) (e token.Entropy) {
	for i := range e {
		e[i] = id
		if i >= 16 {
			e[i] = secret
		}
	}
	return e
}

// plant makes an integration whose token is that of e.
func (c *counter) plant(t *testing.T, e token.Entropy, expiresAt time.Time) token.Token {
	t.Helper()
	version, pepper, err := c.Peppers.Current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	minted := c.Format.Mint(e)
	change, err := integration.Create(
		integration.New{ID: string(minted.ID()), Account: "acme", Name: "Shop", Scopes: []string{rig.Readonly}, ExpiresAt: expiresAt}, c.Catalog,
		integration.Minted{ID: minted.ID(), MAC: pepper.MAC(minted), PepperVersion: version}, rig.Admin("acme").Actor, c.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Store.Commit(t.Context(), change, 100, nil); err != nil {
		t.Fatal(err)
	}
	return minted
}

// change changes named attributes of a token's item behind the store's back.
func (c *counter) change(t *testing.T, id token.ID, u table.Update) {
	t.Helper()
	key := table.Key{Partition: "TOKEN#" + string(id), Sort: "TOKEN"}
	if err := c.DB.Write(t.Context(), []table.Write{{Key: key, Update: &u}}); err != nil {
		t.Fatal(err)
	}
}
