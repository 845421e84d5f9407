package authorize_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/private-integrations/private-integrations/pkg/authorize"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/scope"
	"github.com/private-integrations/private-integrations/pkg/table"
	"github.com/private-integrations/private-integrations/pkg/usage"
)

// book is what was noted.
type book []usage.Use

func (b *book) Note(u usage.Use) { *b = append(*b, u) }

// noting is a counter whose authorizer notes uses.
func noting(t *testing.T) (*counter, *book) {
	t.Helper()
	c, b := count(t), &book{}
	c.Authorizer = authorize.New(c.Format, table.New(c), c.Peppers, c.Catalog, b, c.Clock.Now)
	return c, b
}

// reads holds what was noted since the last time.
func (b *book) reads(t *testing.T, what string, want ...usage.Use) {
	t.Helper()
	if diff := cmp.Diff(book(want), *b, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
	*b = nil
}

// from is a request with a token, from somewhere.
func from(text, method, path string) authorize.Request {
	return authorize.Request{Method: method, Path: path, Credentials: []string{text}, Address: "203.0.113.7", Agent: "curl/8.5.0"}
}

func TestEachRequestOfALivingTokenIsNotedWithWhatBecameOfIt(t *testing.T) {
	c, b := noting(t)
	minted := c.plant(t, entropy(1, 1), time.Time{})
	use := usage.Use{
		Token: minted.ID(), Account: "acme", Integration: string(minted.ID()), At: rig.Start,
		Caller: usage.Caller{Address: "203.0.113.7", Agent: "curl/8.5.0"},
	}
	passed, refused := use, use
	passed.Operation, passed.Scopes, refused.Outcome = "GET /contacts/{id}", scope.NewSet(rig.Readonly), usage.Refused
	for _, r := range []struct {
		method, path string
		want         usage.Use
	}{
		{"GET", rig.Path, passed}, {"GET", rig.Path + "/", passed}, {"PUT", rig.Path, refused}, {"GET", "/none", refused}, {"GET", "//", refused},
	} {
		_, _ = c.Authorizer.Authorize(t.Context(), from(minted.Reveal(), r.method, r.path))
		b.reads(t, r.method+" "+r.path, r.want)
	}
}

func TestWhatCarriesNoTokensSecretIsNotNoted(t *testing.T) {
	c, b := noting(t)
	text := c.plant(t, entropy(1, 1), time.Time{}).Reveal()
	for _, credential := range []string{
		"", "x", text + "0", c.Format.Mint(entropy(2, 1)).Reveal(), c.Format.Mint(entropy(1, 2)).Reveal(),
	} {
		_, _ = c.Authorizer.Authorize(t.Context(), from(credential, "GET", rig.Path))
		b.reads(t, credential)
	}
	if _, err := c.Authorizer.Introspect(t.Context(), []string{text}); err != nil {
		t.Error(err)
	}
	b.reads(t, "introspection")
	c.readFault = errors.New("throttled")
	_, _ = c.Authorizer.Authorize(t.Context(), from(text, "GET", rig.Path))
	b.reads(t, "a fault")
}

func TestUsesOfADeadTokenAreNotedForAsLongAsItIsToldOf(t *testing.T) {
	c, b := noting(t)
	minted := c.plant(t, entropy(1, 1), rig.Start.Add(day))
	for _, s := range []struct {
		at    time.Duration
		noted bool
	}{{day, true}, {91*day - ms, true}, {91 * day, false}} {
		c.Clock.Set(rig.Start.Add(s.at))
		_, err := c.Authorizer.Authorize(t.Context(), from(minted.Reveal(), "GET", rig.Path))
		if !errors.Is(err, authorize.ErrUnauthorized) {
			t.Errorf("at +%v: %v", s.at, err)
		}
		var want []usage.Use
		if s.noted {
			want = append(want, usage.Use{
				Token: minted.ID(), Account: "acme", Integration: string(minted.ID()), At: rig.Start.Add(s.at),
				Outcome: usage.Reused, Caller: usage.Caller{Address: "203.0.113.7", Agent: "curl/8.5.0"},
			})
		}
		b.reads(t, s.at.String(), want...)
	}
}

func TestUsesOfAnOldTokenAreNotedWithTheInstantOfItsRotation(t *testing.T) {
	c, b := noting(t)
	issued := c.Create(t, "acme")
	since := func(text string) time.Time {
		t.Helper()
		if _, err := c.Authorizer.Authorize(context.Background(), from(text, "GET", rig.Path)); err != nil {
			t.Fatal(err)
		}
		at := (*b)[0].RetiringSince
		*b = nil
		return at
	}
	if at := since(issued.Token.Reveal()); !at.IsZero() {
		t.Errorf("before the rotation it retires since %v", at)
	}
	c.Clock.Advance(time.Hour)
	rotation := integration.Rotation{Grace: integration.DefaultGrace}
	rotated, err := c.Manage.Rotate(t.Context(), rig.Admin("acme"), rig.Target(issued), rotation, manage.Idempotency{})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]time.Time{issued.Token.Reveal(): rig.Start.Add(time.Hour), rotated.Token.Reveal(): {}} {
		c.Clock.Advance(time.Hour)
		if at := since(text); !at.Equal(want) {
			t.Errorf("it retires since %v, want %v", at, want)
		}
	}
	if _, err := c.Manage.Cancel(t.Context(), rig.Admin("acme"), rig.Target(issued), true); err != nil {
		t.Fatal(err)
	}
	if at := since(issued.Token.Reveal()); !at.IsZero() {
		t.Errorf("after the rotation was cancelled it retires since %v", at)
	}
}
