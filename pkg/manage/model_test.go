package manage_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"runtime/debug"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/private-integrations/private-integrations/pkg/authorize"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/remind"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/sweep"
	"github.com/private-integrations/private-integrations/pkg/table"
	"github.com/private-integrations/private-integrations/pkg/token"
)

const (
	steps   = 50  // of each sequence
	workers = 2   // each with a data file of its own
	perFile = 500 // sequences, before a file is left for a new one: small ones are fast
	quota   = 2   // integrations of an account
)

func TestEveryLifeGoesAsTheNaiveModelSays(t *testing.T) {
	checks := flag.Lookup("rapid.checks")
	before := checks.Value.String()
	t.Cleanup(func() { _ = checks.Value.Set(before) })
	// The heap is so small that it would be collected all the time.
	percent := debug.SetGCPercent(1000)
	t.Cleanup(func() { debug.SetGCPercent(percent) })
	if err := checks.Value.Set(strconv.Itoa(sequences / workers)); err != nil {
		t.Fatal(err)
	}
	for worker := range workers {
		t.Run(strconv.Itoa(worker), func(t *testing.T) {
			t.Parallel()
			var (
				parts *rig.Rig
				made  int
			)
			rapid.Check(t, func(rt *rapid.T) {
				if made%perFile == 0 {
					parts = rig.New(t)
					parts.Manage.Max = quota
				}
				made++
				walk(t.Context(), rt, parts, fmt.Sprintf("account%d", made))
			})
		})
	}
}

// life is one sequence: the product and, beside it, the model.
type life struct {
	*rapid.T
	*rig.Rig
	ctx     context.Context
	account string
	admin   manage.Caller
	all     []*naive
	looker  *authorize.Authorizer // decides as the real one and marks no use
	now     time.Time
	edited  bool // in this step an admin meant to change a deadline
}

// unmarked is the store, but that no use is marked.
type unmarked struct{ *table.Store }

func (unmarked) MarkUsed(context.Context, token.ID, time.Time) error { return nil }

func walk(ctx context.Context, t *rapid.T, parts *rig.Rig, account string) {
	l := &life{T: t, Rig: parts, ctx: ctx, account: account, admin: rig.Admin(account), looker: parts.AuthorizerOver(unmarked{parts.Store})}
	l.Clock.Set(rig.Start)
	l.now = rig.Start
	l.clean()
	l.create()
	for range steps - 1 {
		l.check()
		l.edited = false
		actions[choice(t, "action", len(actions))](l)
	}
	l.check()
	for _, n := range l.all {
		if !n.deleted {
			l.expect(n.remove(l.now), l.Manage.Delete(ctx, l.admin, l.target(n)))
		}
	}
	l.check()
}

// clean takes away what a sequence that failed has left due.
func (l *life) clean() {
	for _, d := range l.due() {
		if err := l.DB.Write(l.ctx, []table.Write{{Key: d.Key, Remove: true}}); err != nil {
			l.Fatalf("clean: %v", err)
		}
	}
}

func choice(t *rapid.T, what string, of int) int { return rapid.IntRange(0, of-1).Draw(t, what) }

// actions are what can happen; what stands there more often happens more often.
var actions = []func(*life){
	(*life).create, (*life).rotate, (*life).rotate, (*life).rotate, (*life).rotate, (*life).cancel, (*life).cancel,
	(*life).complete, (*life).move, (*life).move, (*life).expire, (*life).setExpiry, (*life).setExpiry, (*life).clear,
	(*life).edit, (*life).remove, (*life).use, (*life).use, (*life).sweep, (*life).remind,
	(*life).wait, (*life).wait, (*life).wait, (*life).waitForSomething, (*life).waitForSomething, (*life).waitForSomething,
}

// any picks an integration, a deleted one too.
func (l *life) any() *naive {
	if len(l.all) == 0 {
		return &naive{id: "none", deleted: true}
	}
	return l.all[choice(l.T, "integration", len(l.all))]
}

func (l *life) target(n *naive) manage.Target { return manage.Target{Account: l.account, ID: n.id} }

