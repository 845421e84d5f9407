package contacts

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/private-integrations/private-integrations/pkg/gateway"
	"github.com/private-integrations/private-integrations/pkg/integration"
)

const (
	defaultLimit = 20
	maxLimit     = 100
	// maxReads bounds how much of an account one search looks through: so many
	// times maxLimit contacts.
	maxReads = 10
)

// many is the body that answers with a page of contacts.
type many struct {
	Contacts []Contact `json:"contacts"`
	Meta     meta      `json:"meta"`
}

// meta says where the next page starts; null on the last one.
type meta struct {
	StartAfterID *string `json:"startAfterId"`
}

// filter is what a list was asked for.
type filter struct {
	limit        int
	startAfterID string
	query        string
}

// list answers with a page of contacts, highest id first. A search looks at a
// bounded number of them, so that its page may be short, and even empty,
// before the last.
func (a *api) list(ctx context.Context, c call) (*gateway.Response, error) {
	f, err := readFilter(c.Query)
	if err != nil {
		return nil, err
	}
	page, last, err := a.page(ctx, c.account, f)
	if err != nil {
		return nil, err
	}
	body := many{Contacts: page}
	if last != "" {
		body.Meta.StartAfterID = &last
	}
	return respond(http.StatusOK, body)
}

// page gathers a page, and tells the last contact that was looked at if there
// may be more behind it.
func (a *api) page(ctx context.Context, account string, f filter) (page []Contact, last string, err error) {
	batch := f.limit + 1 // one more tells whether there is another page
	if f.query != "" {
		batch = maxLimit
	}
	page = []Contact{}
	last = f.startAfterID
	for range maxReads {
		found, err := a.store.List(ctx, account, last, batch)
		if err != nil {
			return nil, "", err
		}
		for _, c := range found {
			if len(page) == f.limit {
				return page, last, nil
			}
			if f.fits(c) {
				page = append(page, c)
			}
			last = c.ID
		}
		if len(found) < batch {
			return page, "", nil
		}
	}
	return page, last, nil
}

// fits reports whether the query is part of c's name or e-mail address.
func (f filter) fits(c Contact) bool {
	query := strings.ToLower(f.query)
	return strings.Contains(strings.ToLower(c.FirstName+" "+c.LastName), query) ||
		strings.Contains(strings.ToLower(c.Email), query)
}

// readFilter ignores parameters that it does not know, as the authorizer does.
func readFilter(values url.Values) (filter, error) {
	f := filter{limit: defaultLimit, startAfterID: values.Get("startAfterId"), query: values.Get("query")}
	var invalid integration.Invalid
	for _, name := range []string{"limit", "startAfterId", "query"} {
		if len(values[name]) > 1 {
			invalid.Add(name, "must be given once")
		}
	}
	if values.Has("limit") {
		var err error
		if f.limit, err = strconv.Atoi(values.Get("limit")); err != nil || f.limit < 1 || f.limit > maxLimit {
			invalid.Add("limit", "must be a whole number from 1 to %d", maxLimit)
		}
	}
	if f.startAfterID != "" && !validID.MatchString(f.startAfterID) {
		invalid.Add("startAfterId", "must be the id of a contact")
	}
	if !utf8.ValidString(f.query) || utf8.RuneCountInString(f.query) > maxText {
		invalid.Add("query", "must be text of at most %d characters", maxText)
	}
	return f, invalid.Err()
}
