package authorize_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/authorize"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/scope"
	"github.com/private-integrations/private-integrations/pkg/token"
)

const (
	ms  = time.Millisecond
	day = 24 * time.Hour
)

// refuse expects an error and that nothing is told of the token.
func refuse(t *testing.T, what string, want error) func(integration.Credential, error) {
	return func(c integration.Credential, err error) {
		t.Helper()
		if diff := cmp.Diff(integration.Credential{}, c); !errors.Is(err, want) || diff != "" {
			t.Errorf("%s: %v, want %v; told:\n%s", what, err, want, diff)
		}
	}
}

func TestTokenPassesWithOneReadAndMarksItsFirstUse(t *testing.T) {
	c := count(t)
	minted := c.plant(t, entropy(1, 1), time.Time{})
	first := c.Clock.Now()
	got, err := c.Authorizer.Authorize(t.Context(), rig.Get(minted.Reveal()))
	if err != nil {
		t.Fatal(err)
	}
	c.costs(t, "first use", 1, 1)
	if got.ID != minted.ID() || got.Account != "acme" || got.Integration != string(minted.ID()) || !got.Scopes.Equal(scope.NewSet(rig.Readonly)) {
		t.Errorf("%+v", got)
	}
	for range 3 {
		c.Clock.Advance(time.Hour)
		if got, err = c.Authorizer.Authorize(t.Context(), rig.Get(minted.Reveal())); err != nil || !got.FirstUsedAt.Equal(first) {
			t.Errorf("first used at %v, %v, want %v", got.FirstUsedAt, err, first)
		}
		c.costs(t, "later use", 1, 0)
	}
}

func TestFirstUseIsMarkedWhateverTheTokenWasUsedFor(t *testing.T) {
	c := count(t)
	for n, r := range []authorize.Request{{Method: "PUT", Path: rig.Path}, {Method: "GET", Path: "/none"}, {Method: "GET", Path: "//"}} {
		minted := c.plant(t, entropy(byte(n), 1), time.Time{})
		r.Credentials = []string{minted.Reveal()}
		if _, err := c.Authorizer.Authorize(t.Context(), r); err == nil {
			t.Errorf("%s %s passes", r.Method, r.Path)
		}
		c.costs(t, r.Path, 1, 1)
	}
}

func TestRefusedChecksumReadsNothing(t *testing.T) {
	c := count(t)
	text := c.plant(t, entropy(1, 1), time.Time{}).Reveal()
	for _, credential := range []string{
		text[:len(text)-1] + "_", text[:10] + "Z" + text[11:], strings.ToUpper(text), strings.ToLower(text), text[1:], text + "0", "pat" + text[3:],
	} {
		refuse(t, credential, authorize.ErrUnauthorized)(c.Authorizer.Authorize(t.Context(), rig.Get(credential)))
		c.costs(t, credential, 0, 0)
	}
}

func TestUnknownIDAndWrongSecretCostOneRead(t *testing.T) {
	c := count(t)
	c.plant(t, entropy(1, 1), time.Time{})
	for what, e := range map[string]token.Entropy{"unknown id": entropy(2, 1), "wrong secret": entropy(1, 2)} {
		text := c.Format.Mint(e).Reveal()
		refuse(t, what, authorize.ErrUnauthorized)(c.Authorizer.Authorize(t.Context(), rig.Get(text)))
		c.costs(t, what, 1, 0)
		if _, err := c.Authorizer.Introspect(t.Context(), []string{text}); !errors.Is(err, authorize.ErrUnauthorized) {
			t.Errorf("%s: introspection: %v", what, err)
		}
		c.costs(t, what, 1, 0)
	}
}

func TestCredentialIsBareOrBearerInAnyLetterCase(t *testing.T) {
	c := count(t)
	text := c.plant(t, entropy(1, 1), time.Time{}).Reveal()
	for _, value := range []string{
		text, "Bearer " + text, "bearer " + text, "BEARER " + text, "bEaReR   " + text, " " + text + "  ", "\t" + text, "  Bearer  " + text + " \t",
	} {
		if _, err := c.Authorizer.Authorize(t.Context(), rig.Get(value)); err != nil {
			t.Errorf("%q: %v", value, err)
		}
	}
	c.reads, c.writes = 0, 0
	for _, values := range [][]string{
		nil, {""}, {" "}, {"\t"}, {"Bearer"}, {"Bearer "}, {"Bearer Bearer " + text}, {"Bearer" + text}, {"Bearer\t" + text}, {"Bearer=" + text},
		{"Basic " + text}, {"Token " + text}, {"pit " + text}, {text + " " + text}, {text + "," + text}, {"Bearer " + text + ", Bearer " + text},
		{`"` + text + `"`}, {`Bearer "` + text + `"`}, {"Bearer\u00a0" + text}, {"\u00a0" + text}, {text + "\n"}, {text + "\x00"}, {"token=" + text},
		{text, text}, {text, ""}, {"", text}, {"Bearer " + text, "Basic x"}, {"Basic x", "Bearer " + text}, {text, text, text},
	} {
		r := rig.Get("")
		r.Credentials = values
		refuse(t, strings.Join(values, " | "), authorize.ErrUnauthorized)(c.Authorizer.Authorize(t.Context(), r))
	}
	c.costs(t, "no credential", 0, 0)
}

