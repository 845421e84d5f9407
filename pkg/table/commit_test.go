package table

import (
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/token"
)

type everything struct{}

func (everything) Has(string) bool { return true }

var (
	begin = time.Date(2026, 3, 1, 12, 0, 0, 123e6, time.UTC)
	actor = fact.Actor{ID: "sub-1", Email: "admin@acme.test", Address: "192.0.2.1"}
)

func minted(id string) integration.Minted {
	return integration.Minted{ID: token.ID(id), MAC: token.MAC{1, 2, 3}, PepperVersion: 1}
}

// life is a chain of changes in which every kind of write occurs.
func life(t *testing.T) []integration.Change {
	t.Helper()
	const week = 7 * 24 * time.Hour
	change, err := integration.Create(integration.New{
		ID: "I", Account: "A", Name: "name", Description: "text", Scopes: []string{"a", "b"}, ExpiresAt: begin.Add(4 * week),
	}, everything{}, minted("first"), actor, begin)
	changes := []integration.Change{change}
	for n, next := range []func(i integration.Integration) (integration.Change, error){
		func(i integration.Integration) (integration.Change, error) {
			return i.Rotate(integration.Rotation{Grace: week}, minted("second"), actor, begin)
		},
		func(i integration.Integration) (integration.Change, error) {
			return i.Edit(integration.Edit{Scopes: &[]string{"c"}}, everything{}, actor, begin)
		},
		func(i integration.Integration) (integration.Change, error) {
			return i.SetExpiry(begin.Add(time.Hour), actor, begin)
		},
		func(i integration.Integration) (integration.Change, error) {
			return i.SetExpiry(time.Time{}, actor, begin)
		},
		func(i integration.Integration) (integration.Change, error) { return i.Cancel(false, actor, begin) },
		func(i integration.Integration) (integration.Change, error) {
			return i.Rotate(integration.Rotation{Grace: week}, minted("third"), actor, begin)
		},
		func(i integration.Integration) (integration.Change, error) {
			return i.Rotate(integration.Rotation{}, minted("fourth"), actor, begin)
		},
		func(i integration.Integration) (integration.Change, error) {
			return i.Rotate(integration.Rotation{Grace: week}, minted("fifth"), actor, begin)
		},
		func(i integration.Integration) (integration.Change, error) {
			return i.SetExpiry(time.Time{}, actor, begin)
		},
		func(i integration.Integration) (integration.Change, error) { return i.Sweep(begin.Add(week)), nil },
		func(i integration.Integration) (integration.Change, error) {
			return i.Remind(integration.Look{}, begin.Add(integration.ReminderAge-14*24*time.Hour)), nil
		},
		func(i integration.Integration) (integration.Change, error) { return i.Delete(actor, begin), nil },
	} {
		if err == nil {
			change, err = next(change.After)
		}
		if err != nil || len(change.Facts) == 0 {
			t.Fatalf("change %d: %+v, %v", n, change, err)
		}
		changes = append(changes, change)
	}
	return changes
}

// maxTransaction is how many items a TransactWriteItems of DynamoDB may have.
const maxTransaction = 100

func TestChangeIsOneTransactionOfDifferentItems(t *testing.T) {
	for _, c := range life(t) {
		receipt := integration.Receipt{Key: "K", Fingerprint: "F", At: begin, Answer: c.After}
		writes, err := writesOf(c, 100, &receipt)
		if err != nil {
			t.Fatal(err)
		}
		keys := map[Key]bool{}
		for _, w := range writes {
			if keys[w.Key] {
				t.Errorf("%s: %s is written twice", c.Facts[0].Type, w.Key)
			}
			keys[w.Key] = true
			if w.Refuse == nil && len(w.If) > 0 {
				t.Errorf("%s: %s has conditions without a meaning", c.Facts[0].Type, w.Key)
			}
		}
		if len(writes) > maxTransaction/4 {
			t.Errorf("%s: %d writes", c.Facts[0].Type, len(writes))
		}
	}
}

func TestTokenItemsAreNeverPutAgainNorLoseWhatOthersWrite(t *testing.T) {
	made := map[Key]bool{}
	updated := 0
	for _, c := range life(t) {
		for _, w := range tokenWrites(c) {
			if w.Put != nil {
				if made[w.Key] {
					t.Errorf("%s: %s is put again", c.Facts[0].Type, w.Key)
				}
				made[w.Key] = true
				continue
			}
			updated++
			if w.Remove || w.Update == nil || len(w.If) == 0 || w.If[0] != tokenExists {
				t.Errorf("%s: %+v", c.Facts[0].Type, w)
				continue
			}
			for _, name := range []string{attributeMAC, "pepper", "account", "integration", "createdAt", attributeFirstUsedAt} {
				_, set := w.Update.Set.Get(name)
				if _, added := w.Update.Add[name]; set || added {
					t.Errorf("%s: %s is changed in %s", c.Facts[0].Type, name, w.Key)
				}
			}
			for _, name := range w.Update.Remove {
				if name != attributeEndsAt && name != attributeEndsReason && name != attributeRetiringSince {
					t.Errorf("%s: %s is removed from %s", c.Facts[0].Type, name, w.Key)
				}
			}
		}
	}
	if len(made) != 5 || updated == 0 {
		t.Errorf("%d tokens were made and %d times changed", len(made), updated)
	}
}

func TestWritesAreNoMoreThanAChangeNeeds(t *testing.T) {
	changes := life(t)
	want := []int{ // the integration, its facts, tokens that change, the count where it moves
		1 + 2 + 1 + 1, // create
		1 + 2 + 2,     // rotate
		1 + 1 + 2,     // edit of scopes in a window
		1 + 1 + 2,     // a deadline for both tokens
		1 + 1 + 2,     // and none
		1 + 2 + 2,     // cancel
		1 + 2 + 2,     // rotate
		1 + 3 + 3,     // rotate, ending two
		1 + 2 + 2,     // rotate
		1 + 1 + 1,     // no deadline for the current token: the other's is its window
		1 + 1 + 1,     // sweep
		1 + 1,         // remind
		1 + 2 + 1 + 1, // delete
	}
	for n, c := range changes {
		writes, err := writesOf(c, 100, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(writes) != want[n] {
			t.Errorf("change %d, %s: %d writes, want %d", n, c.Facts[0].Type, len(writes), want[n])
		}
	}
}
