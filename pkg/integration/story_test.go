package integration_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/token"
)

const (
	ms  = time.Millisecond
	day = 24 * time.Hour
)

// start is when every story begins; instants are told by how long after it they are.
var start = time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)

var (
	ada = fact.Actor{ID: "user-1", Email: "ada@acme.test", Address: "192.0.2.1"}
	bob = fact.Actor{ID: "user-2"}
)

// offer is the scopes of a catalogue.
type offer []string

func (o offer) Has(name string) bool { return slices.Contains(o, name) }

var offered = offer{"contacts.readonly", "contacts.write", "calendars.readonly"}

// story is an integration as it lives under a clock that the test sets. Its
// tokens are "a", "b", "c", … in the order in which they were made.
type story struct {
	*testing.T
	integration.Integration
	now   time.Time
	by    fact.Actor
	next  byte // the name of the next token
	facts []string
	kept  []keepsake
}

// keepsake is an integration as it was, to see later that it still is.
type keepsake struct{ original, copy integration.Integration }

// begin tells of an integration that was made at the start.
func begin(t *testing.T, expiresAt time.Time) *story {
	t.Helper()
	s := &story{T: t, now: start, by: ada, next: 'a'}
	c, err := integration.Create(integration.New{
		ID: "i1", Account: "acme", Name: "Shop", Scopes: []string{"contacts.readonly"}, ExpiresAt: expiresAt,
	}, offered, s.minted(), s.by, s.now)
	if err != nil {
		t.Fatal(err)
	}
	s.take(c)
	return s
}

// beginRotated tells of one whose token "a" retires since the start.
func beginRotated(t *testing.T, grace time.Duration) *story {
	t.Helper()
	s := begin(t, time.Time{})
	s.must(s.Rotate(integration.Rotation{Grace: grace}, s.minted(), s.by, s.now))
	return s
}

func (s *story) minted() integration.Minted {
	return integration.Minted{ID: token.ID(s.next), MAC: token.MAC{s.next}, PepperVersion: 1}
}

// at moves the clock.
func (s *story) at(after time.Duration) *story {
	s.now = start.Add(after)
	return s
}

// must takes a transition that has to succeed and change something.
func (s *story) must(c integration.Change, err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
	if c.Empty() {
		s.Fatal("nothing changed")
	}
	s.take(c)
}

// idle expects of a transition that it changes nothing.
func (s *story) idle(c integration.Change, err error) {
	s.Helper()
	if err != nil || !c.Empty() {
		s.Errorf("%d facts and the error %v, want none, nor any other change", len(c.Facts), err)
	}
}

// refused expects an error, and that nothing else comes with it.
func (s *story) refused(want error) func(integration.Change, error) {
	return func(c integration.Change, err error) {
		s.Helper()
		if !errors.Is(err, want) || len(c.Facts) != 0 {
			s.Errorf("%v and %d facts, want the error %v", err, len(c.Facts), want)
		}
	}
}

// invalid expects that one field is at fault.
func (s *story) invalid(field string) func(integration.Change, error) {
	return func(c integration.Change, err error) {
		s.Helper()
		if got := faults(err); !slices.Equal(got, []string{field}) || len(c.Facts) != 0 {
			s.Errorf("faults in %q (%v) and %d facts, want one in %s", got, err, len(c.Facts), field)
		}
	}
}

// faults are the fields that an error finds fault with.
func faults(err error) []string {
	var invalid *integration.Invalid
	if !errors.As(err, &invalid) {
		return nil
	}
	fields := make([]string, len(invalid.Fields))
	for n, f := range invalid.Fields {
		fields[n] = f.Field
	}
	return fields
}

// take makes a change the story's state, having held it to what is true of
// every change.
func (s *story) take(c integration.Change) {
	s.Helper()
	if c.Before != nil {
		if diff := cmp.Diff(s.Integration, *c.Before); diff != "" {
			s.Errorf("Before is not what was changed (-was +Before):\n%s", diff)
		}
	}
	s.checkFacts(c)
	s.checkEnded(c)
	if r := c.After.Retiring; r != nil {
		deadline := c.After.RetiringDeadline()
		if c.After.Current == nil || !c.After.Current.ExpiresAt.IsZero() && deadline.After(c.After.Current.ExpiresAt) {
			s.Errorf("the retiring token outlives the current one: %+v", c.After)
		}
	}
	if m := c.Minted; m != nil {
		if c.After.Current == nil || c.After.Current.ID != m.ID || c.After.Current.CreatedBy != s.by.Name() || !c.After.Current.CreatedAt.Equal(s.now) {
			s.Errorf("the new token %s is not current, made now by %s: %+v", m.ID, s.by.Name(), c.After.Current)
		}
		s.next++
	}
	for _, k := range s.kept {
		if diff := cmp.Diff(k.copy, k.original); diff != "" {
			s.Errorf("an earlier state was changed (-was +is):\n%s", diff)
		}
	}
	s.kept = append(s.kept, keepsake{c.After, clone(c.After)})
	s.Integration = c.After
}

// clone copies an integration and all that it points to.
func clone(i integration.Integration) integration.Integration {
	i.Scopes = slices.Clone(i.Scopes)
	if i.Current != nil {
		current := *i.Current
		i.Current = &current
	}
	if i.Retiring != nil {
		retiring := *i.Retiring
		i.Retiring = &retiring
	}
	if i.Last != nil {
		last := *i.Last
		i.Last = &last
	}
	return i
}

