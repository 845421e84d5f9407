package fsck_test

import (
	"testing"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/table"
)

func TestPermissionThatTheRoleGaveAlreadyHasNoFaults(t *testing.T) {
	for p, who := range map[account.Permission]manage.Caller{account.Manage: rig.Admin("acme"), account.None: rig.Staff("acme")} {
		r := rig.New(t)
		id := account.MemberID(who.Issuer, who.ID)
		for _, c := range []manage.Caller{rig.Admin("acme"), who} {
			if _, err := r.Manage.Access(t.Context(), c, "acme"); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := r.Manage.SetPermission(t.Context(), rig.Admin("acme"), "acme", id, p); err != nil {
			t.Fatal(err)
		}
		if faults := check(t, r.Store).Faults; len(faults) != 0 {
			t.Errorf("%s: %q", p, faults)
		}
		// As facts were written at first: without a change.
		a, err := r.Store.Account(t.Context(), "acme")
		if err != nil {
			t.Fatal(err)
		}
		old := fact.Link("", fact.Fact{Account: "acme", Seq: 1, Type: fact.PermissionChanged, At: rig.Start, Actor: rig.Admin("acme").Actor, Member: id})
		a.Head = old.Hash
		key := table.Key{Partition: "TEAM#acme", Sort: "FACT#" + first}
		write(t, r, table.Write{Key: key, Update: &table.Update{Set: table.Item{text("hash", string(old.Hash))}, Remove: []string{"changes", "memberEmail"}}},
			set(table.Key{Partition: "TEAM#acme", Sort: "STATE"}, text("head", string(old.Hash))))
		for stored, faults := range map[account.Permission]int{p: 0, account.View: 1} {
			write(t, r, set(table.Key{Partition: "TEAM#acme", Sort: "MEMBER#" + id}, text("permission", string(stored))))
			if got := check(t, r.Store).Faults; len(got) != faults {
				t.Errorf("%s is stored where %s was: %q", stored, p, got)
			}
		}
	}
}
