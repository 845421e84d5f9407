package contacts_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/private-integrations/private-integrations/pkg/bolt"
	"github.com/private-integrations/private-integrations/pkg/contacts"
	"github.com/private-integrations/private-integrations/pkg/gateway"
	"github.com/private-integrations/private-integrations/pkg/route"
	"github.com/private-integrations/private-integrations/pkg/table"
)

// api is the handler on a new data file. Its clock moves by a second at each
// look, and its ids are c001, c002 and so on.
type api struct {
	t        *testing.T
	store    contacts.Store
	handler  gateway.Handler
	document *openapi3.T
}

func newAPI(t *testing.T) *api {
	t.Helper()
	db, err := bolt.Open(filepath.Join(t.TempDir(), "data"), bolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	document, err := openapi3.NewLoader().LoadFromData(contacts.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	clock, ids := time.Date(2026, 11, 22, 12, 0, 0, 123_456_789, time.UTC), 0
	now := func() time.Time { clock = clock.Add(time.Second); return clock }
	newID := func() string { ids++; return fmt.Sprintf("c%03d", ids) }
	store := table.NewContacts(db)
	return &api{t, store, contacts.New(store, now, newID), document}
}

// request makes a request of an account from its method, target and body.
func request(account, method, target, body string) *gateway.Request {
	path, query, _ := strings.Cut(target, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		panic(err)
	}
	r := &gateway.Request{
		ID: "r-1", Method: method, Path: path, Query: values, Body: []byte(body),
		Header:     map[string]string{"version": contacts.Version},
		Authorizer: map[string]string{"accountId": account},
	}
	if body != "" {
		r.Header["content-type"] = "application/json"
	}
	return r
}

// do calls the handler and holds its answer against the OpenAPI document.
func (a *api) do(r *gateway.Request) *gateway.Response {
	a.t.Helper()
	response := a.handler(context.Background(), r)
	if operation := a.operation(r); operation != nil {
		if err := describes(operation, response); err != nil {
			a.t.Errorf("%s %s: the answer is not as the document says: %v\n%d %s", r.Method, r.Path, err, response.Status, response.Body)
		}
	}
	return response
}

// operation finds what the document says of r; nil if it has no such operation.
func (a *api) operation(r *gateway.Request) *openapi3.Operation {
	for template, item := range a.document.Paths.Map() {
		if _, found := route.Params(template, r.Path); found {
			return item.GetOperation(r.Method)
		}
	}
	return nil
}

func describes(operation *openapi3.Operation, response *gateway.Response) error {
	documented := operation.Responses.Status(response.Status)
	if documented == nil {
		return fmt.Errorf("no such status")
	}
	if len(documented.Value.Content) == 0 && len(response.Body) == 0 {
		return nil
	}
	media := documented.Value.Content[response.Header["Content-Type"]]
	if media == nil {
		return fmt.Errorf("no such media type")
	}
	var body any
	if err := json.Unmarshal(response.Body, &body); err != nil {
		return err
	}
	return media.Schema.Value.VisitJSON(body, openapi3.EnableJSONSchema2020())
}

// text is a response as it is written in conversations.
func text(r *gateway.Response) string {
	var b strings.Builder
	fmt.Fprintln(&b, r.Status)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		fmt.Fprintf(&b, "%s: %s\n", name, r.Header[name])
	}
	if len(r.Body) > 0 {
		fmt.Fprintf(&b, "\n%s\n", r.Body)
	}
	return b.String()
}