// checkFacts holds the facts of a change to be numbered without a gap, in the
// order of time, and complete.
func (s *story) checkFacts(c integration.Change) {
	s.Helper()
	s.facts = nil
	seq, version, at := s.Seq, s.Version, time.Time{}
	chain := fact.Chain{Seq: s.Seq, Head: s.Head}
	byClock := true
	for _, f := range c.Facts {
		seq++
		byClock = byClock && f.Actor == fact.System && f.Reason != string(integration.ReasonIdle)
		if f.Seq != seq || f.Account != "acme" || f.Integration != "i1" || f.ID() != fmt.Sprintf("i1.%d", seq) {
			s.Errorf("fact %s is number %d of %s/%s, want %d", f.ID(), f.Seq, f.Account, f.Integration, seq)
		}
		if err := chain.Follow(f); err != nil {
			s.Errorf("fact %s: %v", f.ID(), err)
		}
		if f.At.Before(at) || f.At.After(s.now) {
			s.Errorf("fact %s is of %v, after one of %v; it is %v", f.ID(), f.At, at, s.now)
		}
		if f.Actor != s.by && f.Actor != fact.System {
			s.Errorf("fact %s is of %+v", f.ID(), f.Actor)
		}
		at = f.At
		s.facts = append(s.facts, tell(f))
	}
	if err := chain.End(c.After.Seq, c.After.Head); err != nil || chain.Unchained > 0 {
		s.Errorf("%v, %d facts without a hash", err, chain.Unchained)
	}
	if !byClock {
		version++
	}
	if c.After.Seq != seq || c.After.Version != version {
		s.Errorf("seq %d and version %d, want %d and %d", c.After.Seq, c.After.Version, seq, version)
	}
	if updated := c.After.UpdatedAt.Equal(s.now); updated == byClock && !s.now.Equal(s.UpdatedAt) {
		s.Errorf("updated at %v; it is %v", c.After.UpdatedAt, s.now)
	}
}

// checkEnded holds the tokens that died to have a fact each.
func (s *story) checkEnded(c integration.Change) {
	s.Helper()
	var ended []integration.Ended
	for _, f := range c.Facts {
		if f.Type == fact.TokenEnded {
			ended = append(ended, integration.Ended{ID: f.Token, At: f.At, Reason: integration.Reason(f.Reason)})
		}
	}
	if diff := cmp.Diff(ended, c.Ended); diff != "" {
		s.Errorf("tokens that died (-by facts +in change):\n%s", diff)
	}
}

// tell puts a fact into a line: what, which token, why, by whom, when, what changed.
func tell(f fact.Fact) string {
	words := []string{string(f.Type)}
	for _, w := range []string{string(f.Token), f.Reason, f.Actor.Name(), after(f.At)} {
		if w != "" {
			words = append(words, w)
		}
	}
	for _, d := range f.Changes {
		words = append(words, fmt.Sprintf("%s:%s→%s", d.Field, offset(d.From), offset(d.To)))
	}
	return strings.Join(words, " ")
}

// after tells an instant by how long after the start it is.
func after(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return "+" + t.Sub(start).String()
}

// offset puts an RFC 3339 instant as after does, and leaves other texts alone.
func offset(text string) string {
	if t, err := time.Parse("2006-01-02T15:04:05.000Z", text); err == nil {
		return after(t)
	}
	return text
}

// tells holds the facts of the last change to these lines.
func (s *story) tells(want ...string) {
	s.Helper()
	if diff := cmp.Diff(want, s.facts); diff != "" {
		s.Errorf("facts (-want +got):\n%s", diff)
	}
}

// alive tells the usable tokens at an instant, the older one first, and of the
// newest dead one how it ended.
func (s *story) alive(at time.Duration) string {
	now := start.Add(at)
	i := s.At(now)
	var words []string
	if i.Retiring != nil {
		words = append(words, string(i.Retiring.ID))
	}
	if i.Current != nil {
		words = append(words, string(i.Current.ID))
	}
	s.sameByDeadlines(now, words)
	if i.Last != nil {
		words = append(words, fmt.Sprintf("(%s %s %s)", i.Last.ID, i.Last.Reason, after(i.Last.At)))
	}
	return strings.Join(words, " ")
}

// sameByDeadlines holds what is told to admins to what the authorizer decides by.
func (s *story) sameByDeadlines(now time.Time, want []string) {
	s.Helper()
	var got []string
	for id, d := range s.Deadlines() {
		if _, dead := (integration.Credential{ID: id, Deadline: d}).Ended(now); !dead {
			got = append(got, string(id))
		}
	}
	slices.Sort(got)
	if want = slices.Sorted(slices.Values(want)); !slices.Equal(got, want) {
		s.Errorf("at %s the tokens %q live by their deadlines, want %q", after(now), got, want)
	}
}

// lives holds the tokens that are usable at an instant.
func (s *story) lives(at time.Duration, want string) {
	s.Helper()
	if got := s.alive(at); got != want {
		s.Errorf("at +%v: %q, want %q", at, got, want)
	}
}

// turns holds that at a deadline, and not a millisecond earlier, one state
// gives way to another.
func (s *story) turns(deadline time.Duration, before, then string) {
	s.Helper()
	s.lives(deadline-ms, before)
	s.lives(deadline, then)
	s.lives(deadline+ms, then)
}
