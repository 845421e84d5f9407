package fsck_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/fsck"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/sweep"
	"github.com/private-integrations/private-integrations/pkg/table"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// world is a store with a bit of everything.
type world struct {
	*rig.Rig
	rotating manage.View // with two living tokens, the current one with a deadline
	expired  manage.View // without a living one
	deleted  string
	member   string // whose permission was changed
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Rig: rig.New(t)}
	admin, staff := rig.Admin("acme"), rig.Staff("acme")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	first, second, third := w.Create(t, "acme", rig.Readonly, rig.Write), w.Create(t, "acme"), w.Create(t, "acme")
	w.Create(t, "globex")
	w.Clock.Advance(time.Hour)
	_, err := w.Manage.Rotate(t.Context(), admin, rig.Target(first), integration.Rotation{Grace: week}, manage.Idempotency{Key: "k", Fingerprint: "f"})
	must(err)
	_, err = w.Manage.SetExpiry(t.Context(), admin, rig.Target(first), w.Clock.Now().Add(4*week))
	must(err)
	name := "Shop of Zoë"
	_, err = w.Manage.Edit(t.Context(), admin, rig.Target(first), integration.Edit{Name: &name})
	must(err)
	_, err = w.Manage.Expire(t.Context(), admin, rig.Target(second))
	must(err)
	must(w.Manage.Delete(t.Context(), admin, rig.Target(third)))
	for range 3 {
		if _, err := w.Manage.Get(t.Context(), staff, "acme", first.ID); !errors.Is(err, manage.ErrForbidden) {
			t.Fatal(err)
		}
	}
	w.member = account.MemberID(staff.Issuer, staff.ID)
	_, err = w.Manage.SetPermission(t.Context(), admin, "acme", w.member, account.View)
	must(err)
	grace := 2 * time.Hour
	_, err = w.Manage.SetSettings(t.Context(), admin, "acme", nil, account.Edit{Grace: &grace})
	must(err)
	w.rotating, err = w.Manage.Get(t.Context(), admin, "acme", first.ID)
	must(err)
	w.expired, err = w.Manage.Get(t.Context(), admin, "acme", second.ID)
	must(err)
	w.deleted = third.ID
	return w
}

const week = 7 * 24 * time.Hour

