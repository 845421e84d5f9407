package manage

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/private-integrations/private-integrations/pkg/fact"
)

// Audits keeps what happened in accounts.
type Audits interface {
	// Timeline reads up to limit facts of an account, whatever they are about,
	// newest first: those from the place from on (empty: to the oldest) and below
	// the place before (empty: from the newest). It may lag behind.
	Timeline(ctx context.Context, account string, from, before fact.Place, limit int) ([]fact.Fact, error)
	// Names tells the names of integrations, deleted ones too, without those that
	// there are not.
	Names(ctx context.Context, account string, ids []string) (map[string]string, error)
}

// AuditFilter narrows an audit. What is empty narrows nothing.
type AuditFilter struct {
	Integration string
	Actor       string    // an id or an e-mail address, which in any letter case
	Kind        string    // a fact's type, or what it begins with before a dot
	From        time.Time // from this instant on
	To          time.Time // before this one
}

func (f AuditFilter) matches(x fact.Fact) bool {
	switch {
	case f.Actor != "" && f.Actor != x.Actor.ID && !strings.EqualFold(f.Actor, x.Actor.Email):
		return false
	case f.Kind != "" && f.Kind != string(x.Type) && !strings.HasPrefix(string(x.Type), f.Kind+"."):
		return false
	case !f.From.IsZero() && x.At.Before(f.From), !f.To.IsZero() && !x.At.Before(f.To):
		return false
	}
	return true
}

// Entry is a fact of an audit.
type Entry struct {
	fact.Fact
	Name string // the integration's, as it is now; empty for the account itself
}

const (
	// auditStride is how many facts are read at once for an audit, unless a page
	// is longer.
	auditStride = 200
	// auditReach is about how many are looked at for one page, so that a filter
	// that little fits does not take longer than there is time for an answer.
	auditReach = 4000
)

// Audit lists what happened in an account, to its integrations, people and
// settings, newest first, and tells what the next page follows (empty: there is
// none). A page may have fewer entries than asked for, or none, while there are
// more. What happened in the last moments may be missing, unless one
// integration is asked for. Errors: integration.ErrNotFound, [ErrForbidden].
func (s *Service) Audit(ctx context.Context, c Caller, id string, f AuditFilter, p Page) (entries []Entry, next string, err error) {
	if _, err := s.administer(ctx, c, id, "list-audit"); err != nil {
		return nil, "", err
	}
	found, next, err := s.audit(ctx, id, f, p)
	if err != nil {
		return nil, "", err
	}
	var ids []string
	seen := map[string]bool{"": true}
	for _, x := range found {
		if !seen[x.Integration] {
			seen[x.Integration] = true
			ids = append(ids, x.Integration)
		}
	}
	names, err := s.Store.Names(ctx, id, ids)
	if err != nil {
		return nil, "", err
	}
	entries = make([]Entry, len(found))
	for n, x := range found {
		entries[n] = Entry{x, names[x.Integration]}
	}
	return entries, next, nil
}

// audit reads facts until a page is full, there are no more, or enough was
// looked at.
func (s *Service) audit(ctx context.Context, id string, f AuditFilter, p Page) (found []fact.Fact, next string, err error) {
	stride := max(p.Limit+1, auditStride)
	if f == (AuditFilter{}) {
		stride = p.Limit + 1
	}
	next = p.After
	for looked := 0; looked < auditReach; looked += stride {
		facts, err := s.auditStretch(ctx, id, f, next, stride)
		if err != nil {
			return nil, "", err
		}
		for _, x := range facts {
			if !f.matches(x) {
				continue
			}
			if len(found) == p.Limit {
				return found, f.position(found[p.Limit-1]), nil
			}
			found = append(found, x)
		}
		if len(facts) < stride {
			return found, "", nil
		}
		next = f.position(facts[stride-1])
	}
	return found, next, nil
}

// auditStretch reads the facts that follow a position; empty for the newest.
// Those of one integration are read by themselves.
func (s *Service) auditStretch(ctx context.Context, id string, f AuditFilter, after string, limit int) ([]fact.Fact, error) {
	switch {
	case f.Integration == "" && after == "":
		return s.Store.Timeline(ctx, id, place(f.From), place(f.To), limit)
	case f.Integration == "":
		return s.Store.Timeline(ctx, id, place(f.From), fact.Place(after), limit)
	case len(f.Integration) != ulid.EncodedSize:
		return nil, nil
	case after == "":
		return s.Store.Facts(ctx, id, f.Integration, 0, limit)
	}
	before, err := strconv.ParseInt(after, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("the position in an audit: %w", err)
	}
	return s.Store.Facts(ctx, id, f.Integration, before, limit)
}

// position is where in the audit a fact stands: by its number among those of one
// integration, and by its place otherwise.
func (f AuditFilter) position(x fact.Fact) string {
	if f.Integration != "" {
		return strconv.FormatInt(x.Seq, 10)
	}
	return string(x.Place())
}

// place is where the facts of an instant begin; empty for none.
func place(t time.Time) fact.Place {
	if t.IsZero() {
		return ""
	}
	return fact.Before(t)
}