func TestOperationNeedsItsOwnScope(t *testing.T) {
	c := count(t)
	text := c.plant(t, entropy(1, 1), time.Time{}).Reveal()
	got, err := c.Authorizer.Authorize(t.Context(), authorize.Request{Method: "PUT", Path: rig.Path, Credentials: []string{text}})
	var lacking *authorize.ScopeError
	if !errors.As(err, &lacking) || lacking.Needed != rig.Write || !strings.Contains(err.Error(), rig.Write) {
		t.Errorf("%v, want that %s is needed", err, rig.Write)
	}
	if got.Account != "acme" {
		t.Errorf("the refusal says not whose it is: %+v", got)
	}
}

func TestPathWithTwoReadingsIsAnUnknownRouteForALivingTokenOnly(t *testing.T) {
	c := count(t)
	live, dead := c.plant(t, entropy(1, 1), time.Time{}).Reveal(), c.Format.Mint(entropy(9, 9)).Reveal()
	for _, path := range []string{
		"", "/", "contacts/1", "/none", "//contacts/1", "/contacts//1", "/contacts/1//", "/./contacts/1", "/x/../contacts/1", "/contacts/1%2f2",
		"/contacts/1%5c2", "/contacts/1%00", "/contacts/1%zz", "/contacts/1%", "/contacts/1;x=y", "/Contacts/1", "/contacts/1\\2", "/contacts/..", "/%63ontacts/1",
	} {
		r := authorize.Request{Method: "GET", Path: path, Credentials: []string{live}}
		if _, err := c.Authorizer.Authorize(t.Context(), r); !errors.Is(err, authorize.ErrUnknownRoute) {
			t.Errorf("%q: %v", path, err)
		}
		r.Credentials = []string{dead}
		refuse(t, path, authorize.ErrUnauthorized)(c.Authorizer.Authorize(t.Context(), r))
	}
	for _, method := range []string{"", "get", "POST", "DELETE", "HEAD", "OPTIONS", "TRACE", "FOO"} {
		r := authorize.Request{Method: method, Path: rig.Path, Credentials: []string{live}}
		if _, err := c.Authorizer.Authorize(t.Context(), r); !errors.Is(err, authorize.ErrUnknownRoute) {
			t.Errorf("%q: %v", method, err)
		}
	}
	if _, err := c.Authorizer.Authorize(t.Context(), authorize.Request{Method: "GET", Path: rig.Path + "/", Credentials: []string{live}}); err != nil {
		t.Errorf("one slash at the end: %v", err)
	}
}

func TestTokenWithDeadlinePassesUntilTheLastMillisecondAndIsToldOfFor90Days(t *testing.T) {
	c := count(t)
	deadline := rig.Start.Add(day)
	text := c.plant(t, entropy(1, 1), deadline).Reveal()
	for _, s := range []struct {
		at           time.Duration
		alive, known bool
	}{
		{day - ms, true, true}, {day, false, true}, {day + ms, false, true},
		{91*day - ms, false, true}, {91 * day, false, false}, {91*day + ms, false, false},
	} {
		c.Clock.Set(rig.Start.Add(s.at))
		_, err := c.Authorizer.Authorize(t.Context(), rig.Get(text))
		if s.alive != (err == nil) || !s.alive && !errors.Is(err, authorize.ErrUnauthorized) {
			t.Errorf("at +%v: %v, want alive: %v", s.at, err, s.alive)
		}
		got, err := c.Authorizer.Introspect(t.Context(), []string{"Bearer " + text})
		if s.known != (err == nil) || !s.known && !errors.Is(err, authorize.ErrUnauthorized) {
			t.Errorf("at +%v: introspection: %v, want known: %v", s.at, err, s.known)
		}
		want := integration.Ended{ID: got.ID, At: deadline, Reason: integration.ReasonExpired}
		if s.known && (s.alive != (got.Ended == nil) || !s.alive && *got.Ended != want) {
			t.Errorf("at +%v: introspection: %+v", s.at, got.Ended)
		}
	}
}

