package console_test

import (
	"net/http"
	"testing"

	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/tripwire"
	"github.com/private-integrations/private-integrations/pkg/usage"
)

func TestUseOfADeadTokenIsToldWithItsCallerOrWithoutOne(t *testing.T) {
	s := newSite(t)
	i := s.Create(t, "acme")
	if _, err := s.Manage.Rotate(t.Context(), rig.Admin("acme"), rig.Target(i), integration.Rotation{}, manage.Idempotency{}); err != nil {
		t.Fatal(err)
	}
	for says, callers := range map[string]map[usage.Caller]usage.Calls{
		"was used from 192.0.2.9 (thief), an address that had not used it while it worked": {
			usage.NewCaller("192.0.2.9", "thief"): {},
		},
		"was used, from an address that was not kept: more programs used it that day than are kept by name.": nil,
	} {
		now := s.Clock.Now()
		for caller := range callers {
			callers[caller] = usage.Calls{Count: 1, LastAt: now}
		}
		if err := tripwire.Touch(t.Context(), s.Store, usage.Row{
			Key: usage.Key{Token: i.Token.ID(), Day: usage.DayOf(now), Dead: true}, Account: "acme", Integration: i.ID,
			Count: 1, FirstAt: now, LastAt: now, Callers: callers,
		}, now); err != nil {
			t.Fatal(err)
		}
		s.admin("acme").get(activity).want(http.StatusOK, says)
		s.Clock.Advance(integration.ReuseSpan)
	}
}
