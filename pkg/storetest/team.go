package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/table"
)

func teamKey(account, sort string) table.Key {
	return table.Key{Partition: "TEAM#" + account, Sort: sort}
}

// met makes an admin of the account, whom the store has met.
func (s suite) met(t *testing.T, of, subject string) account.Member {
	t.Helper()
	m := account.Member{
		Account: of, ID: account.MemberID("https://issuer.test", subject), Issuer: "https://issuer.test", Subject: subject,
		Email: subject + "@acme.test", Role: account.RoleAdmin, SeenAt: begin,
	}
	if err := s.store.Meet(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	return m
}

// commitAccount commits a change, which has to be answered with want.
func (s suite) commitAccount(t *testing.T, want error, c account.Change, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.store.CommitAccount(t.Context(), c); !errors.Is(err, want) {
		t.Fatalf("commit: %v, want %v", err, want)
	}
}

// team holds what is stored of an account, its members and its facts, oldest
// first, to what it should be.
func (s suite) team(t *testing.T, want account.Account, members []account.Member, facts []fact.Fact) {
	t.Helper()
	got, err := s.store.Account(t.Context(), want.ID)
	if err != nil {
		t.Fatal(err)
	}
	known, err := s.store.Members(t.Context(), want.ID)
	if err != nil {
		t.Fatal(err)
	}
	told, err := s.store.AccountFacts(t.Context(), want.ID, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(told)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the account (-want +got):\n%s", diff)
	}
	members = slices.SortedFunc(slices.Values(members), func(a, b account.Member) int { return strings.Compare(a.ID, b.ID) })
	if diff := cmp.Diff(members, known); diff != "" {
		t.Errorf("its members (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(facts, told, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("its facts (-want +got):\n%s", diff)
	}
}

var off = account.Edit{PrivateIntegrations: new(bool), Grace: hours(3), QuietFor: hours(1), ReminderAge: hours(40 * 24), IdleAfter: hours(50 * 24)}

func hours(n int) *time.Duration {
	d := time.Duration(n) * time.Hour
	return &d
}

func (s suite) accountChangesAreReadBackAsCommitted(t *testing.T) {
	id := fresh("account")
	a := account.New(id)
	s.team(t, a, nil, nil)
	if read, m, err := s.store.Known(t.Context(), id, fresh("member")); err != nil || m != nil || read != a {
		t.Errorf("before anything is stored: %+v, %+v, %v", read, m, err)
	}
	zoe, ann := s.met(t, id, "zoë"), s.met(t, id, "ann")
	s.team(t, a, []account.Member{zoe, ann}, nil)
	var facts []fact.Fact
	step := func(c account.Change, err error) {
		t.Helper()
		s.commitAccount(t, nil, c, err)
		a, facts = c.After, append(facts, c.Facts...)
		if c.Member != nil {
			ann = *c.Member
		}
		s.team(t, a, []account.Member{zoe, ann}, facts)
	}
	denied := a.Deny(account.Denial{}, ann, "get-settings", "forbidden", actor, begin)
	step(denied, nil)
	step(a.Edit(off, actor, begin.Add(time.Hour)))
	step(a.Permit([]account.Member{zoe, ann}, ann.ID, account.View, actor, begin.Add(2*time.Hour)))
	read, m, err := s.store.Known(t.Context(), id, ann.ID)
	if err != nil || m == nil || *m != ann || read != a {
		t.Errorf("known: %+v, %+v, %v", read, m, err)
	}
	d, err := s.store.Denial(t.Context(), id, ann.ID, "get-settings")
	if diff := cmp.Diff(*denied.Denial, d); diff != "" || err != nil {
		t.Errorf("the denial: %v (-want +got):\n%s", err, diff)
	}
	item, err := s.backend.Get(t.Context(), teamKey(id, "DENIAL#"+ann.ID+"#get-settings"))
	if ttl, found := item.Get(table.AttributeTTL); err != nil || !found || ttl.Number*1000 < denied.Denial.Forgotten().UnixMilli() {
		t.Errorf("the denial may be removed too early: %+v, %v", item, err)
	}
	for name, read := range map[string]func() (account.Denial, error){
		"another operation": func() (account.Denial, error) { return s.store.Denial(t.Context(), id, ann.ID, "get-setting") },
		"another member":    func() (account.Denial, error) { return s.store.Denial(t.Context(), id, zoe.ID, "get-settings") },
		"another account": func() (account.Denial, error) {
			return s.store.Denial(t.Context(), fresh("account"), ann.ID, "get-settings")
		},
	} {
		if d, err := read(); err != nil || d != (account.Denial{}) {
			t.Errorf("the denial of %s: %+v, %v", name, d, err)
		}
	}
	s.team(t, account.New(fresh("account")), nil, nil)
}

func (s suite) accountFactsAreReadInPages(t *testing.T) {
	a := account.New(fresh("account"))
	m := s.met(t, a.ID, "ann")
	for n := range 12 {
		c := a.Deny(account.Denial{}, m, fmt.Sprint("operation-", n), "forbidden", actor, begin)
		s.commitAccount(t, nil, c, nil)
		a = c.After
	}
	var seqs []int64
	for before := int64(0); ; before = seqs[len(seqs)-1] {
		page, err := s.store.AccountFacts(t.Context(), a.ID, before, 5)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range page {
			seqs = append(seqs, f.Seq)
		}
		if len(page) < 5 {
			break
		}
	}
	if want := []int64{12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1}; !slices.Equal(seqs, want) {
		t.Errorf("facts %v, want %v", seqs, want)
	}
}

func (s suite) manyMembersAreAllListed(t *testing.T) {
	a := account.New(fresh("account"))
	members := make([]account.Member, 201) // more than two pages
	for n := range members {
		members[n] = s.met(t, a.ID, fmt.Sprint("user ", n))
	}
	s.team(t, a, members, nil)
}

func (s suite) meetingAgainLeavesWhatIsPermitted(t *testing.T) {
	a := account.New(fresh("account"))
	ann, bob := s.met(t, a.ID, "ann"), s.met(t, a.ID, "bob")
	c, err := a.Permit([]account.Member{ann, bob}, ann.ID, account.None, actor, begin)
	s.commitAccount(t, nil, c, err)
	later := ann // as who knew nothing of the permission saw her
	later.Email, later.Role, later.SeenAt = "other@acme.test", account.RoleStaff, begin.Add(time.Hour)
	if err := s.store.Meet(t.Context(), later); err != nil {
		t.Fatal(err)
	}
	later.Stored = account.None
	s.team(t, c.After, []account.Member{later, bob}, c.Facts)
}

func (s suite) staleAccountChangeLeavesNothingBehind(t *testing.T) {
	a := account.New(fresh("account"))
	ann, bob, cyd := s.met(t, a.ID, "ann"), s.met(t, a.ID, "bob"), s.met(t, a.ID, "cyd")
	stale := func(before account.Account) []account.Change {
		edited, err := before.Edit(account.Edit{Grace: hours(5)}, actor, begin)
		if err != nil {
			t.Fatal(err)
		}
		permitted, err := before.Permit([]account.Member{ann, bob, cyd}, ann.ID, account.View, actor, begin)
		if err != nil {
			t.Fatal(err)
		}
		return []account.Change{edited, permitted, before.Deny(account.Denial{}, bob, "list-members", "forbidden", actor, begin)}
	}
	var facts []fact.Fact
	for range 2 { // the first of all changes, and a later one
		changes := stale(a)
		c, err := a.Permit([]account.Member{ann, bob, cyd}, bob.ID, map[int64]account.Permission{0: account.View, 1: account.None}[a.Seq], actor, begin)
		s.commitAccount(t, nil, c, err)
		a, facts, bob = c.After, append(facts, c.Facts...), *c.Member
		for _, c := range changes {
			s.commitAccount(t, integration.ErrConflict, c, nil)
		}
		s.team(t, a, []account.Member{ann, bob, cyd}, facts)
		if d, err := s.store.Denial(t.Context(), a.ID, bob.ID, "list-members"); err != nil || d.Seq != 0 {
			t.Errorf("a denial was left: %+v, %v", d, err)
		}
	}
	unknown := account.Member{Account: a.ID, ID: account.MemberID("", "nobody")}
	c, err := a.Permit([]account.Member{ann, bob, cyd, unknown}, unknown.ID, account.View, actor, begin)
	s.commitAccount(t, integration.ErrConflict, c, err)
	missing := account.Change{Before: a, After: a, Again: 99}
	s.commitAccount(t, integration.ErrConflict, missing, nil)
	s.team(t, a, []account.Member{ann, bob, cyd}, facts)
}

func (s suite) denialsAreCountedExactlyAmongManyWriters(t *testing.T) {
	a := account.New(fresh("account"))
	m := s.met(t, a.ID, "ann")
	first := a.Deny(account.Denial{}, m, "list-members", "forbidden", actor, begin)
	s.commitAccount(t, nil, first, nil)
	again := first.After.Deny(*first.Denial, m, "list-members", "forbidden", actor, begin.Add(time.Second))
	race(t, s.scale.Workers, nil, func(int) error { return s.store.CommitAccount(t.Context(), again) })
	counted := first.Facts[0]
	counted.Count += int64(s.scale.Workers)
	s.team(t, first.After, []account.Member{m}, []fact.Fact{counted})
}

func (s suite) oneOfManyAccountChangesWins(t *testing.T) {
	a := account.New(fresh("account"))
	members := []account.Member{s.met(t, a.ID, "ann"), s.met(t, a.ID, "bob")}
	winners := race(t, 20, integration.ErrConflict, func(n int) error {
		c, err := a.Permit(members, members[n%2].ID, account.View, actor, begin)
		if err != nil {
			return err
		}
		return s.store.CommitAccount(t.Context(), c)
	})
	after, err := s.store.Members(t.Context(), a.ID)
	if err != nil {
		t.Fatal(err)
	}
	left := slices.DeleteFunc(after, func(m account.Member) bool { return m.Permission() != account.Manage })
	if winners != 1 || len(left) != 1 {
		t.Errorf("%d changes won, %d members may manage", winners, len(left))
	}
}

var (
	accountDamages = []damage{
		without("seq"), without("version"), without("updatedAt"), without("privateIntegrations"), without("grace"),
		without("reminderAge"), without("quietFor"), without("idleAfter"),
		with(text("seq", "1")), with(text("privateIntegrations", "true")), with(number("privateIntegrations", 2)), with(text("grace", "7d")),
	}
	memberDamages = []damage{
		without("account"), without("id"), without("subject"), without("role"), without("seenAt"),
		with(number("permission", 1)), with(number("email", 1)), with(text("seenAt", "never")),
	}
	denialDamages      = []damage{without("seq"), without("at"), with(text("seq", "1"))}
	accountFactDamages = []damage{
		without("account"), without("seq"), without("type"), without("at"), without("actor"),
		with(text("count", "1")), with(number("operation", 1)), with(number("member", 1)),
	}
)

func (s suite) damagedAccountsAreNamed(t *testing.T) {
	known := func(id, member string) error {
		_, _, err := s.store.Known(t.Context(), id, member)
		return err
	}
	for _, c := range []struct {
		damages []damage
		sort    func(member string) string
		read    func(id, member string) error
	}{
		{accountDamages, func(string) string { return "STATE" }, known},
		{accountDamages, func(string) string { return "STATE" }, func(id, _ string) error {
			_, err := s.store.Account(t.Context(), id)
			return err
		}},
		{memberDamages, func(member string) string { return "MEMBER#" + member }, known},
		{memberDamages, func(member string) string { return "MEMBER#" + member }, func(id, _ string) error {
			_, err := s.store.Members(t.Context(), id)
			return err
		}},
		{denialDamages, func(member string) string { return "DENIAL#" + member + "#get-settings" }, func(id, member string) error {
			_, err := s.store.Denial(t.Context(), id, member, "get-settings")
			return err
		}},
		{accountFactDamages, func(string) string { return "FACT#000000000001" }, func(id, _ string) error {
			_, err := s.store.AccountFacts(t.Context(), id, 0, 10)
			return err
		}},
	} {
		for _, damage := range c.damages {
			a := account.New(fresh("account"))
			m := s.met(t, a.ID, "ann")
			denied := a.Deny(account.Denial{}, m, "get-settings", "forbidden", actor, begin)
			s.commitAccount(t, nil, denied, nil)
			edited, err := denied.After.Edit(off, actor, begin)
			s.commitAccount(t, nil, edited, err)
			if err := c.read(a.ID, m.ID); err != nil {
				t.Fatalf("undamaged: %v", err)
			}
			key := teamKey(a.ID, c.sort(m.ID))
			s.write(t, table.Write{Key: key, Update: &damage.update})
			if err := c.read(a.ID, m.ID); !errors.Is(err, table.ErrDamaged) {
				t.Errorf("%s %s: %v, want it damaged", key, damage.name, err)
			}
		}
	}
}
