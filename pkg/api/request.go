package api

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/gateway"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/strictjson"
)

// callerOf reads who asks from the claims that the gateway has checked. Without
// claims nothing is done: a route could have lost its authorizer.
func (a *API) callerOf(r *gateway.Request) (manage.Caller, error) {
	if r.Claims["iss"] == "" || r.Claims["sub"] == "" {
		return manage.Caller{}, errNoClaims
	}
	return manage.Caller{
		Actor:  fact.Actor{ID: r.Claims["sub"], Email: r.Claims["email"], Address: r.Address},
		Issuer: r.Claims["iss"],
		Roles:  account.RolesOf(r.Claims[a.Claim]),
	}, nil
}

// versionsOf reads an If-Match header (RFC 9110, section 13.1.1): nil for "*".
// Tags that are not of this API's form are those of no version.
func versionsOf(header string) ([]int64, error) {
	if strings.TrimSpace(header) == "*" {
		return nil, nil
	}
	versions := []int64{}
	for _, tag := range strings.Split(header, ",") {
		tag = strings.TrimSpace(tag)
		if len(tag) < 2 || tag[0] != '"' && !strings.HasPrefix(tag, "W/\"") || tag[len(tag)-1] != '"' {
			invalid := &integration.Invalid{}
			invalid.Add("If-Match", `must be an ETag as it was given, such as "3", with its quotes`)
			return nil, invalid
		}
		if n, err := strconv.ParseInt(strings.Trim(tag, `"`), 10, 64); err == nil && tag == etag(n) {
			versions = append(versions, n)
		}
	}
	return versions, nil
}

func etag(version int64) string { return strconv.Quote(strconv.FormatInt(version, 10)) }

// maxParameterFaults bounds how many faults of a query are told.
const maxParameterFaults = 10

// checkQuery refuses parameters that the operation does not have, or has once.
func (c *call) checkQuery() error {
	var takes []string
	for _, p := range c.operation.Query {
		takes = append(takes, p.Name)
	}
	invalid := &integration.Invalid{}
	for _, name := range slices.Sorted(maps.Keys(c.Query)) {
		if len(invalid.Fields) == maxParameterFaults {
			break
		}
		switch {
		case !slices.Contains(takes, name):
			field := name
			if !strictjson.Harmless(name) {
				field = "a query parameter"
			}
			invalid.Add(field, "is not a query parameter of this operation, which takes %s", cmp.Or(strings.Join(takes, ", "), "none"))
		case len(c.Query[name]) > 1:
			invalid.Add(name, "must be given once")
		}
	}
	return invalid.Err()
}

// deadline reads an instant of a body; zero for none. The zero that stands for
// none is an instant as well, in the year 1, which no client may set by it; and
// RFC 3339, in which it is shown in UTC, ends with the year 9999.
func deadline(invalid *integration.Invalid, field string, at strictjson.Optional[time.Time]) time.Time {
	if at.Value == nil {
		return time.Time{}
	}
	t := integration.Instant(*at.Value)
	if year := t.Year(); year < 1970 || year > 9999 {
		invalid.Add(field, "must be from the years 1970 to 9999, in UTC")
	}
	return t
}

const (
	defaultLimit = 20
	maxLimit     = 100
	maxQuery     = 200

	maxScopesQuery = 8000 // bytes
)

// limit reads how many entries are asked for.
func (c *call) limit() (int, error) { return c.number("limit") }

// number reads a parameter that is a whole number, within the bounds that the
// operation's table says.
func (c *call) number(name string) (int, error) {
	text := c.Query.Get(name)
	at := slices.IndexFunc(c.operation.Query, func(p Parameter) bool { return p.Name == name })
	p := c.operation.Query[at]
	if !c.Query.Has(name) {
		return p.Default, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < p.Minimum || n > p.Maximum || strconv.Itoa(n) != text {
		invalid := &integration.Invalid{}
		invalid.Add(name, "must be a whole number from %d to %d", p.Minimum, p.Maximum)
		return 0, invalid
	}
	return n, nil
}

// filter reads what a list is narrowed to.
func (c *call) filter() (manage.Filter, error) {
	f := manage.Filter{Query: strings.TrimSpace(c.Query.Get("query")), Status: integration.Status(c.Query.Get("status"))}
	invalid := &integration.Invalid{}
	if len(f.Query) > maxQuery {
		invalid.Add("query", "must have at most %d bytes", maxQuery)
	}
	if c.Query.Has("status") && !slices.Contains(integration.Statuses, f.Status) {
		invalid.Add("status", "must be one of %s", strings.Join(texts(integration.Statuses), ", "))
	}
	return f, invalid.Err()
}

// position opens the request's cursor of a list; empty without one.
func (a *API) position(ctx context.Context, c *call, list string) (string, error) {
	if !c.Query.Has("cursor") {
		return "", nil
	}
	_, key, err := a.Cursors.Current(ctx)
	if err != nil {
		return "", err
	}
	return key.Open(list, c.Query.Get("cursor"))
}

// nextCursor seals a position in a list; nil where the list ends.
func (a *API) nextCursor(ctx context.Context, list, position string) (*string, error) {
	if position == "" {
		return nil, nil
	}
	_, key, err := a.Cursors.Current(ctx)
	if err != nil {
		return nil, err
	}
	sealed := key.Seal(list, position)
	return &sealed, nil
}
