package rekey_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/private-integrations/private-integrations/pkg/authorize"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/keyring"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/rekey"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/table"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// product is the rig with its pepper file to be rotated and its writes counted.
type product struct {
	*rig.Rig
	table.Backend
	secret keyring.SecretFile
	writes atomic.Int64
}

func newProduct(t *testing.T) *product {
	t.Helper()
	r := rig.New(t)
	return &product{Rig: r, Backend: r.DB, secret: keyring.SecretFile{Path: r.PepperFile, Now: r.Clock.Now}}
}

func (p *product) Write(ctx context.Context, writes []table.Write) error {
	p.writes.Add(1)
	return p.Backend.Write(ctx, writes)
}

// process is another process that verifies tokens: it has read no pepper yet.
func (p *product) process() *authorize.Authorizer {
	peppers := keyring.New(keyring.File(p.PepperFile), token.NewPepper, p.Clock.Now)
	return authorize.New(p.Format, table.New(p), peppers, p.Catalog, nil, p.Clock.Now)
}

func (p *product) rotate(t *testing.T) {
	t.Helper()
	if _, err := rekey.Rotate(t.Context(), p.secret); err != nil {
		t.Fatal(err)
	}
	p.Clock.Advance(rekey.Settle)
}

// pepperOf is the version that a token is on.
func (p *product) pepperOf(t *testing.T, issued manage.Issued) int {
	t.Helper()
	c, err := p.Store.Credential(t.Context(), issued.Token.ID())
	if err != nil {
		t.Fatal(err)
	}
	return c.PepperVersion
}

// mint makes integrations, from a number on, of which each token has been used.
func (p *product) mint(t *testing.T, from, count int) []manage.Issued {
	t.Helper()
	made := make([]manage.Issued, count)
	var workers sync.WaitGroup
	for w := range minters {
		workers.Go(func() {
			for n := w; n < count; n += minters {
				account := fmt.Sprintf("account-%d", (from+n)/100)
				var err error
				made[n], err = p.Manage.Create(t.Context(), rig.Admin(account),
					integration.New{Account: account, Name: "Shop", Scopes: []string{rig.Readonly}}, manage.Idempotency{})
				if err == nil {
					err = p.Store.MarkUsed(t.Context(), made[n].Token.ID(), p.Clock.Now())
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	workers.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return made
}

// minters come together for each transaction.
const minters = 64

func (p *product) allows(t *testing.T, a *authorize.Authorizer, issued manage.Issued) {
	t.Helper()
	if _, err := a.Authorize(t.Context(), rig.Get(issued.Token.Reveal())); err != nil {
		t.Errorf("token %s: %v", issued.Token.ID(), err)
	}
}

func TestRotationsFailNoVerificationAndVerifyingNeverWrites(t *testing.T) {
	const tokens, verifiers, rotations = 10_000, 32, 2
	p := newProduct(t)
	var (
		mu     sync.RWMutex
		issued []manage.Issued
	)
	mint := func(n int) {
		made := p.mint(t, len(issued), n)
		mu.Lock()
		defer mu.Unlock()
		issued = append(issued, made...)
	}
	mint(tokens / 2)

	var (
		workers  sync.WaitGroup
		verified atomic.Int64
		done     atomic.Bool
	)
	for w := range verifiers {
		a := p.process()
		workers.Go(func() {
			for n := w; ; n += verifiers {
				last := done.Load()
				mu.RLock()
				known := len(issued)
				one := issued[n%known]
				mu.RUnlock()
				p.allows(t, a, one)
				verified.Add(1)
				if last && n >= w+2*known || t.Failed() {
					return
				}
			}
		})
	}
	for version := 2; version <= 1+rotations; version++ {
		p.rotate(t)
		mint(tokens / 2 / rotations)
		if on := p.pepperOf(t, issued[len(issued)-1]); on != version {
			t.Errorf("a new token is on pepper %d, not %d", on, version)
		}
	}
	done.Store(true)
	workers.Wait()
	for version, want := range map[int]int{1: tokens / 2, 2: tokens / 4, 3: tokens / 4} {
		if n, err := p.Store.LivingTokens(t.Context(), version, p.Clock.Now()); err != nil || n != want {
			t.Errorf("%d tokens are on pepper %d, %v, want %d", n, version, err, want)
		}
	}
	if n := p.writes.Load(); n > 0 {
		t.Errorf("verifying wrote %d times", n)
	}
	t.Logf("%d tokens, %d verifications", len(issued), verified.Load())
}

func TestPepperIsRetiredOnceNoLivingTokenIsOnIt(t *testing.T) {
	p := newProduct(t)
	dead, rotated, ending := p.Create(t, "acme"), p.Create(t, "acme"), p.Create(t, "acme")
	if _, err := p.Manage.Expire(t.Context(), rig.Admin("acme"), rig.Target(dead)); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(p.PepperFile)
	if err != nil {
		t.Fatal(err)
	}
	_, old, _ := strings.Cut(string(text), `"1":"`)
	old, _, _ = strings.Cut(old, `"`)

	p.rotate(t)
	refused := func(when string, living int) {
		t.Helper()
		_, err := rekey.Retire(t.Context(), p.secret, p.Store, 1, p.Clock.Now())
		if inUse := (*rekey.InUseError)(nil); !errors.As(err, &inUse) || *inUse != (rekey.InUseError{Version: 1, Tokens: living}) {
			t.Errorf("%s: %v, want %d living tokens", when, err, living)
		}
		p.allows(t, p.process(), ending)
	}
	refused("at first", 2)
	next, err := p.Manage.Rotate(t.Context(), rig.Admin("acme"), rig.Target(rotated), integration.Rotation{Grace: integration.MinGrace}, manage.Idempotency{})
	if err != nil {
		t.Fatal(err)
	}
	refused("within the grace window", 2)
	p.Clock.Advance(integration.MinGrace)
	refused("after it", 1)
	deadline := p.Clock.Now().Add(integration.MinGrace)
	if _, err := p.Manage.SetExpiry(t.Context(), rig.Admin("acme"), rig.Target(ending), deadline); err != nil {
		t.Fatal(err)
	}
	p.Clock.Set(deadline.Add(-1e6))
	refused("a millisecond before the last one ends", 1)
	p.Clock.Set(deadline)
	report, err := rekey.Retire(t.Context(), p.secret, p.Store, 1, p.Clock.Now())
	if err != nil || report.Current != 2 || !slices.Equal(report.Versions, []int{2}) {
		t.Fatalf("%+v, %v", report, err)
	}
	if text, err := os.ReadFile(p.PepperFile); err != nil || len(old) < 40 || strings.Contains(string(text), old) {
		t.Errorf("the old pepper %q is in %s, %v", old, text, err)
	}

	after := p.process()
	p.allows(t, after, next)
	for name, i := range map[string]manage.Issued{"dead": dead, "rotated": rotated, "ended": ending} {
		if _, err := after.Authorize(t.Context(), rig.Get(i.Token.Reveal())); !errors.Is(err, authorize.ErrUnauthorized) {
			t.Errorf("%s, with its pepper gone: %v", name, err)
		}
	}
}