func TestDeadTokensAreRefusedAlikeAndToldApartToTheirHolder(t *testing.T) {
	c := count(t)
	admin := rig.Admin("acme")
	for reason, end := range map[integration.Reason]func(manage.Target) error{
		integration.ReasonRotated: func(of manage.Target) error {
			_, err := c.Manage.Rotate(t.Context(), admin, of, integration.Rotation{}, manage.Idempotency{})
			return err
		},
		integration.ReasonRevoked: func(of manage.Target) error {
			_, err := c.Manage.Expire(t.Context(), admin, of)
			return err
		},
		integration.ReasonDeleted: func(of manage.Target) error { return c.Manage.Delete(t.Context(), admin, of) },
		integration.ReasonGrace: func(of manage.Target) error {
			_, err := c.Manage.Rotate(t.Context(), admin, of, integration.Rotation{Grace: time.Hour}, manage.Idempotency{})
			c.Clock.Advance(time.Hour)
			return err
		},
		integration.ReasonCompleted: func(of manage.Target) error {
			if _, err := c.Manage.Rotate(t.Context(), admin, of, integration.Rotation{Grace: time.Hour}, manage.Idempotency{}); err != nil {
				return err
			}
			_, err := c.Manage.Complete(t.Context(), admin, of)
			return err
		},
	} {
		issued := c.Create(t, "acme")
		text := issued.Token.Reveal()
		if _, err := c.Authorizer.Authorize(t.Context(), rig.Get(text)); err != nil {
			t.Errorf("%s: before: %v", reason, err)
		}
		if err := end(rig.Target(issued)); err != nil {
			t.Fatal(err)
		}
		c.reads, c.writes = 0, 0
		refuse(t, string(reason), authorize.ErrUnauthorized)(c.Authorizer.Authorize(t.Context(), rig.Get(text)))
		c.costs(t, string(reason), 1, 0)
		got, err := c.Authorizer.Introspect(t.Context(), []string{text})
		if want := (integration.Ended{ID: issued.Token.ID(), At: c.Clock.Now(), Reason: reason}); err != nil || got.Ended == nil || *got.Ended != want {
			t.Errorf("%+v, %v, want %+v", got.Ended, err, want)
		}
	}
}

func TestIntrospectionMarksNoUse(t *testing.T) {
	c := count(t)
	text := c.plant(t, entropy(1, 1), time.Time{}).Reveal()
	got, err := c.Authorizer.Introspect(t.Context(), []string{text})
	if err != nil || !got.FirstUsedAt.IsZero() || got.Account != "acme" || got.Ended != nil {
		t.Errorf("%+v, %v", got, err)
	}
	c.costs(t, "introspection", 1, 0)
	for _, credentials := range [][]string{nil, {text, text}, {"Basic " + text}} {
		if _, err := c.Authorizer.Introspect(t.Context(), credentials); !errors.Is(err, authorize.ErrUnauthorized) {
			t.Errorf("%q: %v", credentials, err)
		}
	}
	c.costs(t, "no credential", 0, 0)
}

func TestFirstUseThatCantBeMarkedStopsNoRequest(t *testing.T) {
	c := count(t)
	text := c.plant(t, entropy(1, 1), time.Time{}).Reveal()
	c.writeFault = errors.New("the table is read-only")
	for range 2 {
		if _, err := c.Authorizer.Authorize(t.Context(), rig.Get(text)); err != nil {
			t.Error(err)
		}
		c.costs(t, "with a fault", 1, 1)
	}
	c.writeFault = nil
	for _, writes := range []int{1, 0} {
		if _, err := c.Authorizer.Authorize(t.Context(), rig.Get(text)); err != nil {
			t.Error(err)
		}
		c.costs(t, "after it", 1, writes)
	}
}

// stuck is a store that never answers to a mark.
type stuck struct{ authorize.Tokens }

func (stuck) MarkUsed(ctx context.Context, _ token.ID, _ time.Time) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestFirstUseThatTakesTooLongIsGivenUp(t *testing.T) {
	c := count(t)
	text := c.plant(t, entropy(1, 1), time.Time{}).Reveal()
	authorizer := c.AuthorizerOver(stuck{c.Store})
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		if _, err := authorizer.Authorize(context.Background(), rig.Get(text)); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took > 100*ms {
			t.Errorf("it took %v", took)
		}
	})
}
