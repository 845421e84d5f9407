package storetest

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/fsck"
	"github.com/private-integrations/private-integrations/pkg/table"
)

// faults are what a check of the whole store finds.
func (s suite) faults(t *testing.T) (found []string, report fsck.Report) {
	t.Helper()
	report, err := fsck.Check(t.Context(), s.store, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Faults {
		found = append(found, f.String())
	}
	return found, report
}

func (s suite) whatIsCommittedIsFoundWhole(t *testing.T) {
	if found, report := s.faults(t); found != nil || report.Accounts != 0 {
		t.Errorf("of an empty table: %q, %+v", found, report)
	}
	st, _ := s.rotating(t)
	s.rotating(t)
	s.commits(t, created(st.Account, begin.Add(time.Hour)))
	a := account.New(st.Account)
	grace := 2 * time.Hour
	for range 2 {
		c, err := a.Edit(account.Edit{Grace: &grace}, actor, begin)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.store.CommitAccount(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		a, grace = c.After, 3*time.Hour
	}
	eventually(t, func() string {
		found, report := s.faults(t)
		if report.Accounts != 2 || report.Integrations != 3 || report.Tokens != 7 || report.Unchained != 0 {
			t.Fatalf("%+v", report)
		}
		return cmp.Diff([]string(nil), found)
	})
	s.write(t, table.Write{Key: factKey(st.Account, st.ID, "3"), Remove: true})
	eventually(t, func() string {
		found, _ := s.faults(t)
		if len(found) != 1 || !strings.Contains(found[0], st.ID+": fact 4") {
			return strings.Join(found, "\n") + ", want that fact 3 is missing"
		}
		return ""
	})
}

func (s suite) timelineOfOldFactsIsMadeUpFor(t *testing.T) {
	st, _ := s.rotating(t)
	facts := len(st.Facts)
	for seq := range facts {
		s.write(t, table.Write{
			Key:    factKey(st.Account, st.ID, string(rune('1'+seq))),
			Update: &table.Update{Remove: []string{table.AttributeTimeline}},
		})
	}
	eventually(t, func() string {
		found, err := s.store.Timeline(t.Context(), st.Account, "", "", 100)
		if err != nil {
			t.Fatal(err)
		}
		return cmp.Diff(0, len(found))
	})
	if n, err := s.store.Upgrade(t.Context()); err != nil || n != facts {
		t.Errorf("%d items are upgraded, want %d: %v", n, facts, err)
	}
	if n, err := s.store.Upgrade(t.Context()); err != nil || n != 0 {
		t.Errorf("again: %d, %v", n, err)
	}
	eventually(t, func() string {
		found, _ := s.faults(t)
		return cmp.Diff([]string(nil), found)
	})
}
