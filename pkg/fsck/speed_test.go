package fsck_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/fsck"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/storetest"
	"github.com/private-integrations/private-integrations/pkg/table"
)

// trail is how many facts each integration has of the audit trail of which one
// entry is damaged.
const trail = 1000

var by = fact.Actor{ID: "user-1", Email: "ada@acme.test", Address: "203.0.113.7"}

func trailID(n int) string { return fmt.Sprintf("01KAN2W8QG7T5Y9C3ZB4D6%04d", n) }

// longTrail writes the facts, those of one integration at once.
func longTrail(t *testing.T, r *rig.Rig) {
	t.Helper()
	now := rig.Start
	for n := range trails {
		c, err := integration.Create(integration.New{
			ID: trailID(n), Account: "acme", Name: "Shop", Scopes: []string{rig.Readonly},
		}, storetest.Everything{}, storetest.Mint(), by, now)
		if err != nil {
			t.Fatal(err)
		}
		for len(c.Facts) < trail {
			now = now.Add(time.Second)
			text := fmt.Sprintf("Description %d", len(c.Facts))
			e, err := c.After.Edit(integration.Edit{Description: &text}, storetest.Everything{}, by, now)
			if err != nil {
				t.Fatal(err)
			}
			c.After, c.Facts = e.After, append(c.Facts, e.Facts...)
		}
		if err := r.Store.Commit(t.Context(), c, 2*trails, nil); err != nil {
			t.Fatal(err)
		}
	}
}

func check(t *testing.T, store *table.Store) fsck.Report {
	t.Helper()
	report, err := fsck.Check(t.Context(), store, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestOneDamagedEntryAmongHundredThousandIsFoundInTwoSeconds(t *testing.T) {
	const limit = 2 * time.Second
	r := rig.New(t)
	longTrail(t, r)
	for tries := 1; ; tries++ {
		begun, used := time.Now(), processor(t)
		report := check(t, r.Store)
		took := processor(t) - used
		if report.Facts != trails*trail || len(report.Faults) != 0 || report.Unchained != 0 {
			t.Fatalf("%+v", report)
		}
		t.Logf("%d facts are checked in %v, of which %v of the processor's", report.Facts, time.Since(begun), took)
		if took < limit {
			break
		}
		if tries == patience {
			t.Errorf("it took %v", took)
			break
		}
	}
	damages := damageOne(t, r)
	report := check(t, r.Store)
	for name, id := range damages {
		found := slices.ContainsFunc(report.Faults, func(f fsck.Fault) bool {
			return f.Kind == fsck.Chain && f.Where == "account acme, "+id
		})
		if !found {
			t.Errorf("%s: not found in %s", name, id)
		}
	}
	for _, f := range report.Faults {
		if named := slices.ContainsFunc(slices.Collect(maps.Values(damages)), func(id string) bool { return strings.Contains(f.String(), id) }); !named && f.Kind != fsck.Timeline {
			t.Errorf("nothing was done to %s", f)
		}
	}
}

// damageOne damages one entry in each of some integrations, and tells in which.
func damageOne(t *testing.T, r *rig.Rig) map[string]string {
	t.Helper()
	const middle = trail / 2
	damaged := map[string]string{}
	for n, d := range []struct {
		name string
		do   func(at func(seq int) table.Key) []table.Write
	}{
		{"flipped", func(at func(int) table.Key) []table.Write {
			item := get(t, r, at(middle))
			for n, a := range item {
				if a.Name == "changes" {
					item[n].Text = strings.Replace(a.Text, "4", "6", 1)
				}
			}
			return []table.Write{{Key: at(middle), Put: item}}
		}},
		{"dropped", func(at func(int) table.Key) []table.Write { return []table.Write{{Key: at(middle), Remove: true}} }},
		{"newest dropped", func(at func(int) table.Key) []table.Write { return []table.Write{{Key: at(trail), Remove: true}} }},
		{"inserted", func(at func(int) table.Key) []table.Write {
			return []table.Write{{Key: at(trail + 1), Put: renumbered(get(t, r, at(middle)), trail+1)}}
		}},
		{"put in the place of another", func(at func(int) table.Key) []table.Write {
			return []table.Write{{Key: at(middle), Put: renumbered(get(t, r, at(middle+1)), middle)}}
		}},
		{"reordered", func(at func(int) table.Key) []table.Write {
			one, other := get(t, r, at(middle)), get(t, r, at(middle+1))
			return []table.Write{{Key: at(middle), Put: renumbered(other, middle)}, {Key: at(middle + 1), Put: renumbered(one, middle+1)}}
		}},
	} {
		id := trailID(n)
		write(t, r, d.do(func(seq int) table.Key {
			return table.Key{Partition: "ACCOUNT#acme", Sort: fmt.Sprintf("FACT#%s#%012d", id, seq)}
		})...)
		damaged[d.name] = id
	}
	return damaged
}

// processor is how long this process has kept processors busy, which others on
// the machine don't lengthen.
func processor(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func get(t *testing.T, r *rig.Rig, key table.Key) table.Item {
	t.Helper()
	item, err := r.DB.Get(t.Context(), key)
	if err != nil || item == nil {
		t.Fatalf("%s: %v, %v", key, item, err)
	}
	return item
}

// write writes behind the store's back.
func write(t *testing.T, r *rig.Rig, writes ...table.Write) {
	t.Helper()
	if err := r.DB.Write(t.Context(), writes); err != nil {
		t.Fatal(err)
	}
}

// renumbered is a fact's item as one with another number.
func renumbered(item table.Item, seq int) table.Item {
	item = slices.Clone(item)
	for n := range item {
		switch item[n].Name {
		case "seq":
			item[n].Number = int64(seq)
		case table.AttributeTimeline:
			item[n].Text = fmt.Sprintf("%s%012d", item[n].Text[:len(item[n].Text)-12], seq)
		}
	}
	return item
}