func TestWhatTheProductWritesHasNoFaults(t *testing.T) {
	w := newWorld(t)
	for _, after := range []time.Duration{0, 2 * week, 3 * week} {
		w.Clock.Advance(after)
		for _, when := range []string{"before", "after"} {
			report := check(t, w.Store)
			if len(report.Faults) > 0 || report.Accounts != 2 || report.Integrations != 4 || report.Tokens != 5 || report.Unchained != 0 {
				t.Errorf("%v on, %s the sweep: %+v", after, when, report)
			}
			if _, err := sweep.Run(t.Context(), w.Store, w.Clock.Now()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func integrationKey(account, id string) table.Key {
	return table.Key{Partition: "ACCOUNT#" + account, Sort: "INTEGRATION#" + id}
}

func tokenKey(id token.ID) table.Key {
	return table.Key{Partition: "TOKEN#" + string(id), Sort: "TOKEN"}
}

func factKey(id, seq string) table.Key {
	return table.Key{Partition: "ACCOUNT#acme", Sort: "FACT#" + id + "#" + seq}
}

func text(name, s string) table.Attribute {
	return table.Attribute{Name: name, Kind: table.String, Text: s}
}

func number(name string, n int64) table.Attribute {
	return table.Attribute{Name: name, Kind: table.Number, Number: n}
}

func list(name string, l ...string) table.Attribute {
	return table.Attribute{Name: name, Kind: table.List, List: l}
}

func set(key table.Key, attributes ...table.Attribute) table.Write {
	return table.Write{Key: key, Update: &table.Update{Set: attributes}}
}

func unset(key table.Key, names ...string) table.Write {
	return table.Write{Key: key, Update: &table.Update{Remove: names}}
}

// A damage is done behind the store's back, and tells which faults there have
// to be: for each its kind, a part of where it is, and a part of what it says.
type damage struct {
	do    func(t *testing.T, w *world) []table.Write
	wants []want
}

type want struct {
	kind        fsck.Kind
	where, says string
}

func does(do func(w *world) []table.Write, wants ...want) damage {
	return damage{func(_ *testing.T, w *world) []table.Write { return do(w) }, wants}
}

func TestWhatIsWrongIsFoundAndNamed(t *testing.T) {
	for name, d := range damages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			write(t, w.Rig, d.do(t, w)...)
			report := check(t, w.Store)
			for _, want := range d.wants {
				found := slices.ContainsFunc(report.Faults, func(f fsck.Fault) bool {
					return f.Kind == want.kind && strings.Contains(f.Where, want.where) && strings.Contains(f.What, want.says)
				})
				if !found {
					t.Errorf("%+v is not among %q", want, report.Faults)
				}
			}
			if len(report.Faults) != len(d.wants) {
				t.Errorf("%d faults, want %d: %q", len(report.Faults), len(d.wants), report.Faults)
			}
			for _, f := range report.Faults {
				if !slices.ContainsFunc(fsck.Kinds, func(k fsck.Remedy) bool { return k.Kind == f.Kind && k.Do != "" }) {
					t.Errorf("nothing says what to do about %q", f.Kind)
				}
			}
		})
	}
}

const first = "000000000001"

var damages = map[string]damage{
	"a fact's reason": does(func(w *world) []table.Write {
		return []table.Write{set(factKey(w.expired.ID, "000000000003"), text("reason", "expired"))}
	}, want{fsck.Chain, "", "fact 3"}),
	"a fact's actor": does(func(w *world) []table.Write {
		return []table.Write{set(table.Key{Partition: "TEAM#acme", Sort: "FACT#" + first}, text("actor", "eve"))}
	}, want{fsck.Chain, "account acme", "fact 1"}),
	"facts of the account itself dropped": does(func(*world) []table.Write {
		return []table.Write{{Key: table.Key{Partition: "TEAM#acme", Sort: "FACT#000000000003"}, Remove: true}}
	}, want{fsck.Chain, "account acme", "fact 3 is missing"}),
	"a fact under another number": {func(t *testing.T, w *world) []table.Write {
		return []table.Write{{Key: factKey(w.deleted, "000000000009"), Put: get(t, w.Rig, factKey(w.deleted, first))}}
	}, []want{{fsck.Tenancy, "000000000009", "fact"}, {fsck.Timeline, "000000000009", "in the place of"}}},
	"a fact of another account": {func(t *testing.T, w *world) []table.Write {
		key := factKey(w.deleted, first)
		return []table.Write{{Key: table.Key{Partition: "ACCOUNT#globex", Sort: key.Sort}, Put: get(t, w.Rig, key)}}
	}, []want{{fsck.Tenancy, "globex", "acme"}, {fsck.Timeline, "globex", "in the place of"}}},
	"an integration dropped": does(func(w *world) []table.Write {
		return []table.Write{{Key: integrationKey("acme", w.deleted), Remove: true}}
	}, want{fsck.Chain, "", "the integration is not"}, want{fsck.Tokens, "", "no such integration"}),
	"an integration and its facts dropped": does(func(w *world) []table.Write {
		writes := []table.Write{{Key: integrationKey("acme", w.deleted), Remove: true}}
		for _, seq := range []string{"1", "2", "3", "4"} {
			writes = append(writes, table.Write{Key: factKey(w.deleted, "00000000000"+seq), Remove: true})
		}
		return writes
	}, want{fsck.Tokens, "", "no such integration"}),
	"an integration of another account": {func(t *testing.T, w *world) []table.Write {
		return []table.Write{{Key: integrationKey("globex", w.deleted), Put: get(t, w.Rig, integrationKey("acme", w.deleted))}}
	}, []want{{fsck.Tenancy, "globex", "acme"}}},
	"an integration's name": does(func(w *world) []table.Write {
		return []table.Write{set(integrationKey("acme", w.expired.ID), text("name", "Other"))}
	}, want{fsck.Trail, "", "name"}),
	"scopes widened everywhere but in the facts": does(func(w *world) []table.Write {
		all := list("scopes", rig.Calendars, rig.Readonly, rig.Write)
		return []table.Write{
			set(integrationKey("acme", w.rotating.ID), all), set(tokenKey(w.rotating.Current.ID), all), set(tokenKey(w.rotating.Retiring.ID), all),
		}
	}, want{fsck.Trail, "", "scopes"}),
	"scopes of a token widened": does(func(w *world) []table.Write {
		return []table.Write{set(tokenKey(w.rotating.Current.ID), list("scopes", rig.Calendars, rig.Readonly, rig.Write))}
	}, want{fsck.Tokens, "", "scopes"}),
	"deadline of a token taken away": does(func(w *world) []table.Write {
		return []table.Write{unset(tokenKey(w.rotating.Retiring.ID), "endsAt", "endsReason")}
	}, want{fsck.Tokens, "", "ends never"}),
	"deadline put off everywhere but in the facts": does(func(w *world) []table.Write {
		later := w.Clock.Now().Add(20 * week).UnixMilli()
		return []table.Write{
			set(integrationKey("acme", w.rotating.ID), number("currentExpiresAt", later)),
			set(tokenKey(w.rotating.Current.ID), number("endsAt", later)),
		}
	}, want{fsck.Trail, "", "deadline"}),
	"a dead token brought back to life": does(func(w *world) []table.Write {
		return []table.Write{unset(tokenKey(w.expired.Last.ID), "deadAt", "deadReason")}
	}, want{fsck.Tokens, "", "does not know it"}),
	"a living token taken for dead": does(func(w *world) []table.Write {
		return []table.Write{set(tokenKey(w.rotating.Current.ID), number("deadAt", 1), text("deadReason", "rotated"))}
	}, want{fsck.Tokens, "", "dead since"}),
	"a living token dropped": does(func(w *world) []table.Write {
		return []table.Write{{Key: tokenKey(w.rotating.Current.ID), Remove: true}}
	}, want{fsck.Tokens, "", "missing"}),
	"a token smuggled in": {func(t *testing.T, w *world) []table.Write {
		return []table.Write{{Key: tokenKey("Smuggled"), Put: get(t, w.Rig, tokenKey(w.rotating.Current.ID))}}
	}, []want{{fsck.Tokens, "Smuggled", "does not know it"}}},
	"a token smuggled into the integration as well": {func(t *testing.T, w *world) []table.Write {
		now := w.Clock.Now().UnixMilli()
		return []table.Write{
			{Key: tokenKey("Smuggled"), Put: get(t, w.Rig, tokenKey(w.rotating.Current.ID))[:6]},
			set(integrationKey("acme", w.expired.ID), text("currentId", "Smuggled"), number("currentCreatedAt", now)),
		}
	}, []want{{fsck.Tenancy, "", "Smuggled"}, {fsck.Trail, "", "never made"}, {fsck.Due, "", ""}}},
	"a token of another account": does(func(w *world) []table.Write {
		return []table.Write{set(tokenKey(w.rotating.Current.ID), text("account", "globex"))}
	}, want{fsck.Tenancy, "", "globex"}, want{fsck.Tokens, "", "no such integration"}),
	"nothing due any more": does(func(w *world) []table.Write {
		return []table.Write{unset(integrationKey("acme", w.rotating.ID), "dueAt", "dueShard")}
	}, want{fsck.Due, "", "the item says never"}),
	"due later": does(func(w *world) []table.Write {
		return []table.Write{set(integrationKey("acme", w.rotating.ID), number("dueAt", 1e13))}
	}, want{fsck.Due, "", "something is due at"}),
	"due in another shard": does(func(w *world) []table.Write {
		return []table.Write{set(integrationKey("acme", w.rotating.ID), text("dueShard", "x"))}
	}, want{fsck.Due, "", "shard"}),
	"another number of integrations": does(func(*world) []table.Write {
		return []table.Write{set(table.Key{Partition: "ACCOUNT#acme", Sort: "COUNT"}, number("live", 3))}
	}, want{fsck.Quota, "acme", "3"}),
	"a fact out of the timeline": does(func(w *world) []table.Write {
		return []table.Write{unset(factKey(w.deleted, first), table.AttributeTimeline)}
	}, want{fsck.Timeline, first, "place"}, want{fsck.Timeline, "acme", "lacks"}),
	"a permission raised": does(func(w *world) []table.Write {
		return []table.Write{set(table.Key{Partition: "TEAM#acme", Sort: "MEMBER#" + w.member}, text("permission", "manage"))}
	}, want{fsck.Trail, "member", "manage"}),
	"a member taken away with what was decided of them": does(func(w *world) []table.Write {
		return []table.Write{{Key: table.Key{Partition: "TEAM#acme", Sort: "MEMBER#" + w.member}, Remove: true}}
	}, want{fsck.Trail, "member", "nothing is stored"}),
	"a retiring token taken for a current one": does(func(w *world) []table.Write {
		return []table.Write{unset(tokenKey(w.rotating.Retiring.ID), "retiringSince")}
	}, want{fsck.Tokens, "", "began to retire never"}),
	"an integration that can't be read": does(func(w *world) []table.Write {
		return []table.Write{set(integrationKey("globex", "broken"), text("id", "broken"))}
	}, want{fsck.Damage, "broken", "missing"}),
	"a token that can't be read": does(func(w *world) []table.Write {
		return []table.Write{unset(tokenKey(w.expired.Last.ID), "mac")}
	}, want{fsck.Damage, string("TOKEN#"), "mac"}),
}

func TestHeadsThatWereKeptShowAChainThatWasMadeAnew(t *testing.T) {
	w := newWorld(t)
	kept := fsck.Heads{}
	if _, err := fsck.Check(t.Context(), w.Store, nil, kept.Add); err != nil {
		t.Fatal(err)
	}
	if len(kept) != 5 { // four integrations, and the account acme
		t.Errorf("%v", kept)
	}
	again := func(change func(fsck.Heads)) []fsck.Fault {
		t.Helper()
		heads := fsck.Heads{}
		for _, head := range kept {
			heads.Add(head)
		}
		change(heads)
		report, err := fsck.Check(t.Context(), w.Store, heads, nil)
		if err != nil {
			t.Fatal(err)
		}
		return report.Faults
	}
	if faults := again(func(fsck.Heads) {}); len(faults) != 0 {
		t.Errorf("unchanged: %q", faults)
	}
	name := "Other"
	if _, err := w.Manage.Edit(t.Context(), rig.Admin("acme"), manage.Target{Account: "acme", ID: w.expired.ID}, integration.Edit{Name: &name}); err != nil {
		t.Fatal(err)
	}
	if faults := again(func(fsck.Heads) {}); len(faults) != 0 {
		t.Errorf("after one more fact: %q", faults)
	}
	for says, head := range map[string]fsck.Head{
		"another hash":  {Account: "acme", Subject: w.expired.ID, Seq: 2, Hash: "v1:0"},
		"is gone":       {Account: "acme", Subject: w.expired.ID, Seq: 20, Hash: "v1:0"},
		"all of it":     {Account: "acme", Subject: "X", Seq: 2, Hash: "v1:0"},
		"acme: fact 20": {Account: "acme", Subject: fact.Fact{}.Subject(), Seq: 20, Hash: "v1:0"},
	} {
		faults := again(func(h fsck.Heads) { h.Add(head) })
		if len(faults) != 1 || faults[0].Kind != fsck.Chain || !strings.Contains(faults[0].String(), says) {
			t.Errorf("%+v: %q", head, faults)
		}
	}
}
