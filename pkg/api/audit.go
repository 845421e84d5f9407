package api

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/private-integrations/private-integrations/pkg/event"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/strictjson"
)

// Audit is a page of what happened in an account.
type Audit struct {
	Entries    []AuditEntry `json:"entries"`
	NextCursor *string      `json:"nextCursor" doc:"Null: this is the last page. A page may have fewer entries than asked for, or none, while there are more."`

	call   *call
	format string
}

// AuditEntry is one thing that happened, to an integration or to the account
// itself: what, who, when, from where, what changed, and its place in the chain.
type AuditEntry struct {
	ID              string       `json:"id" doc:"The integration's id, or account: and the account's, and the entry's number, which counts from 1 without gaps for each of them."`
	At              Instant      `json:"at"`
	Type            string       `json:"type" doc:"Such as integration.created, token.ended, permission.changed or access.denied; expect new ones."`
	IntegrationID   *string      `json:"integrationId" doc:"Null: it is about the account itself."`
	IntegrationName *string      `json:"integrationName" doc:"As it is now, also of a deleted integration."`
	Actor           Actor        `json:"actor" doc:"Who did it."`
	Address         string       `json:"address,omitempty" doc:"The address that the request came from."`
	Token           string       `json:"token,omitempty" doc:"Hint of the token that it is about."`
	TokenID         string       `json:"tokenId,omitempty" doc:"Its public id, which is no secret: what an upstream gets as X-Token-Id, and what is hashed."`
	Member          *Person      `json:"member,omitempty" doc:"The person that it is about."`
	Operation       string       `json:"operation,omitempty" doc:"What was denied."`
	Count           int64        `json:"count,omitempty" doc:"How often it was denied within a minute. The one thing that is not hashed, since it goes up."`
	Reason          string       `json:"reason,omitempty" doc:"Why the token died, or why it was denied."`
	Caller          *Caller      `json:"caller,omitempty" doc:"Who used the dead token from that address."`
	Changes         []fact.Delta `json:"changes" doc:"The fields that changed; often none."`
	Prev            string       `json:"prev,omitempty" doc:"Hash of the entry before it of the same integration, or of the account."`
	Hash            string       `json:"hash,omitempty" doc:"Hash of this entry, of which prev is a part. Left out of entries that an older version wrote."`
}

// Person is somebody in an account.
type Person struct {
	ID    string `json:"id" doc:"Their userId."`
	Email string `json:"email,omitempty" doc:"As it was at that time."`
}

func (s shapes) audited(e manage.Entry) AuditEntry {
	event := s.event(e.Fact)
	a := AuditEntry{
		ID: event.ID, At: event.At, Type: event.Type, Actor: event.Actor, Address: event.Address, Token: event.Token,
		Operation: e.Operation, Count: e.Count, Reason: event.Reason, TokenID: string(e.Fact.Token), Caller: event.Caller, Changes: event.Changes,
		Prev: string(e.Prev), Hash: string(e.Hash),
	}
	if e.Integration != "" {
		a.IntegrationID, a.IntegrationName = &e.Integration, &e.Name
	}
	if e.Member != "" {
		a.Member = &Person{e.Member, e.MemberEmail}
	}
	return a
}

const (
	maxAudit      = 500
	maxAuditText  = 320 // an e-mail address
	auditJSON     = "json"
	auditCSV      = "csv"
	auditJSONL    = "jsonl"
	auditCursorID = "audit %q %q %q %q %d %d"
)

