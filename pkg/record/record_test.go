package record_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/record"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/scope"
	"github.com/private-integrations/private-integrations/pkg/table"
	"github.com/private-integrations/private-integrations/pkg/token"
	"github.com/private-integrations/private-integrations/pkg/usage"
)

var errDown = errors.New("the table is down")

// counter is a table that counts what is written, and fails when it is told to.
type counter struct {
	table.Backend
	writes int          // of rows, those that say which day is the newest not counted
	points int          // of those
	reads  int          // of rows
	fails  func() error // nil: it doesn't
	// pointless makes saying which day is the newest fail.
	pointless bool
}

func (c *counter) GetAll(ctx context.Context, keys []table.Key) ([]table.Item, error) {
	c.reads += len(keys)
	return c.Backend.GetAll(ctx, keys)
}

func (c *counter) WriteEach(ctx context.Context, writes []table.Write) []error {
	if c.fails != nil {
		became := make([]error, len(writes))
		for n := range became {
			became[n] = c.fails()
		}
		return became
	}
	for _, w := range writes {
		if w.Key.Sort == "LAST" {
			c.points++
		} else {
			c.writes++
		}
	}
	if last := len(writes) - 1; c.pointless && writes[last].Key.Sort == "LAST" {
		return append(c.Backend.WriteEach(ctx, writes[:last]), errDown)
	}
	return c.Backend.WriteEach(ctx, writes)
}

// gatherer is a recorder on the rig's table.
type gatherer struct {
	*testing.T
	*rig.Rig
	*record.Recorder
	table *counter
}

// gather makes one within bounds that configure may change.
func gather(t *testing.T, r *rig.Rig, configure ...func(*record.Config)) *gatherer {
	t.Helper()
	g := &gatherer{T: t, Rig: r, table: &counter{Backend: r.DB}}
	config := record.ForFunctions(table.New(g.table), r.Clock.Now)
	config.Patience = time.Minute // which a busy machine does not use up
	for _, c := range configure {
		c(&config)
	}
	g.Recorder = record.New(config)
	return g
}

func id(n int) token.ID { return token.ID(fmt.Sprintf("%022d", n)) }

// use is what the n-th token is used for now.
func (g *gatherer) use(n int) usage.Use {
	return usage.Use{
		Token: id(n), Account: "acme", Integration: "i", At: g.Clock.Now(),
		Operation: "GET /contacts/{contactId}", Scopes: scope.NewSet(rig.Readonly), Caller: usage.NewCaller("203.0.113.7", "curl/8.5.0"),
	}
}

func (g *gatherer) flush(want error) {
	g.Helper()
	if err := g.Flush(g.Context()); !errors.Is(err, want) {
		g.Errorf("flush: %v, want %v", err, want)
	}
}

// wrote holds how many rows were written since the last time.
func (g *gatherer) wrote(what string, want int) {
	g.Helper()
	if g.table.writes != want {
		g.Errorf("%s: %d writes, want %d", what, g.table.writes, want)
	}
	g.table.writes = 0
}

// counts holds how often a token was used, as it is stored.
func (g *gatherer) counts(n int, want int64) usage.Row {
	g.Helper()
	rows, err := g.Rig.Store.Usage(g.Context(), []token.ID{id(n)}, usage.DayOf(rig.Start))
	if err != nil {
		g.Fatal(err)
	}
	var sum usage.Row
	for _, row := range rows {
		sum = row
		want -= row.Count
	}
	if want != 0 {
		g.Errorf("token %d: %d uses are missing", n, want)
	}
	return sum
}