// soon is an instant around now, mostly ahead of it.
func (l *life) soon() time.Time {
	return l.now.Add([]time.Duration{
		-time.Millisecond, 0, time.Millisecond, time.Hour, 24 * time.Hour, 3 * 24 * time.Hour, week, 29 * 24 * time.Hour, 30 * 24 * time.Hour, 40 * 24 * time.Hour,
	}[choice(l.T, "instant", 10)])
}

var words = map[string]error{
	"not found": integration.ErrNotFound, "pending": integration.ErrRotationPending, "no live token": integration.ErrNoLiveToken,
	"no rotation": integration.ErrNoRotation, "in use": integration.ErrNewTokenInUse, "quota": integration.ErrQuota,
}

// expect holds an answer to what the model says, and reports whether it was
// yes.
func (l *life) expect(refusal string, err error) bool {
	switch {
	case refusal == "invalid":
		if invalid := (*integration.Invalid)(nil); !errors.As(err, &invalid) {
			l.Fatalf("%v, want it to be invalid", err)
		}
	case !errors.Is(err, words[refusal]):
		l.Fatalf("%v, want %q", err, refusal)
	}
	return err == nil
}

func (l *life) create() {
	n := &naive{name: "first", scopes: []string{rig.Readonly}}
	var own time.Time
	if rapid.Bool().Draw(l.T, "deadline") {
		own = l.soon()
	}
	refusal := n.create(own, l.now)
	if living := slices.DeleteFunc(slices.Clone(l.all), func(n *naive) bool { return n.deleted }); refusal == "" && len(living) == quota {
		refusal = "quota"
	}
	issued, err := l.Manage.Create(l.ctx, l.admin, integration.New{
		Account: l.account, Name: n.name, Scopes: n.scopes, ExpiresAt: own,
	}, manage.Idempotency{})
	if l.expect(refusal, err) {
		n.id = issued.ID
		n.tokens[0].id, n.tokens[0].text = issued.Current.ID, issued.Token.Reveal()
		l.all = append(l.all, n)
	}
}

func (l *life) rotate() {
	n := l.any()
	r := integration.Rotation{Grace: []time.Duration{0, 0, time.Hour, week, week, 30 * 24 * time.Hour, 30*24*time.Hour + time.Millisecond}[choice(l.T, "grace", 7)]}
	switch choice(l.T, "deadline", 4) {
	case 0:
		r.ExpiresAt = &time.Time{}
	case 1:
		at := l.soon()
		r.ExpiresAt = &at
	}
	made := len(n.tokens)
	refusal := n.rotate(r.Grace, r.ExpiresAt, l.now)
	issued, err := l.Manage.Rotate(l.ctx, l.admin, l.target(n), r, manage.Idempotency{})
	if l.expect(refusal, err) {
		n.tokens[made].id, n.tokens[made].text = issued.Token.ID(), issued.Token.Reveal()
	}
}

func (l *life) cancel() {
	l.edited = true
	n, force := l.any(), rapid.Bool().Draw(l.T, "force")
	refusal := n.cancel(force, l.now)
	_, err := l.Manage.Cancel(l.ctx, l.admin, l.target(n), force)
	l.expect(refusal, err)
}

func (l *life) complete() {
	n := l.any()
	refusal := n.complete(l.now)
	_, err := l.Manage.Complete(l.ctx, l.admin, l.target(n))
	l.expect(refusal, err)
}

func (l *life) move() {
	l.edited = true
	n, to := l.any(), l.soon()
	if n.old != nil {
		ends := []time.Time{to, to, n.rotated.Add(30 * 24 * time.Hour), n.old.own, n.cur.own}
		to = ends[choice(l.T, "end", len(ends))].Add(time.Duration(choice(l.T, "beside", 2)) * time.Millisecond)
	}
	refusal := n.move(to, l.now)
	_, err := l.Manage.MoveWindow(l.ctx, l.admin, l.target(n), to)
	l.expect(refusal, err)
}