func (a *API) listAudit(ctx context.Context, c *call, _ nothing) (Audit, error) {
	account := c.Params["accountId"]
	filter, format, err := c.audit()
	if err != nil {
		return Audit{}, err
	}
	limit, err := c.limit()
	if err != nil {
		return Audit{}, err
	}
	if format != auditJSON && !c.Query.Has("limit") {
		limit = maxAudit
	}
	list := fmt.Sprintf(auditCursorID, account, filter.Integration, filter.Actor, filter.Kind, filter.From.UnixMilli(), filter.To.UnixMilli())
	after, err := a.position(ctx, c, list)
	if err != nil {
		return Audit{}, err
	}
	entries, next, err := a.Service.Audit(ctx, c.caller, account, filter, manage.Page{After: after, Limit: limit})
	if err != nil {
		return Audit{}, err
	}
	page := Audit{Entries: make([]AuditEntry, len(entries)), call: c, format: format}
	for n, e := range entries {
		page.Entries[n] = a.shapes().audited(e)
	}
	page.NextCursor, err = a.nextCursor(ctx, list, next)
	return page, err
}

// audit reads what an audit is narrowed to, and how it is wanted.
func (c *call) audit() (manage.AuditFilter, string, error) {
	invalid := &integration.Invalid{}
	f := manage.AuditFilter{
		Integration: c.Query.Get("integration"), Actor: c.Query.Get("actor"), Kind: c.Query.Get("kind"),
		From: c.instant(invalid, "from"), To: c.instant(invalid, "to"),
	}
	for _, text := range []struct{ name, value string }{{"integration", f.Integration}, {"actor", f.Actor}, {"kind", f.Kind}} {
		switch {
		case len(text.value) > maxAuditText:
			invalid.Add(text.name, "must have at most %d bytes", maxAuditText)
		case c.Query.Has(text.name) && text.value == "":
			invalid.Add(text.name, "must not be empty")
		}
	}
	if f.Kind != "" && len(f.Kind) <= maxAuditText && !knownKind(f.Kind) {
		invalid.Add("kind", "must be a type of entry, such as token.ended, or what types begin with before a dot: %s", strings.Join(kinds(), ", "))
	}
	if !f.From.IsZero() && !f.To.IsZero() && !f.From.Before(f.To) {
		invalid.Add("to", "must be after from")
	}
	format := c.Query.Get("format")
	switch {
	case !c.Query.Has("format"):
		format = accepted(c.Header["accept"])
	case !slices.Contains(auditFormats, format):
		invalid.Add("format", "must be one of %s", strings.Join(auditFormats, ", "))
	}
	return f, format, invalid.Err()
}

// knownKind reports whether there are types of entries that kind asks for.
func knownKind(kind string) bool {
	return slices.ContainsFunc(event.Kinds, func(k event.Kind) bool {
		return string(k.Type) == kind || strings.HasPrefix(string(k.Type), kind+".")
	})
}

// kinds are what the types of entries begin with, each once.
func kinds() []string {
	var all []string
	for _, k := range event.Kinds {
		first, _, _ := strings.Cut(string(k.Type), ".")
		all = append(all, first)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// instant reads an instant of the query; zero without one. What is finer than a
// millisecond, which no entry is, counts up: no entry lies between.
func (c *call) instant(invalid *integration.Invalid, name string) time.Time {
	if !c.Query.Has(name) {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, c.Query.Get(name))
	t = integration.Instant(t.Add(time.Millisecond - time.Nanosecond))
	if year := t.Year(); err != nil || year < 1970 || year > 9999 {
		invalid.Add(name, strictjson.MustBeInstant)
		return time.Time{}
	}
	return t
}

func (p Audit) header(*call) map[string]string {
	header := map[string]string{"Vary": "Accept"}
	if p.NextCursor != nil {
		query := url.Values{}
		for name, values := range p.call.Query {
			query[name] = values
		}
		query.Set("cursor", *p.NextCursor)
		query.Set("format", p.format)
		next := url.URL{Path: p.call.Path, RawQuery: query.Encode()}
		header["Link"] = fmt.Sprintf(`<%s>; rel="next"`, next.String()) // RFC 8288
	}
	if p.format != auditJSON {
		header["Content-Disposition"] = fmt.Sprintf(`attachment; filename="audit.%s"`, p.format)
	}
	return header
}
