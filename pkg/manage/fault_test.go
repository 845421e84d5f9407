package manage_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/notice"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/storetest"
	"github.com/private-integrations/private-integrations/pkg/token"
	"github.com/private-integrations/private-integrations/pkg/usage"
)

var errDown = errors.New("the store is down")

// failing is the store and the peppers, of which one call fails.
type failing struct {
	store   manage.Store
	peppers manage.Peppers
	at      int // which call
	calls   int
}

func (f *failing) fail() error {
	f.calls++
	if f.calls == f.at {
		return errDown
	}
	return nil
}

// unless makes a call that may be the one that fails.
func unless[T any](f *failing, call func() (T, error)) (T, error) {
	if err := f.fail(); err != nil {
		var zero T
		return zero, err
	}
	return call()
}

func (f *failing) Integration(ctx context.Context, account, id string) (integration.Integration, error) {
	return unless(f, func() (integration.Integration, error) { return f.store.Integration(ctx, account, id) })
}

func (f *failing) Integrations(ctx context.Context, account, before string, limit int) ([]integration.Integration, error) {
	return unless(f, func() ([]integration.Integration, error) { return f.store.Integrations(ctx, account, before, limit) })
}

func (f *failing) Count(ctx context.Context, account string) (int, error) {
	return unless(f, func() (int, error) { return f.store.Count(ctx, account) })
}

func (f *failing) Facts(ctx context.Context, account, id string, before int64, limit int) ([]fact.Fact, error) {
	return unless(f, func() ([]fact.Fact, error) { return f.store.Facts(ctx, account, id, before, limit) })
}

func (f *failing) FirstUses(ctx context.Context, ids []token.ID) (map[token.ID]time.Time, error) {
	return unless(f, func() (map[token.ID]time.Time, error) { return f.store.FirstUses(ctx, ids) })
}

func (f *failing) LastUses(ctx context.Context, ids []token.ID) (map[token.ID]time.Time, error) {
	return unless(f, func() (map[token.ID]time.Time, error) { return f.store.LastUses(ctx, ids) })
}

func (f *failing) Usage(ctx context.Context, ids []token.ID, from usage.Day) ([]usage.Row, error) {
	return unless(f, func() ([]usage.Row, error) { return f.store.Usage(ctx, ids, from) })
}

func (f *failing) Credential(ctx context.Context, id token.ID) (integration.Credential, error) {
	return unless(f, func() (integration.Credential, error) { return f.store.Credential(ctx, id) })
}

func (f *failing) Receipt(ctx context.Context, account, key string) (integration.Receipt, error) {
	return unless(f, func() (integration.Receipt, error) { return f.store.Receipt(ctx, account, key) })
}

func (f *failing) Commit(ctx context.Context, c integration.Change, max int, receipt *integration.Receipt) error {
	_, err := unless(f, func() (bool, error) { return true, f.store.Commit(ctx, c, max, receipt) })
	return err
}

func (f *failing) Account(ctx context.Context, id string) (account.Account, error) {
	return unless(f, func() (account.Account, error) { return f.store.Account(ctx, id) })
}

func (f *failing) Known(ctx context.Context, id, member string) (a account.Account, m *account.Member, err error) {
	if err := f.fail(); err != nil {
		return account.Account{}, nil, err
	}
	return f.store.Known(ctx, id, member)
}

func (f *failing) Members(ctx context.Context, id string) ([]account.Member, error) {
	return unless(f, func() ([]account.Member, error) { return f.store.Members(ctx, id) })
}

func (f *failing) Meet(ctx context.Context, m account.Member) error {
	_, err := unless(f, func() (bool, error) { return true, f.store.Meet(ctx, m) })
	return err
}

func (f *failing) Denial(ctx context.Context, id, member, operation string) (account.Denial, error) {
	return unless(f, func() (account.Denial, error) { return f.store.Denial(ctx, id, member, operation) })
}