func (l *life) expire() {
	n := l.any()
	refusal := n.expire(l.now)
	_, err := l.Manage.Expire(l.ctx, l.admin, l.target(n))
	if l.expect(refusal, err) && (n.old != nil || n.cur != nil) {
		l.Fatalf("a token lives on")
	}
}

func (l *life) setExpiry() {
	l.edited = true
	n, at := l.any(), l.soon()
	refusal := n.setExpiry(at, l.now)
	_, err := l.Manage.SetExpiry(l.ctx, l.admin, l.target(n), at)
	l.expect(refusal, err)
}

func (l *life) clear() {
	l.edited = true
	n := l.any()
	refusal := n.setExpiry(time.Time{}, l.now)
	_, err := l.Manage.SetExpiry(l.ctx, l.admin, l.target(n), time.Time{})
	l.expect(refusal, err)
}

func (l *life) edit() {
	n := l.any()
	name := []string{"first", "second", ""}[choice(l.T, "name", 3)]
	scopes := [][]string{{rig.Readonly}, {rig.Calendars}, {rig.Calendars, rig.Readonly}, {}}[choice(l.T, "scopes", 4)]
	refusal := n.edit(name, scopes, l.now)
	_, err := l.Manage.Edit(l.ctx, l.admin, l.target(n), integration.Edit{Name: &name, Scopes: &scopes})
	l.expect(refusal, err)
}

func (l *life) remove() {
	if !rapid.Bool().Draw(l.T, "really") { // else too much of each life would be death
		return
	}
	n := l.any()
	refusal := n.remove(l.now)
	l.expect(refusal, l.Manage.Delete(l.ctx, l.admin, l.target(n)))
}

// use sends a request with a token, dead or alive.
func (l *life) use() {
	n := l.any()
	if len(n.tokens) == 0 {
		return
	}
	t := n.tokens[choice(l.T, "token", len(n.tokens))]
	_, err := l.Authorizer.Authorize(l.ctx, rig.Get(t.text))
	l.checkDecision(n, t, err)
	if !t.dead(l.now) && t.used.IsZero() {
		t.used = l.now
	}
}

func (l *life) sweep() { l.each((*naive).record, sweep.Run) }

func (l *life) remind() {
	l.each(func(n *naive) { n.remind(l.now) }, func(ctx context.Context, _ sweep.Store, now time.Time) (sweep.Report, error) {
		return remind.Run(ctx, l.Store, now)
	})
}

// each runs a schedule.
func (l *life) each(model func(*naive), schedule func(context.Context, sweep.Store, time.Time) (sweep.Report, error)) {
	changed := 0
	for _, n := range l.all {
		before, touched := n.seq, n.touched
		if model(n); n.seq != before || n.touched != touched {
			changed++
		}
	}
	report, err := schedule(l.ctx, l.Store, l.now)
	if err != nil || report.Changed != changed || report.Lost+report.Failed != 0 || !report.Complete {
		l.Fatalf("%+v, %v, want %d to change", report, err, changed)
	}
}

// wait lets some time pass.
func (l *life) wait() {
	l.advance(l.now.Add([]time.Duration{
		time.Millisecond, time.Second, time.Hour, 24 * time.Hour, week, 4 * week, 13 * week,
	}[choice(l.T, "wait", 7)]))
}

// waitForSomething lets the time come at which something happens, or a
// millisecond before or after it.
func (l *life) waitForSomething() {
	n := l.any()
	if len(n.tokens) == 0 {
		return
	}
	t := n.tokens[choice(l.T, "token", len(n.tokens))]
	at := []time.Time{t.death, t.death, t.own, t.born.Add(90 * 24 * time.Hour), t.born.Add(76 * 24 * time.Hour), t.own.Add(-week), t.death.Add(90 * 24 * time.Hour), n.windowEnds, n.windowEnds.Add(-48 * time.Hour)}[choice(l.T, "event", 9)]
	l.advance(at.Add(time.Duration(choice(l.T, "beside", 3)-1) * time.Millisecond))
}

func (l *life) advance(to time.Time) {
	if to.After(l.now) {
		l.now = to
		l.Clock.Set(to)
		for _, n := range l.all {
			n.observe(to)
		}
	}
}
