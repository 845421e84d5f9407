package contacts

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/private-integrations/private-integrations/pkg/gateway"
	"github.com/private-integrations/private-integrations/pkg/problem"
	"github.com/private-integrations/private-integrations/pkg/route"
	"github.com/private-integrations/private-integrations/pkg/strictjson"
)

// Version is the only value of the Version header that calls may have.
const Version = "2021-07-28"

const (
	collectionPath = "/contacts"
	contactPath    = "/contacts/{contactId}"
)

// New makes the handler of all operations. It does not look at scopes: the
// authorizer in front of it has. The ids that newID makes ascend with time, as
// ULIDs do, so that lists, which are in their order, show the newest first.
func New(store Store, now func() time.Time, newID func() string) gateway.Handler {
	a := &api{store: store, now: now, newID: newID}
	return func(ctx context.Context, r *gateway.Request) *gateway.Response {
		response, err := a.serve(ctx, r)
		if err != nil {
			return refuse(ctx, r, err)
		}
		return response
	}
}

type api struct {
	store Store
	now   func() time.Time
	newID func() string
}

// call is a request of which it is known who sent it and what it is about.
type call struct {
	*gateway.Request
	account string
	id      string // of the contact; empty for the collection
}

type operation func(context.Context, call) (*gateway.Response, error)

func (a *api) serve(ctx context.Context, r *gateway.Request) (*gateway.Response, error) {
	c := call{Request: r, account: r.Authorizer["accountId"]}
	if c.account == "" {
		return nil, refusal(problem.Unavailable) // no authorizer spoke: whose contacts?
	}
	if r.Header["version"] != Version {
		return nil, refusal(problem.VersionRequired)
	}
	var operations map[string]operation
	operations, c.id = a.resource(r.Path)
	if operations == nil {
		return nil, ErrNotFound
	}
	do, found := operations[r.Method]
	if !found {
		response := refuse(ctx, r, refusal(problem.MethodNotAllowed))
		response.Header["Allow"] = strings.Join(slices.Sorted(maps.Keys(operations)), ", ")
		return response, nil
	}
	return do(ctx, c)
}

var validID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// resource finds what can be done at path, nil for nothing, and with which
// contact.
func (a *api) resource(path string) (operations map[string]operation, id string) {
	if _, found := route.Params(collectionPath, path); found {
		return map[string]operation{"GET": a.list, "POST": a.create}, ""
	}
	params, found := route.Params(contactPath, path)
	if !found || !validID.MatchString(params["contactId"]) {
		return nil, ""
	}
	return map[string]operation{"GET": a.get, "PUT": a.update, "DELETE": a.delete}, params["contactId"]
}

// refusal is the error whose answer is the problem of this code.
type refusal problem.Code

func (r refusal) Error() string { return string(r) }

// refuse tells a client what err means for it.
func refuse(ctx context.Context, r *gateway.Request, err error) *gateway.Response {
	p, known := strictjson.Problem(err)
	switch code := refusal(""); {
	case known:
	case errors.As(err, &code):
		p = problem.New(problem.Code(code))
	case errors.Is(err, ErrNotFound):
		p = problem.New(problem.NotFound)
	default:
		slog.ErrorContext(ctx, "contacts fault", "error", err, "requestId", r.ID)
		p = problem.New(problem.Internal)
	}
	p.RequestID = r.ID
	return gateway.ProblemResponse(p)
}

func respond(status int, body any) (*gateway.Response, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	header := map[string]string{"Content-Type": "application/json", "Cache-Control": "no-store"}
	return &gateway.Response{Status: status, Header: header, Body: b}, nil
}

// one is the body that answers with one contact.
type one struct {
	Contact Contact `json:"contact"`
}

func (a *api) get(ctx context.Context, c call) (*gateway.Response, error) {
	found, err := a.store.Get(ctx, c.account, c.id)
	if err != nil {
		return nil, err
	}
	return respond(http.StatusOK, one{found})
}

func (a *api) create(ctx context.Context, c call) (*gateway.Response, error) {
	now := a.instant()
	created := Contact{ID: a.newID(), Fields: Fields{Tags: []string{}}, DateAdded: now, DateUpdated: now}
	if err := read(c, &created.Fields); err != nil {
		return nil, err
	}
	if err := a.store.Create(ctx, c.account, created); err != nil {
		return nil, err
	}
	return respond(http.StatusCreated, one{created})
}

// update changes the fields that are sent, and leaves the others.
func (a *api) update(ctx context.Context, c call) (*gateway.Response, error) {
	updated, err := a.store.Get(ctx, c.account, c.id)
	if err != nil {
		return nil, err
	}
	if err := read(c, &updated.Fields); err != nil {
		return nil, err
	}
	updated.DateUpdated = a.instant()
	if err := a.store.Replace(ctx, c.account, updated); err != nil {
		return nil, err
	}
	return respond(http.StatusOK, one{updated})
}

func (a *api) delete(ctx context.Context, c call) (*gateway.Response, error) {
	if err := a.store.Delete(ctx, c.account, c.id); err != nil {
		return nil, err
	}
	return &gateway.Response{Status: http.StatusNoContent, Header: map[string]string{"Cache-Control": "no-store"}}, nil
}

// read puts what the body sets into fields.
func read(c call, fields *Fields) error {
	if !strictjson.CheckContentType(c.Header["content-type"]) {
		return refusal(problem.UnsupportedMedia)
	}
	if len(c.Body) > strictjson.MaxBody {
		return refusal(problem.BodyTooLarge)
	}
	if err := strictjson.Decode(c.Body, fields); err != nil {
		return err
	}
	return fields.check()
}

// instant is now as it is stored.
func (a *api) instant() time.Time { return a.now().UTC().Truncate(time.Millisecond) }
