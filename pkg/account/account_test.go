package account_test

import (
	"errors"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
)

var (
	now   = time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)
	admin = fact.Actor{ID: "sub-1", Email: "admin@acme.test", Address: "192.0.2.1"}
)

// unchained leaves out what chains facts, which package fact has tests of.
var unchained = cmp.Options{
	cmpopts.IgnoreFields(fact.Fact{}, "Prev", "Hash"), cmpopts.IgnoreFields(account.Account{}, "Head"),
}

const day = 24 * time.Hour

func TestPermissionsIncludeThoseBelow(t *testing.T) {
	for have, allowed := range map[account.Permission]map[account.Permission]bool{
		account.None:   {},
		account.View:   {account.View: true},
		account.Manage: {account.View: true, account.Manage: true},
		"":             {},
		"owner":        {},
	} {
		for _, need := range []account.Permission{account.None, account.View, account.Manage, "", "owner"} {
			if got := have.Allows(need); got != allowed[need] {
				t.Errorf("%q for what needs %q: %t", have, need, got)
			}
		}
	}
}

func TestWhatIsStoredWinsOverTheRole(t *testing.T) {
	for m, want := range map[account.Member]account.Permission{
		{Role: account.RoleAdmin}:                         account.Manage,
		{Role: account.RoleStaff}:                         account.None,
		{Role: "visitor"}:                                 account.None,
		{Role: account.RoleAdmin, Stored: account.None}:   account.None,
		{Role: account.RoleAdmin, Stored: account.View}:   account.View,
		{Role: account.RoleStaff, Stored: account.Manage}: account.Manage,
		{Role: account.RoleStaff, Stored: account.None}:   account.None,
	} {
		if got := m.Permission(); got != want {
			t.Errorf("%+v: %s, want %s", m, got, want)
		}
	}
}

// Ids are part of what is stored and of URLs, so they never change.
func TestIssuerAndSubjectTogetherMakeTheID(t *testing.T) {
	const id = "cf5q3yrtbiumhhlhabj7jvr5nn"
	if got := account.MemberID("https://issuer.test", "sub-1"); got != id {
		t.Errorf("%s, want %s", got, id)
	}
	safe := regexp.MustCompile(`^[a-z2-7]{26}$`)
	seen := map[string]bool{}
	for _, who := range [][2]string{
		{"https://issuer.test", "sub-1"}, {"https://issuer.test", "sub-2"}, {"https://other.test", "sub-1"},
		{"https://issuer.test1", "sub-"}, {"https://issuer.tes", "tsub-1"}, {"", "https://issuer.testsub-1"}, {"", ""},
		{"https://issuer.test", "/../\x00Ü "},
	} {
		got := account.MemberID(who[0], who[1])
		if seen[got] || !safe.MatchString(got) || !account.IsMemberID(got) {
			t.Errorf("%q: %s", who, got)
		}
		seen[got] = true
	}
}

func TestMemberIsWrittenWhenThereIsNewsAndOnceADay(t *testing.T) {
	known := account.Member{
		Account: "acme", ID: "m", Issuer: "i", Subject: "s", Email: "ann@acme.test", Role: account.RoleStaff, Stored: account.View, SeenAt: now,
	}
	seen := known
	seen.Stored = "" // a sign-in knows nothing of it
	with := func(m account.Member, change func(*account.Member)) account.Member { change(&m); return m }
	for name, c := range map[string]struct {
		seen, want account.Member
		news       bool
	}{
		"again":          {seen, known, false},
		"within the day": {with(seen, func(m *account.Member) { m.SeenAt = now.Add(day - 1) }), known, false},
		"a day later": {
			with(seen, func(m *account.Member) { m.SeenAt = now.Add(day) }),
			with(known, func(m *account.Member) { m.SeenAt = now.Add(day) }), true,
		},
		"another role": {
			with(seen, func(m *account.Member) { m.Role, m.SeenAt = account.RoleAdmin, now.Add(1) }),
			with(known, func(m *account.Member) { m.Role, m.SeenAt = account.RoleAdmin, now.Add(1) }), true,
		},
		"another address": {
			with(seen, func(m *account.Member) { m.Email = "a@acme.test" }),
			with(known, func(m *account.Member) { m.Email = "a@acme.test" }), true,
		},
		"no address": {with(seen, func(m *account.Member) { m.Email = "" }), known, false},
	} {
		got, news := c.seen.Met(&known)
		if diff := cmp.Diff(c.want, got); diff != "" || news != c.news {
			t.Errorf("%s: news %t (-want +got):\n%s", name, news, diff)
		}
	}
	if got, news := seen.Met(nil); got != seen || !news {
		t.Errorf("the first time: %+v, %t", got, news)
	}
}

