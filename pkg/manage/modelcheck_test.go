package manage_test

import (
	"errors"
	"math"
	"slices"
	"time"

	"github.com/private-integrations/private-integrations/pkg/authorize"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/table"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// check compares all that can be seen from outside with the model.
func (l *life) check() {
	changed := false
	for _, n := range l.all {
		changed = changed || len(n.facts) > 0
		usable := 0
		for _, t := range n.tokens {
			_, err := l.looker.Authorize(l.ctx, rig.Get(t.text))
			if l.checkDecision(n, t, err); !errors.Is(err, authorize.ErrUnauthorized) {
				usable++
			}
			l.checkIntrospection(t)
		}
		if usable > 2 {
			l.Fatalf("%d tokens are usable", usable)
		}
		l.checkView(n)
		l.checkFacts(n)
	}
	if changed { // else nothing was written that the index could have followed
		l.checkDue()
	}
}

// checkDecision holds a decision on a request with t to the model.
func (l *life) checkDecision(n *naive, t *naiveToken, err error) {
	var lacking *authorize.ScopeError
	switch {
	case t.dead(l.now):
		if !errors.Is(err, authorize.ErrUnauthorized) {
			l.Fatalf("a token that died at %v (%s): %v at %v", t.death, t.reason, err, l.now)
		}
	case !slices.Contains(n.scopes, rig.Readonly):
		if !errors.As(err, &lacking) {
			l.Fatalf("a token without the scope: %v", err)
		}
	case err != nil:
		l.Fatalf("a token that lives until %v: %v at %v", t.death, err, l.now)
	}
}

func (l *life) checkIntrospection(t *naiveToken) {
	got, err := l.looker.Introspect(l.ctx, []string{t.text})
	switch {
	case t.dead(l.now) && !l.now.Before(t.death.Add(90*24*time.Hour)):
		if !errors.Is(err, authorize.ErrUnauthorized) {
			l.Fatalf("a token that died at %v is told of at %v: %v", t.death, l.now, err)
		}
		return
	case err != nil:
		l.Fatalf("introspection: %v", err)
	case !got.FirstUsedAt.Equal(t.used):
		l.Fatalf("first used at %v, want %v", got.FirstUsedAt, t.used)
	case !l.edited && postponed(t.seen, got.Deadline.At):
		l.Fatalf("a deadline moved from %v to %v", t.seen, got.Deadline.At)
	case !t.dead(l.now):
		t.seen = got.Deadline.At
		if got.Ended != nil || !got.Deadline.At.Equal(t.death) {
			l.Fatalf("%+v until %v, want it to live until %v", got.Ended, got.Deadline, t.death)
		}
		return
	}
	want := integration.Ended{ID: t.id, At: t.death, Reason: integration.Reason(t.reason)}
	if got.Ended == nil || *got.Ended != want {
		l.Fatalf("ended as %+v, want %+v", got.Ended, want)
	}
}

// postponed tells whether a deadline, once there was one, moved to a later instant
// or away.
func postponed(from, to time.Time) bool {
	return !from.IsZero() && (to.IsZero() || to.After(from))
}

func (l *life) checkView(n *naive) {
	v, err := l.Manage.Get(l.ctx, l.admin, l.account, n.id)
	if n.deleted {
		if !errors.Is(err, integration.ErrNotFound) {
			l.Fatalf("deleted: %v", err)
		}
		return
	}
	if err != nil {
		l.Fatalf("get: %v", err)
	}
	if string(v.Status) != n.status(l.now) || v.Version != n.version || v.Name != n.name || v.Seq != n.seq || !slices.Equal(v.Scopes, n.scopes) || !v.UpdatedAt.Equal(n.updated) {
		l.Fatalf("%+v, want %q in version %d of %v with %d facts, %s", v, n.name, n.version, n.updated, n.seq, n.status(l.now))
	}
	if (v.Current == nil) != (n.cur == nil) || (v.Retiring == nil) != (n.old == nil) || (v.Last == nil) != (len(n.deaths) == 0) {
		l.Fatalf("current %v, retiring %v, last %v, want %v, %v and %d deaths", v.Current, v.Retiring, v.Last, n.cur, n.old, len(n.deaths))
	}
	if n.cur != nil {
		l.checkToken(*v.Current, v.Current.ExpiresAt, v.FirstUses, n.cur)
	}
	if n.old != nil {
		l.checkToken(v.Retiring.Token, v.RetiringDeadline(), v.FirstUses, n.old)
	}
	if v.Last != nil {
		last := n.deaths[len(n.deaths)-1]
		if want := (integration.Ended{ID: last.id, At: last.death, Reason: integration.Reason(last.reason)}); *v.Last != want {
			l.Fatalf("last %+v, want %+v", v.Last, want)
		}
	}
}

func (l *life) checkToken(got integration.Token, deadline time.Time, uses map[token.ID]time.Time, want *naiveToken) {
	if got.ID != want.id || !got.CreatedAt.Equal(want.born) || got.CreatedBy != l.admin.Email || !got.ExpiresAt.Equal(want.own) ||
		!deadline.Equal(want.death) || !uses[got.ID].Equal(want.used) {
		l.Fatalf("%+v until %v, used %v, want %+v", got, deadline, uses, *want)
	}
}

// checkFacts holds what was recorded since the last check to the model, and
// that it follows what was recorded before without a gap.
func (l *life) checkFacts(n *naive) {
	if len(n.facts) == 0 && !n.deleted {
		return // the view has told that there is none
	}
	facts, err := l.Store.Facts(l.ctx, l.account, n.id, 0, len(n.facts)+1)
	if err != nil {
		l.Fatalf("facts: %v", err)
	}
	if len(facts) == 0 || facts[0].Seq != n.seq {
		l.Fatalf("the newest of the facts %+v is not number %d: a change without a fact, or a fact without a change", facts, n.seq)
	}
	for age := range n.facts {
		want, got := n.facts[len(n.facts)-1-age], facts[age]
		actor := l.admin.Actor
		if slices.Contains([]string{"rotation.upcoming", "rotation.due", "expiry.upcoming"}, want.what) || want.what == "token.ended" && (want.about.reason == "expired" || want.about.reason == "grace_ended") {
			actor = fact.System
		}
		expected := fact.Fact{
			Account: l.account, Integration: n.id, Seq: n.seq - int64(age),
			Type: fact.Type(want.what), At: want.at, Actor: actor,
		}
		if want.about != nil {
			expected.Token = want.about.id
		}
		if want.what == "token.ended" {
			expected.Reason = want.about.reason
		}
		if !sameFact(got, expected) {
			l.Fatalf("fact %+v, want %+v", got, expected)
		}
	}
	l.checkChain(n, facts[:len(n.facts)])
	n.facts = n.facts[:0]
}

// checkChain holds facts, newest first, to follow those that were checked before.
func (l *life) checkChain(n *naive, facts []fact.Fact) {
	chain := fact.Chain{Seq: n.seq - int64(len(facts)), Head: fact.Hash(n.head)}
	for _, f := range slices.Backward(facts) {
		if err := chain.Follow(f); err != nil || f.Hash == "" {
			l.Fatalf("%v in %+v", err, facts)
		}
	}
	n.head = string(chain.Head)
}

func sameFact(a, b fact.Fact) bool {
	return a.Account == b.Account && a.Integration == b.Integration && a.Seq == b.Seq && a.Type == b.Type &&
		a.At.Equal(b.At) && a.Actor == b.Actor && a.Token == b.Token && a.Reason == b.Reason
}

// checkDue holds the index of what is due to the model.
func (l *life) checkDue() {
	want := map[string]time.Time{}
	for _, n := range l.all {
		if due := n.due(); !due.IsZero() {
			want[n.id] = due
		}
	}
	found := l.due()
	for _, d := range found {
		id := d.Key.Sort[len("INTEGRATION#"):]
		if at, expected := want[id]; !expected || !at.Equal(d.At) {
			l.Fatalf("%s is due at %v, want %v", id, d.At, want)
		}
	}
	if len(found) != len(want) {
		l.Fatalf("%v are due, want %v", found, want)
	}
}

// due reads the whole index of what is due.
func (l *life) due() (all []table.Due) {
	for shard := range table.DueShards {
		due, err := l.DB.Due(l.ctx, shard, time.UnixMilli(math.MaxInt64-1), nil, math.MaxInt)
		if err != nil {
			l.Fatalf("due: %v", err)
		}
		all = append(all, due...)
	}
	return all
}
