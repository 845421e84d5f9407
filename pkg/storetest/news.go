package storetest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/notice"
)

func (s suite) useOfADeadTokenIsToldOnceInItsSpan(t *testing.T) {
	st := s.story(t)
	dead := st.After.Current.ID
	st.commit(rotate(0)(st.After, st.now))
	by := func(at time.Time) fact.Caller {
		return fact.Caller{Address: "198.51.100.7", Agent: "curl/8.5", Known: true, At: at}
	}
	st.commit(st.After.TellReuse(dead, by(begin), begin, st.now), nil)
	last := begin.Add(integration.ReuseSpan)
	for _, at := range []time.Time{begin, begin.Add(-time.Hour), last.Add(-time.Millisecond)} {
		s.wantsError(t, integration.ErrAlerted, st.After.TellReuse(dead, by(begin), at, st.now), plenty, nil)
	}
	st.check(t, s.store)
	st.commit(st.After.TellReuse(dead, by(begin), last, st.now), nil)
	c, err := s.store.Credential(t.Context(), dead)
	if err != nil || !c.ReusedAt.Equal(last) {
		t.Errorf("told of %v, %v, want %v", c.ReusedAt, err, last)
	}
}

func (s suite) noticesAreListedNewestFirstAndStayAsTheyAre(t *testing.T) {
	of := fresh("account")
	var want []notice.Notice
	for n := range 5 {
		one := notice.Notice{
			ID: fresh("i") + ".1", Type: fact.RotationDue, At: begin.Add(time.Duration(n) * time.Millisecond), Account: of, Integration: "i",
			Title: "Zeit für “Büro 🗂”", Text: "two\n\nparagraphs", Link: notice.Link{Path: "/path", Says: "See"},
		}
		if n == 4 {
			one.Integration, one.Text, one.Link = "", "", notice.Link{}
		}
		want = append([]notice.Notice{one}, want...)
		for _, title := range []string{one.Title, "another"} {
			one.Title = title
			if err := s.store.Note(t.Context(), one); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		before string
		limit  int
		want   []notice.Notice
	}{{"", 9, want}, {"", 2, want[:2]}, {want[1].Place(), 2, want[2:4]}, {want[4].Place(), 2, nil}} {
		got, err := s.store.Notices(t.Context(), of, c.before, c.limit)
		if diff := cmp.Diff(c.want, got); diff != "" && len(c.want)+len(got) > 0 || err != nil {
			t.Errorf("%d before %q: %v (-want +got):\n%s", c.limit, c.before, err, diff)
		}
	}
	if got, err := s.store.Notices(t.Context(), of+"x", "", 9); err != nil || len(got) > 0 {
		t.Errorf("another account has %v, %v", got, err)
	}
}

func (s suite) onePersonIsToldByOneAndIfThatOneDiesByAnother(t *testing.T) {
	id := fresh("i") + ".1"
	claim := func(want error, member string, at time.Time) {
		t.Helper()
		if err := s.store.Claim(t.Context(), id, member, at); !errors.Is(err, want) {
			t.Errorf("%s at %v: %v, want %v", member, at.Sub(begin), err, want)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	over := begin.Add(notice.ClaimAge)
	claim(nil, "ada", begin)
	claim(nil, "bob", begin)
	claim(notice.ErrClaimed, "ada", over.Add(-time.Millisecond))
	claim(nil, "ada", over) // the first has died
	must(s.store.Release(t.Context(), id, "ada", begin))
	claim(notice.ErrClaimed, "ada", over) // what the first gives back is not its own any more
	must(s.store.Release(t.Context(), id, "ada", over))
	claim(nil, "ada", over)
	must(s.store.Told(t.Context(), id, "ada", over))
	claim(notice.ErrTold, "ada", over.Add(time.Hour))
	must(s.store.Release(t.Context(), id, "nobody", begin))
}

func (s suite) oneOfManyClaimsHolds(t *testing.T) {
	id := fresh("i") + ".1"
	var all sync.WaitGroup
	won := make(chan error, s.scale.Workers)
	for range s.scale.Workers {
		all.Go(func() { won <- s.store.Claim(t.Context(), id, "ada", begin) })
	}
	all.Wait()
	close(won)
	holding := 0
	for err := range won {
		switch {
		case err == nil:
			holding++
		case !errors.Is(err, notice.ErrClaimed):
			t.Error(err)
		}
	}
	if holding != 1 {
		t.Errorf("%d hold it", holding)
	}
}