func members() []account.Member {
	return []account.Member{
		{Account: "acme", ID: "ann", Email: "ann@acme.test", Role: account.RoleAdmin},
		{Account: "acme", ID: "bob", Email: "bob@acme.test", Role: account.RoleAdmin, Stored: account.View},
		{Account: "acme", ID: "cyd", Role: account.RoleStaff},
	}
}

func TestPermissionIsStoredWithItsFact(t *testing.T) {
	a := account.New("acme")
	a.Seq = 7
	c, err := a.Permit(members(), "cyd", account.Manage, admin, now)
	if err != nil {
		t.Fatal(err)
	}
	after := a
	after.Seq = 8
	want := account.Change{
		Before: a, After: after,
		Facts: []fact.Fact{{
			Account: "acme", Seq: 8, Type: fact.PermissionChanged, At: now, Actor: admin, Member: "cyd",
			Changes: []fact.Delta{{Field: "privateIntegrations", From: "none", To: "manage"}},
		}},
		Member: &account.Member{Account: "acme", ID: "cyd", Role: account.RoleStaff, Stored: account.Manage},
	}
	if diff := cmp.Diff(want, c, unchained); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if again, err := c.After.Permit([]account.Member{*c.Member}, "cyd", account.Manage, admin, now); err != nil || !again.Empty() {
		t.Errorf("again: %+v, %v", again, err)
	}
	// What the role gives is a decision too, once somebody takes it.
	for id, p := range map[string]account.Permission{"cyd": account.None, "ann": account.Manage} {
		same, err := a.Permit(members(), id, p, admin, now)
		if err != nil || same.Empty() || same.Member.Stored != p {
			t.Fatalf("%s: %+v, %v", p, same, err)
		}
		if diff := cmp.Diff([]fact.Delta{{Field: "privateIntegrations", From: string(p), To: string(p)}}, same.Facts[0].Changes); diff != "" {
			t.Errorf("%s (-want +got):\n%s", p, diff)
		}
	}
}

func TestSomebodyIsLeftWhoMayManage(t *testing.T) {
	a, all := account.New("acme"), members()
	for _, p := range []account.Permission{account.None, account.View} {
		if c, err := a.Permit(all, "ann", p, admin, now); !errors.Is(err, account.ErrLastManager) || !c.Empty() {
			t.Errorf("%s for the last manager: %+v, %v", p, c, err)
		}
		if _, err := a.Permit(all, "bob", p, admin, now); err != nil {
			t.Errorf("%s for another: %v", p, err)
		}
	}
	if _, err := a.Permit(all, "ann", account.Manage, admin, now); err != nil {
		t.Errorf("what she may already: %v", err)
	}
	all[2].Stored = account.Manage
	if _, err := a.Permit(all, "ann", account.None, admin, now); err != nil {
		t.Errorf("with staff who may manage: %v", err)
	}
	if _, err := a.Permit(all, "dan", account.None, admin, now); !errors.Is(err, account.ErrNoMember) {
		t.Errorf("of nobody: %v", err)
	}
	for _, p := range []account.Permission{"", "None", "owner"} {
		if _, err := a.Permit(all, "cyd", p, admin, now); !errors.As(err, new(*integration.Invalid)) {
			t.Errorf("%q: %v", p, err)
		}
	}
}

func TestDenialsOfAMinuteAreOneFact(t *testing.T) {
	a, m := account.New("acme"), members()[2]
	first := a.Deny(account.Denial{}, m, "list-members", "forbidden", admin, now)
	want := []fact.Fact{{
		Account: "acme", Seq: 1, Type: fact.AccessDenied, At: now, Actor: admin,
		Member: "cyd", Operation: "list-members", Reason: "forbidden", Count: 1,
	}}
	if diff := cmp.Diff(want, first.Facts, unchained); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for after, counts := range map[time.Duration]bool{0: true, time.Minute - 1: true, time.Minute: false, time.Hour: false} {
		c := first.After.Deny(*first.Denial, m, "list-members", "forbidden", admin, now.Add(after))
		if got := c.Again == 1 && len(c.Facts) == 0 && c.After == first.After; got != counts || c.Empty() {
			t.Errorf("%v later: %+v", after, c)
		}
	}
}
