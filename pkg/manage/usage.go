package manage

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/scope"
	"github.com/private-integrations/private-integrations/pkg/token"
	"github.com/private-integrations/private-integrations/pkg/usage"
)

// MaxDays is over how many days usage is told at most.
const MaxDays = 365

// Usage tells what the tokens of an integration were used for over some days, of
// which the last is today. It knows of the newest fifty tokens that lived within
// them, and says whether there were more. LastUsedAt is that of a living token,
// however long ago. Errors:
// integration.ErrNotFound, [ErrForbidden], [ErrFeatureDisabled].
func (s *Service) Usage(ctx context.Context, c Caller, account, id string, days int) (usage.Report, error) {
	if _, err := s.permit(ctx, c, account, toView, "get-usage"); err != nil {
		return usage.Report{}, err
	}
	i, err := s.read(ctx, account, id)
	if err != nil {
		return usage.Report{}, err
	}
	now := s.now()
	to := usage.DayOf(now)
	from := to - usage.Day(days) + 1
	past, err := s.past(ctx, i, from.Start())
	if err != nil {
		return usage.Report{}, err
	}
	rows, err := s.Store.Usage(ctx, past.tokens, from)
	if err != nil {
		return usage.Report{}, err
	}
	v, err := s.view(ctx, i, now)
	if err != nil {
		return usage.Report{}, err
	}
	report := usage.Sum(rows, from, to)
	report.Partial = past.partly
	for _, at := range v.LastUses {
		if at.After(report.LastUsedAt) {
			report.LastUsedAt = at
		}
	}
	return report, nil
}

// Rotation is an integration within its grace window, and what both tokens were
// used for since the rotation.
type Rotation struct {
	View
	Old, New usage.Report
	Window   usage.Window
	Verdict  usage.Verdict
}

// Rotation reads an integration within its grace window. Errors:
// integration.ErrNotFound, integration.ErrNoRotation, [ErrForbidden],
// [ErrFeatureDisabled].
func (s *Service) Rotation(ctx context.Context, c Caller, account, id string) (Rotation, error) {
	of, err := s.permit(ctx, c, account, toView, "get-rotation")
	if err != nil {
		return Rotation{}, err
	}
	i, err := s.read(ctx, account, id)
	if err != nil {
		return Rotation{}, err
	}
	now := s.now()
	v, err := s.view(ctx, i, now)
	if err == nil && v.Retiring == nil {
		err = integration.ErrNoRotation
	}
	if err != nil {
		return Rotation{}, err
	}
	since, to := usage.DayOf(v.Retiring.RotatedAt), usage.DayOf(now)
	rows, err := s.Store.Usage(ctx, []token.ID{v.Retiring.ID, v.Current.ID}, since)
	if err != nil {
		return Rotation{}, err
	}
	// What the old token was used for before lies apart.
	ofNew := slices.DeleteFunc(slices.Clone(rows), func(r usage.Row) bool { return r.Token != v.Current.ID })
	ofOld := slices.DeleteFunc(rows, func(r usage.Row) bool { return !r.RetiringSince.Equal(v.Retiring.RotatedAt) })
	r := Rotation{
		View: v, Old: usage.Sum(ofOld, since, to), New: usage.Sum(ofNew, since, to),
		Window: usage.Window{
			RotatedAt: v.Retiring.RotatedAt, ExpiresAt: v.RetiringDeadline(),
			OldUsedAt: v.LastUses[v.Retiring.ID], NewUsedAt: v.LastUses[v.Current.ID], QuietFor: of.QuietFor,
		},
	}
	r.Verdict = r.Window.Verdict(now)
	return r, nil
}

// Advice is which scopes an integration does not need, and what a narrower set
// would have refused.
type Advice struct {
	usage.Advice
	Preview usage.Preview
}

// Advice judges the scopes of an integration by what its tokens were used for.
// The preview is of scopes, which the integration has to hold, or, for none, of
// what is advised. Errors: integration.ErrNotFound, [*integration.Invalid],
// [ErrForbidden], [ErrFeatureDisabled].
func (s *Service) Advice(ctx context.Context, c Caller, account, id string, scopes []string) (Advice, error) {
	if _, err := s.permit(ctx, c, account, toView, "get-advice"); err != nil {
		return Advice{}, err
	}
	i, err := s.read(ctx, account, id)
	if err != nil {
		return Advice{}, err
	}
	narrow := scope.NewSet(scopes...)
	if !i.Scopes.HasAll(narrow) {
		invalid := &integration.Invalid{}
		invalid.Add("scopes", "must be scopes of the integration")
		return Advice{}, invalid
	}
	now := s.now()
	today := usage.DayOf(now)
	past, err := s.past(ctx, i, (today - usage.LookBack).Start())
	if err != nil {
		return Advice{}, err
	}
	rows, err := s.Store.Usage(ctx, past.tokens, today-usage.LookBack)
	if err != nil {
		return Advice{}, err
	}
	a := Advice{Advice: usage.Advise(usage.Granted{Scopes: i.Scopes, Since: past.granted, Partly: past.partly}, rows, now)}
	if len(narrow) == 0 {
		narrow = a.Narrow
	}
	a.Preview = usage.Foresee(usage.Sum(rows, today-usage.PreviewOf+1, today), narrow, s.Catalog)
	return a, nil
}

// past is what the facts of an integration tell of some time.
type past struct {
	tokens  []token.ID           // that lived in it, newest first
	granted map[string]time.Time // scopes that were added in it, and when last
	partly  bool                 // there were too many tokens to tell of all that time
}

// maxTokens is of how many tokens usage is told together.
const maxTokens = 50

// past reads the facts since an instant. A token that lived after it is alive,
// or its end is among them.
func (s *Service) past(ctx context.Context, i integration.Integration, since time.Time) (past, error) {
	p := past{granted: map[string]time.Time{}}
	for id := range i.Deadlines() {
		p.add(id)
	}
	if i.Last != nil { // who still sends it should be seen
		p.add(i.Last.ID)
	}
	for before := int64(0); ; {
		facts, err := s.Store.Facts(ctx, i.Account, i.ID, before, stride)
		if err != nil {
			return past{}, err
		}
		for _, f := range facts {
			// An end by the clock may be recorded long after it came.
			if f.At.Before(since) && f.Type != fact.TokenEnded {
				return p, nil
			}
			if p.partly = !p.tell(f); p.partly {
				return p, nil
			}
		}
		if len(facts) < stride {
			return p, nil
		}
		before = facts[len(facts)-1].Seq
	}
}

// tell takes in a fact, unless there are too many tokens already.
func (p *past) tell(f fact.Fact) bool {
	if f.Token != "" && !p.add(f.Token) {
		return false
	}
	for _, d := range f.Changes {
		if d.Field != "scopes" {
			continue
		}
		before := scope.Set(strings.Fields(d.From))
		for _, name := range strings.Fields(d.To) {
			if _, later := p.granted[name]; !later && !before.Has(name) {
				p.granted[name] = f.At
			}
		}
	}
	return true
}

func (p *past) add(id token.ID) bool {
	if slices.Contains(p.tokens, id) {
		return true
	}
	if len(p.tokens) == maxTokens {
		return false
	}
	p.tokens = append(p.tokens, id)
	return true
}