func TestAFirstUseIsWrittenAtOnceAndLaterOnesOnceTheLastWritingIsAMinuteOld(t *testing.T) {
	g := gather(t, rig.New(t))
	g.flush(nil)
	g.wrote("nothing", 0)
	g.Note(g.use(1))
	g.flush(nil)
	g.wrote("the first use", 1)
	for range 100 {
		g.Note(g.use(1))
		g.flush(nil)
	}
	g.Clock.Advance(time.Minute - time.Millisecond)
	g.Note(g.use(1))
	g.flush(nil)
	g.wrote("the minute after", 0)
	g.counts(1, 1)
	g.Clock.Advance(time.Millisecond)
	g.flush(nil)
	g.wrote("when the writing is a minute old", 1)
	got := g.counts(1, 102)
	want := usage.Row{
		Key: usage.Key{Token: id(1), Day: usage.DayOf(rig.Start)}, Account: "acme", Integration: "i",
		Count: 102, FirstAt: rig.Start, LastAt: rig.Start.Add(time.Minute - time.Millisecond),
		Operations: map[string]int64{"GET /contacts/{contactId}": 102}, Scopes: map[string]int64{rig.Readonly: 102},
		Callers: map[usage.Caller]usage.Calls{
			usage.NewCaller("203.0.113.7", "curl/8.5.0"): {Count: 102, LastAt: rig.Start.Add(time.Minute - time.Millisecond)},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	g.Clock.Advance(time.Hour)
	g.flush(nil)
	g.wrote("without a use", 0)
	g.Note(g.use(1))
	g.flush(nil)
	g.wrote("a use after an hour", 1)
	if g.table.points != 1 {
		t.Errorf("%d times it was said which day is the newest, want once a day", g.table.points)
	}
}

func TestWhatBecameOfRequestsIsToldApart(t *testing.T) {
	g := gather(t, rig.New(t))
	for outcome, times := range map[usage.Outcome]int{usage.Passed: 3, usage.Refused: 2} {
		for range times {
			u := g.use(1)
			if u.Outcome = outcome; outcome == usage.Refused {
				u.Operation, u.Scopes = "", nil
			}
			g.Note(u)
			u.RetiringSince = rig.Start
			g.Note(u)
		}
	}
	dead := g.use(1)
	dead.Outcome, dead.Operation, dead.Scopes = usage.Reused, "", nil
	g.Note(dead)
	g.flush(nil)
	rows, err := g.Rig.Store.Usage(t.Context(), []token.ID{id(1)}, usage.DayOf(rig.Start))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range rows {
		got = append(got, fmt.Sprintf("dead %v, retiring %v: %d and %d, %d by one caller", r.Dead, !r.RetiringSince.IsZero(), r.Count, r.Refused,
			r.Callers[dead.Caller].Count))
	}
	if diff := cmp.Diff([]string{
		"dead false, retiring false: 3 and 2, 5 by one caller", "dead false, retiring true: 3 and 2, 5 by one caller",
		"dead true, retiring false: 1 and 0, 1 by one caller",
	}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatCanNotBeWrittenIsKeptAndTriedAfterAPause(t *testing.T) {
	g := gather(t, rig.New(t))
	tries := 0
	g.table.fails = func() error { tries++; return errDown }
	g.Note(g.use(1))
	g.flush(errDown)
	if tries != 2 { // the row, and that it is the newest
		t.Errorf("%d writes were tried", tries)
	}
	for range 10 {
		g.Note(g.use(1))
		g.flush(nil)
	}
	g.Clock.Advance(5*time.Second - time.Millisecond)
	g.flush(nil)
	if tries != 2 {
		t.Errorf("within the pause %d more writes were tried", tries-2)
	}
	g.Clock.Advance(time.Millisecond)
	g.flush(errDown)
	g.table.fails = nil
	g.Clock.Advance(5 * time.Second)
	g.flush(nil)
	g.counts(1, 11)
	g.wrote("at last", 1)
}

func TestOneRowThatCanNotBeWrittenKeepsNoOtherWaiting(t *testing.T) {
	g := gather(t, rig.New(t))
	for n := range 60 {
		g.Note(g.use(n))
	}
	// It is damaged: an instant is a text.
	key := table.Key{Partition: "USAGE#" + string(id(7)), Sort: "DAY#" + usage.DayOf(rig.Start).String()}
	err := g.DB.Write(t.Context(), []table.Write{{Key: key, Put: table.Item{{Name: "lastUsedAt", Kind: table.String, Text: "x"}}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Close(t.Context()); err == nil {
		t.Error("no fault is told")
	}
	for n := range 60 {
		if n != 7 {
			g.counts(n, 1)
		}
	}
	if err := g.DB.Write(t.Context(), []table.Write{{Key: key, Remove: true}}); err != nil {
		t.Fatal(err)
	}
	g.Clock.Advance(5*time.Second - time.Millisecond)
	if g.Due() {
		t.Error("it is tried again within the pause")
	}
	g.Clock.Advance(time.Millisecond)
	g.flush(nil)
	g.counts(7, 1)
}

func TestFlushWritesABatchAndCloseTheRest(t *testing.T) {
	g := gather(t, rig.New(t))
	for n := range 110 {
		g.Note(g.use(n))
	}
	g.flush(nil)
	g.wrote("a batch", g.Batch)
	if !g.Due() {
		t.Error("nothing is said to be due")
	}
	if err := g.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	g.wrote("the rest", 110-g.Batch)
	for n := range 110 {
		g.counts(n, 1)
	}
}

// hanging is a table that does not answer.
type hanging struct{ table.Backend }

func (hanging) GetAll(ctx context.Context, _ []table.Key) ([]table.Item, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestATableThatHangsCostsARequestNoMoreThanTheBound(t *testing.T) {
	r := rig.New(t)
	g := gather(t, r, func(c *record.Config) { c.Store, c.Patience = table.New(hanging{r.DB}), 100*time.Millisecond })
	began := time.Now()
	for range 50 {
		g.Note(g.use(1))
		if err := g.Flush(t.Context()); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	}
	if took := time.Since(began); took < g.Patience || took > 5*g.Patience {
		t.Errorf("50 requests took %s, the bound is %s", took, g.Patience)
	}
}

func TestOfMoreTokensThanAreRememberedItIsToldThatUsesWereLost(t *testing.T) {
	g := gather(t, rig.New(t), func(c *record.Config) { c.Tokens = 10 })
	g.table.fails = func() error { return errDown }
	for n := range 15 {
		g.Note(g.use(n))
	}
	if err := g.Flush(t.Context()); !errors.Is(err, errDown) || !errors.Is(err, record.ErrLost) {
		t.Errorf("flush: %v", err)
	}
	g.table.fails = nil
	g.Clock.Advance(5 * time.Second)
	g.flush(nil)
	for n := range 10 {
		g.counts(n, 1)
	}
	// Those that wait for nothing make room.
	for n := range 5 {
		g.Note(g.use(10 + n))
		g.flush(nil)
		g.counts(10+n, 1)
	}
}

func TestLossesAreToldOnce(t *testing.T) {
	g := gather(t, rig.New(t), func(c *record.Config) { c.Tokens = 1 })
	g.Note(g.use(1))
	g.Note(g.use(2))
	g.flush(record.ErrLost)
	g.Note(g.use(1))
	g.Clock.Advance(time.Minute)
	g.flush(nil)
}

func TestCallersWithoutEndAreCountedTogetherAndMakeFewReads(t *testing.T) {
	g := gather(t, rig.New(t))
	other := gather(t, g.Rig) // which comes when there is no room left
	const minutes, callers = 5, 50
	for _, g := range []*gatherer{g, other} {
		for m := range minutes {
			for n := range callers {
				u := g.use(1)
				u.Caller = usage.NewCaller(fmt.Sprintf("192.0.2.%d", n), fmt.Sprint(m, g == other))
				g.Note(u)
			}
			g.flush(nil)
			g.Clock.Advance(time.Minute)
		}
		if g.table.reads != 1 { // that there is no room is known from then on
			t.Errorf("the row was read %d times", g.table.reads)
		}
	}
	got := g.counts(1, 2*minutes*callers)
	named := int64(0)
	for _, calls := range got.Callers {
		named += calls.Count
	}
	if len(got.Callers) != usage.MaxCallers || named+got.Others.Callers != 2*minutes*callers {
		t.Errorf("%d callers with %d calls, and %d of others", len(got.Callers), named, got.Others.Callers)
	}
}

func TestWhatHasNoNameIsKeptToo(t *testing.T) {
	g := gather(t, rig.New(t))
	g.table.fails = func() error { return errDown }
	const uses = 150 // more than there is room for names of any kind
	for n := range uses {
		u := g.use(1)
		u.Operation, u.Scopes = fmt.Sprintf("GET /%d", n), scope.NewSet(fmt.Sprint(n))
		u.Caller = usage.NewCaller(fmt.Sprintf("192.0.2.%d", n), "x")
		g.Note(u)
	}
	g.flush(errDown)
	g.table.fails = nil
	g.Clock.Advance(time.Minute)
	g.flush(nil)
	want := usage.Others{Operations: uses - usage.MaxOperations, Scopes: uses - usage.MaxScopes, Callers: uses - usage.MaxCallers}
	if diff := cmp.Diff(want, g.counts(1, uses).Others); diff != "" {
		t.Errorf("others (-want +got):\n%s", diff)
	}
}

func TestWhichDayIsTheNewestIsToldInTheEnd(t *testing.T) {
	g := gather(t, rig.New(t))
	g.table.pointless = true
	g.Note(g.use(1))
	g.flush(errDown)
	last := func() map[token.ID]time.Time {
		t.Helper()
		uses, err := g.Rig.Store.LastUses(t.Context(), []token.ID{id(1)})
		if err != nil {
			t.Fatal(err)
		}
		return uses
	}
	if uses := last(); len(uses) != 0 {
		t.Errorf("last uses %v", uses)
	}
	g.table.pointless = false
	g.Clock.Advance(5 * time.Second)
	g.flush(nil)
	if uses := last(); !uses[id(1)].Equal(rig.Start) {
		t.Errorf("last uses %v", uses)
	}
	g.counts(1, 1)
}