func (f *failing) AccountFacts(ctx context.Context, id string, before int64, limit int) ([]fact.Fact, error) {
	return unless(f, func() ([]fact.Fact, error) { return f.store.AccountFacts(ctx, id, before, limit) })
}

func (f *failing) Timeline(ctx context.Context, account string, from, before fact.Place, limit int) ([]fact.Fact, error) {
	return unless(f, func() ([]fact.Fact, error) { return f.store.Timeline(ctx, account, from, before, limit) })
}

func (f *failing) Notices(ctx context.Context, account, before string, limit int) ([]notice.Notice, error) {
	return unless(f, func() ([]notice.Notice, error) { return f.store.Notices(ctx, account, before, limit) })
}

func (f *failing) Names(ctx context.Context, account string, ids []string) (map[string]string, error) {
	return unless(f, func() (map[string]string, error) { return f.store.Names(ctx, account, ids) })
}

func (f *failing) CommitAccount(ctx context.Context, c account.Change) error {
	_, err := unless(f, func() (bool, error) { return true, f.store.CommitAccount(ctx, c) })
	return err
}

func (f *failing) Current(ctx context.Context) (version int, pepper *token.Pepper, err error) {
	if err := f.fail(); err != nil {
		return 0, nil, err
	}
	return f.peppers.Current(ctx)
}

func (f *failing) Key(ctx context.Context, version int) (*token.Pepper, error) {
	return unless(f, func() (*token.Pepper, error) { return f.peppers.Key(ctx, version) })
}

func TestFaultAtAnyCallIsToldAndLeavesAWholeIntegration(t *testing.T) {
	r := rig.New(t)
	store, peppers := r.Manage.Store, r.Manage.Peppers
	text := r.Create(t, "lookup").Token.Reveal()
	lookup := method{"lookup of a token", func(ctx context.Context, s *manage.Service, _ manage.Caller, _ manage.Target) error {
		_, err := s.Lookup(ctx, rig.Admin("lookup"), "lookup", text)
		return err
	}}
	create := method{"create with a key", func(ctx context.Context, s *manage.Service, c manage.Caller, t manage.Target) error {
		_, err := s.Create(ctx, c, integration.New{Account: t.Account, Name: "Shop", Scopes: []string{rig.Readonly}}, key)
		return err
	}}
	rotate := method{"rotate at once", func(ctx context.Context, s *manage.Service, c manage.Caller, t manage.Target) error {
		_, err := s.Rotate(ctx, c, t, atOnce, key)
		return err
	}}
	denied := method{"denied", func(ctx context.Context, s *manage.Service, c manage.Caller, t manage.Target) error {
		_, err := s.Get(ctx, rig.Staff(t.Account), t.Account, t.ID)
		if errors.Is(err, manage.ErrForbidden) && !errors.Is(err, errDown) {
			return nil
		}
		return cmp.Or(err, errors.New("staff was let through"))
	}}
	for _, m := range slices.Concat([]method{lookup, create, rotate, denied}, onOne, onAccount, onPeople) {
		failed := true
		for at := 1; failed; at++ {
			account := fmt.Sprint(m.name, at)
			issued := r.Create(t, account)
			if m.name == "cancel" || m.name == "complete" || m.name == "move" {
				if _, err := r.Manage.Rotate(t.Context(), rig.Admin(account), rig.Target(issued), later, never); err != nil {
					t.Fatal(err)
				}
			}
			f := &failing{store: store, peppers: peppers, at: at}
			r.Manage.Store, r.Manage.Peppers = f, f
			err := m.call(t.Context(), r.Manage, rig.Admin(account), rig.Target(issued))
			r.Manage.Store, r.Manage.Peppers = store, peppers
			failed = f.calls >= at
			if want := map[bool]error{true: errDown}[failed]; !errors.Is(err, want) {
				t.Errorf("%s with a fault at call %d of %d: %v, want %v", m.name, at, f.calls, err, want)
			}
			storetest.CheckWhole(t, r.Store, account, issued.ID)
		}
	}
}
