package remind_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/remind"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/storetest"
	"github.com/private-integrations/private-integrations/pkg/table"
)

// edit changes the settings of an account.
func edit(t *testing.T, r *rig.Rig, of string, e account.Edit) {
	t.Helper()
	if _, err := r.Manage.SetSettings(t.Context(), rig.Admin(of), of, nil, e); err != nil {
		t.Fatal(err)
	}
}

func set(t *testing.T, r *rig.Rig, key table.Key, u table.Update) {
	t.Helper()
	if err := r.DB.Write(t.Context(), []table.Write{{Key: key, Update: &u}}); err != nil {
		t.Fatal(err)
	}
}

func TestFaultOfOneIntegrationKeepsNoOtherWaiting(t *testing.T) {
	r := rig.New(t)
	broken, beside, other := r.Create(t, "acme"), r.Create(t, "acme"), r.Create(t, "globex")
	unread := r.Create(t, "initech")
	r.Clock.Advance(89 * day)
	idle := 400 * day
	for _, of := range []string{"acme", "globex", "initech"} {
		edit(t, r, of, account.Edit{IdleAfter: &idle})
	}
	r.Clock.Advance(day)
	last := table.Key{Partition: "USAGE#" + string(broken.Token.ID()), Sort: "LAST"}
	set(t, r, last, table.Update{Set: table.Item{{Name: "lastUsedAt", Kind: table.String, Text: "soon"}}})
	set(t, r, table.Key{Partition: "ACCOUNT#initech", Sort: "INTEGRATION#" + unread.ID}, table.Update{Remove: []string{"name"}})

	report, err := remind.Run(t.Context(), r.Store, r.Clock.Now())
	if !errors.Is(err, table.ErrDamaged) || !report.Complete {
		t.Fatalf("%+v, %v", report, err)
	}
	for _, id := range []string{broken.ID, unread.ID, "acme", "initech"} {
		if !strings.Contains(err.Error(), id) {
			t.Errorf("the fault does not name %s: %v", id, err)
		}
	}
	for of, id := range map[string]string{"acme": beside.ID, "globex": other.ID} {
		i := storetest.CheckWhole(t, r.Store, of, id)
		if i.Policy.IdleAfter != idle || i.Current.RemindedAt.IsZero() {
			t.Errorf("%s was kept waiting: %+v", of, i)
		}
	}
	for of, waits := range map[string]bool{"acme": true, "globex": false, "initech": true} {
		if a, err := r.Store.Account(t.Context(), of); err != nil || a.UntoldSince.IsZero() == waits {
			t.Errorf("%s: %+v, %v", of, a, err)
		}
	}

	set(t, r, last, table.Update{Remove: []string{"lastUsedAt"}})
	if _, err := remind.Run(t.Context(), r.Store, r.Clock.Now()); err == nil || strings.Contains(err.Error(), "acme") {
		t.Errorf("once it is mended: %v", err)
	}
	if i := storetest.CheckWhole(t, r.Store, "acme", broken.ID); i.Policy.IdleAfter != idle {
		t.Errorf("%+v", i)
	}
}

// toldOf is what was told of an integration, but for some types: each threshold, and
// why a token ended.
func toldOf(t *testing.T, r *rig.Rig, id string, but ...fact.Type) (all []string) {
	t.Helper()
	facts, err := r.Store.Facts(t.Context(), "acme", id, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range slices.Backward(facts) {
		if slices.Contains(but, f.Type) {
			continue
		}
		switch f.Type {
		case fact.RotationUpcoming, fact.RotationDue, fact.IdleWarning:
			all = append(all, f.Changes[0].To)
		case fact.TokenEnded:
			all = append(all, f.Reason)
		}
	}
	return all
}

func TestNobodyIsToldToRotateWhileTheFeatureIsOff(t *testing.T) {
	r := rig.New(t)
	on, off := true, false
	issued := r.Create(t, "acme")
	told := func() []string { return toldOf(t, r, issued.ID) }
	switches := map[int]*bool{60: &off, 100: &on, 115: &off, 118: &on}
	want := map[int][]string{99: nil, 100: {"90"}, 119: {"90"}, 120: {"90", "120"}}
	for d := range 121 {
		r.Clock.Set(rig.Start.Add(time.Duration(d) * day))
		if s := switches[d]; s != nil {
			edit(t, r, "acme", account.Edit{PrivateIntegrations: s})
		}
		tick(t, r)
		if w, check := want[d]; check && !slices.Equal(told(), w) {
			t.Errorf("day %d: %q, want %q", d, told(), w)
		}
	}
}

func TestIdleTokensLiveWhileTheFeatureIsOffAndAreWarnedOfAnewThen(t *testing.T) {
	r := rig.New(t)
	idle, on, off := 60*day, true, false
	edit(t, r, "acme", account.Edit{IdleAfter: &idle})
	issued := r.Create(t, "acme")
	days := func(from, to int) {
		t.Helper()
		for d := from; d <= to; d++ {
			r.Clock.Set(rig.Start.Add(time.Duration(d) * day))
			tick(t, r)
		}
	}
	told := func() []string { return toldOf(t, r, issued.ID, fact.RotationUpcoming, fact.RotationDue) }
	days(0, 59)
	edit(t, r, "acme", account.Edit{PrivateIntegrations: &off})
	days(60, 199)
	if got := told(); !slices.Equal(got, []string{"15", "7", "1"}) {
		t.Errorf("while it is off: %q", got)
	}
	edit(t, r, "acme", account.Edit{PrivateIntegrations: &on})
	days(199, 213)
	if got := told(); !slices.Equal(got, []string{"15", "7", "1", "15", "7", "1"}) {
		t.Errorf("once it is on again: %q", got)
	}
	days(214, 214)
	if got := told(); !slices.Equal(got[6:], []string{"idle"}) {
		t.Errorf("in the end: %q", got)
	}
}
