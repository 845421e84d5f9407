package contacts_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/contacts"
	"github.com/private-integrations/private-integrations/pkg/gateway"
	"github.com/private-integrations/private-integrations/pkg/problem"
	"github.com/private-integrations/private-integrations/pkg/strictjson"
)

const ada = `{"firstName":"Ada"}`

// verbs are all operations on a contact.
func verbs(account, id string) []*gateway.Request {
	return []*gateway.Request{
		request(account, "GET", "/contacts/"+id, ""),
		request(account, "PUT", "/contacts/"+id, `{"firstName":"Eve"}`),
		request(account, "DELETE", "/contacts/"+id, ""),
	}
}

func TestForeignContactIsAnsweredLikeAMissingOne(t *testing.T) {
	a := newAPI(t)
	a.do(request("acme", "POST", "/contacts/", ada))
	missing := verbs("globex", "c999")
	for n, r := range verbs("globex", "c001") {
		want, got := a.do(missing[n]), a.do(r)
		if diff := cmp.Diff(text(want), text(got)); got.Status != http.StatusNotFound || diff != "" {
			t.Errorf("%s: status %d (-missing +foreign):\n%s", r.Method, got.Status, diff)
		}
	}
	if got := a.do(request("acme", "GET", "/contacts/c001", "")); !strings.Contains(string(got.Body), `"Ada"`) {
		t.Errorf("another account changed the contact: %s", got.Body)
	}
}

func TestAccountIsTheAuthorizersOrNone(t *testing.T) {
	a := newAPI(t)
	a.do(request("acme", "POST", "/contacts/", ada))
	for _, authorizer := range []map[string]string{nil, {}, {"accountId": ""}, {"AccountId": "acme"}} {
		for _, r := range verbs("", "c001") {
			r.Authorizer = authorizer
			r.Header["x-account-id"] = "acme"
			if got := a.do(r); got.Status != http.StatusServiceUnavailable {
				t.Errorf("%s with %v: status %d, want 503", r.Method, authorizer, got.Status)
			}
		}
	}
}

func TestEveryCallNeedsItsVersion(t *testing.T) {
	a := newAPI(t)
	for _, r := range append(verbs("acme", "c001"), request("acme", "GET", "/contacts/", ""), request("acme", "POST", "/contacts/", ada)) {
		delete(r.Header, "version")
		if got := a.do(r); got.Status != 400 || !strings.Contains(string(got.Body), contacts.Version) {
			t.Errorf("%s %s: %d %s", r.Method, r.Path, got.Status, got.Body)
		}
	}
}

func TestPathsThatAreNoContactsAreNotFound(t *testing.T) {
	a := newAPI(t)
	for _, path := range []string{
		"", "/", "/contact", "/Contacts/", "//contacts", "/contacts//", "/contacts/c001//", "/contacts/c001/x", "/contacts/a.b",
		"/contacts/%2e", "/contacts/a%2fb", "/contacts/..", "/contacts/a;b", "/contacts/a b", "/contacts/é", "/contacts/a\x00",
		"/contacts/" + strings.Repeat("a", 65),
	} {
		if got := a.do(request("acme", "GET", path, "")); got.Status != http.StatusNotFound {
			t.Errorf("%q: status %d, want 404", path, got.Status)
		}
	}
}

func TestBodiesThatCantBeTrustedAreRefused(t *testing.T) {
	a := newAPI(t)
	a.do(request("acme", "POST", "/contacts/", ada))
	for _, c := range []struct {
		name, contentType, body string
		code                    problem.Code
	}{
		{"duplicate name", "application/json", `{"email":"a@example.com","email":"b@example.com"}`, problem.InvalidJSON},
		{"invalid UTF-8", "application/json", "{\"firstName\":\"\xff\"}", problem.InvalidJSON},
		{"lone surrogate", "application/json", `{"firstName":"\ud800"}`, problem.InvalidJSON},
		{"list", "application/json", `[]`, problem.InvalidJSON},
		{"trailing data", "application/json", ada + ada, problem.InvalidJSON},
		{"unknown field", "application/json", `{"id":"c002"}`, problem.ValidationFailed},
		{"other letter case", "application/json", `{"firstname":"Ada"}`, problem.ValidationFailed},
		{"null", "application/json", `{"firstName":null}`, problem.ValidationFailed},
		{"wrong type", "application/json", `{"tags":"customer"}`, problem.ValidationFailed},
		{"too large", "application/json", `{"firstName":"` + strings.Repeat("a", strictjson.MaxBody) + `"}`, problem.BodyTooLarge},
		{"one byte too large", "application/json", ada + strings.Repeat(" ", strictjson.MaxBody+1-len(ada)), problem.BodyTooLarge},
		{"text", "text/plain", ada, problem.UnsupportedMedia},
		{"no type", "", ada, problem.UnsupportedMedia},
		{"other charset", "application/json; charset=latin1", ada, problem.UnsupportedMedia},
	} {
		for _, r := range []*gateway.Request{
			request("acme", "POST", "/contacts/", c.body), request("acme", "PUT", "/contacts/c001", c.body),
		} {
			r.Header["content-type"] = c.contentType
			if got := problemOf(t, a.do(r)); got.Code != c.code {
				t.Errorf("%s, %s: code %q, want %q", r.Method, c.name, got.Code, c.code)
			}
		}
	}
	largest := ada + strings.Repeat(" ", strictjson.MaxBody-len(ada))
	if got := a.do(request("acme", "POST", "/contacts/", largest)); got.Status != http.StatusCreated {
		t.Errorf("a body of exactly 64 KB: status %d", got.Status)
	}
}

func problemOf(t *testing.T, r *gateway.Response) problem.Problem {
	t.Helper()
	var p problem.Problem
	if err := json.Unmarshal(r.Body, &p); err != nil || p.Status != r.Status {
		t.Errorf("not a problem of status %d: %s (%v)", r.Status, r.Body, err)
	}
	return p
}

func TestFieldsKeepToTheirRules(t *testing.T) {
	a := newAPI(t)
	long := func(n int) string { return strings.Repeat("é", n) }
	tags := func(n int) string {
		return `{"firstName":"a","tags":[` + strings.TrimSuffix(strings.Repeat(`"a",`, n), ",") + `]}`
	}
	for body, field := range map[string]string{
		`{}`:                                                       "firstName",
		`{"companyName":"a","tags":["a"]}`:                         "firstName",
		`{"firstName":" \u200b\u3000"}`:                            "firstName",
		`{"lastName":"Hopper"}`:                                    "",
		`{"email":"a@example.com"}`:                                "",
		`{"phone":"+12025550102"}`:                                 "",
		`{"firstName":"` + long(100) + `"}`:                        "",
		`{"firstName":"` + long(101) + `"}`:                        "firstName",
		`{"lastName":"` + long(101) + `"}`:                         "lastName",
		`{"lastName":"a","companyName":"` + long(101) + `"}`:       "companyName",
		`{"firstName":"a\u0000"}`:                                  "firstName",
		`{"firstName":"a\u202eb"}`:                                 "firstName",
		`{"firstName":"\u202e"}`:                                   "firstName",
		`{"firstName":"a","tags":["\u202e"]}`:                      "tags[0]",
		`{"firstName":"<img onerror=alert(1)>"}`:                   "",
		`{"email":"example.com"}`:                                  "email",
		`{"email":"Ada <a@example.com>"}`:                          "email",
		`{"email":"a@example.com, b@example.com"}`:                 "email",
		`{"email":"a@example.com\r\nBcc: b@example.com"}`:          "email",
		`{"email":"a\u202eb@example.com"}`:                         "email",
		`{"email":"` + strings.Repeat("a", 243) + `@example.com"}`: "email",
		`{"phone":"2025550102"}`:                                   "phone",
		`{"phone":"+0123456789"}`:                                  "phone",
		`{"phone":"+1 202 555 0102"}`:                              "phone",
		`{"phone":"+123456"}`:                                      "phone",
		`{"phone":"+1234567890123456"}`:                            "phone",
		`{"phone":"+12025550102\n"}`:                               "phone",
		tags(50):                                                   "",
		tags(51):                                                   "tags",
		`{"firstName":"a","tags":["a","b\u0007"]}`:                 "tags[1]",
		`{"firstName":"a","tags":["a"," "]}`:                       "tags[1]",
	} {
		response := a.do(request("acme", "POST", "/contacts/", body))
		if field == "" {
			if response.Status != http.StatusCreated {
				t.Errorf("%s: %d %s", body, response.Status, response.Body)
			}
			continue
		}
		p := problemOf(t, response)
		if p.Code != problem.ValidationFailed || len(p.Errors) != 1 || p.Errors[0].Field != field {
			t.Errorf("%s: %s, want a fault in %s", body, response.Body, field)
		}
	}
}

// page is the body of a list.
type page struct {
	Contacts []contacts.Contact `json:"contacts"`
	Meta     struct {
		StartAfterID *string `json:"startAfterId"`
	} `json:"meta"`
}

func (a *api) page(target string) page {
	a.t.Helper()
	response := a.do(request("acme", "GET", target, ""))
	var p page
	if err := json.Unmarshal(response.Body, &p); err != nil || response.Status != http.StatusOK {
		a.t.Fatalf("%s: %d %s", target, response.Status, response.Body)
	}
	return p
}

// fill gives an account some contacts, every fiftieth with the name Grace.
func (a *api) fill(n int) (ids []string) {
	a.t.Helper()
	for i := range n {
		c := contacts.Contact{
			ID: fmt.Sprintf("f%04d", i), Fields: contacts.Fields{FirstName: "Ada", Tags: []string{}},
			DateAdded: time.UnixMilli(1).UTC(), DateUpdated: time.UnixMilli(1).UTC(),
		}
		if i%50 == 0 {
			c.FirstName, c.Email = "Grace", "grace@example.com"
		}
		if err := a.store.Create(context.Background(), "acme", c); err != nil {
			a.t.Fatal(err)
		}
		ids = append(ids, c.ID)
	}
	slices.Reverse(ids)
	return ids
}

func TestPagesShowEachOf250ContactsOnce(t *testing.T) {
	a := newAPI(t)
	want := a.fill(250)
	for _, c := range []struct{ limit, pages int }{{1, 250}, {7, 36}, {50, 5}, {100, 3}} {
		var got []string
		pages, after := 0, ""
		for {
			p := a.page(fmt.Sprintf("/contacts/?limit=%d&startAfterId=%s", c.limit, after))
			for _, found := range p.Contacts {
				got = append(got, found.ID)
			}
			pages++
			if p.Meta.StartAfterID == nil {
				break
			}
			after = *p.Meta.StartAfterID
		}
		if diff := cmp.Diff(want, got); pages != c.pages || diff != "" {
			t.Errorf("limit %d: %d pages, want %d (-want +got):\n%s", c.limit, pages, c.pages, diff)
		}
	}
	if got := len(a.page("/contacts/").Contacts); got != 20 {
		t.Errorf("%d contacts without a limit, want 20", got)
	}
}

func TestListParametersKeepToTheirRules(t *testing.T) {
	a := newAPI(t)
	for query, field := range map[string]string{
		"limit=1": "", "limit=100": "", "limit=0": "limit", "limit=101": "limit", "limit=-1": "limit", "limit=1.0": "limit", "limit=": "limit",
		"startAfterId=": "", "startAfterId=" + strings.Repeat("a", 64): "", "startAfterId=" + strings.Repeat("a", 65): "startAfterId",
		"startAfterId=a%00": "startAfterId", "startAfterId=a&startAfterId=b": "startAfterId",
		"query=" + strings.Repeat("%C3%A9", 100): "", "query=" + strings.Repeat("%C3%A9", 101): "query", "query=%FF": "query",
		"locationId=1&locationId=2": "",
	} {
		response := a.do(request("acme", "GET", "/contacts/?"+query, ""))
		if field == "" && response.Status == http.StatusOK {
			continue
		}
		if p := problemOf(t, response); len(p.Errors) != 1 || p.Errors[0].Field != field {
			t.Errorf("%s: %s, want a fault in %q", query, response.Body, field)
		}
	}
}

// reads is a store that counts how often it is listed.
type reads struct {
	contacts.Store
	n int
}

func (s *reads) List(ctx context.Context, account, before string, limit int) ([]contacts.Contact, error) {
	s.n++
	return s.Store.List(ctx, account, before, limit)
}

func TestPageIsOneReadOfTheStore(t *testing.T) {
	a := newAPI(t)
	a.fill(8)
	store := &reads{Store: a.store}
	a.handler = contacts.New(store, time.Now, nil)
	for _, after := range []string{"", "f0004"} {
		store.n = 0
		if p := a.page("/contacts/?limit=4&startAfterId=" + after); len(p.Contacts) != 4 || store.n != 1 {
			t.Errorf("after %q: %d contacts in %d reads", after, len(p.Contacts), store.n)
		}
	}
}

func TestPagingGoesOnBehindADeletedContact(t *testing.T) {
	a := newAPI(t)
	ids := a.fill(5)
	first := a.page("/contacts/?limit=2")
	a.do(request("acme", "DELETE", "/contacts/"+*first.Meta.StartAfterID, ""))
	second := a.page("/contacts/?limit=2&startAfterId=" + *first.Meta.StartAfterID)
	if second.Contacts[0].ID != ids[2] {
		t.Errorf("the second page starts with %s, want %s", second.Contacts[0].ID, ids[2])
	}
}

func TestSearchLooksAtABoundedNumberOfContacts(t *testing.T) {
	a := newAPI(t)
	a.fill(1120)
	for _, query := range []string{"GRACE", "grace%40"} {
		first := a.page("/contacts/?limit=100&query=" + query)
		if first.Meta.StartAfterID == nil || *first.Meta.StartAfterID != "f0120" || len(first.Contacts) != 20 {
			t.Fatalf("%s: the first 1,000 contacts gave %d, and go on after %v", query, len(first.Contacts), first.Meta.StartAfterID)
		}
		second := a.page("/contacts/?limit=100&query=" + query + "&startAfterId=f0120")
		if second.Meta.StartAfterID != nil || len(second.Contacts) != 3 {
			t.Errorf("%s: the rest gave %d, and go on after %v", query, len(second.Contacts), second.Meta.StartAfterID)
		}
	}
	if p := a.page("/contacts/?limit=3&query=grace"); len(p.Contacts) != 3 || p.Meta.StartAfterID == nil {
		t.Errorf("a search for 3 gave %d, and goes on after %v", len(p.Contacts), p.Meta.StartAfterID)
	}
}

// deletedMeanwhile is a store in which each contact is deleted by another
// caller between being read and being replaced.
type deletedMeanwhile struct{ contacts.Store }

func (s deletedMeanwhile) Replace(ctx context.Context, account string, c contacts.Contact) error {
	if err := s.Delete(ctx, account, c.ID); err != nil {
		return err
	}
	return s.Store.Replace(ctx, account, c)
}

func TestUpdateNeverBringsBackADeletedContact(t *testing.T) {
	a := newAPI(t)
	ids := a.fill(1)
	a.handler = contacts.New(deletedMeanwhile{a.store}, time.Now, nil)
	if got := a.do(request("acme", "PUT", "/contacts/"+ids[0], ada)); got.Status != http.StatusNotFound {
		t.Errorf("the update is answered with %d, want 404", got.Status)
	}
	if got := a.do(request("acme", "GET", "/contacts/"+ids[0], "")); got.Status != http.StatusNotFound {
		t.Errorf("the contact is back: %s", got.Body)
	}
}

func TestFaultsOfTheStoreAreNotTold(t *testing.T) {
	a := newAPI(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, r := range append(verbs("acme", "c001"), request("acme", "GET", "/contacts/", ""), request("acme", "POST", "/contacts/", ada)) {
		got := a.handler(ctx, r)
		if p := problemOf(t, got); p.Code != problem.Internal || strings.Contains(string(got.Body), "cancel") {
			t.Errorf("%s %s: %d %s", r.Method, r.Path, got.Status, got.Body)
		}
	}
}

func TestSamplesAreContactsLikeAnyOther(t *testing.T) {
	a := newAPI(t)
	for _, sample := range contacts.Samples(time.Date(2026, 11, 22, 13, 0, 0, 1, time.FixedZone("", 3600))) {
		if err := a.store.Create(context.Background(), "acme", sample); err != nil {
			t.Fatal(err)
		}
		response := a.do(request("acme", "GET", "/contacts/"+sample.ID, ""))
		var got struct{ Contact contacts.Contact }
		if err := json.Unmarshal(response.Body, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(sample, got.Contact); diff != "" {
			t.Errorf("(-sample +got):\n%s", diff)
		}
		fields, err := json.Marshal(sample.Fields)
		if err != nil {
			t.Fatal(err)
		}
		if again := a.do(request("acme", "POST", "/contacts/", string(fields))); again.Status != http.StatusCreated {
			t.Errorf("a client could not create %s: %s", sample.ID, again.Body)
		}
	}
	for _, id := range []string{"ada", "grace", "linus"} {
		if got := a.do(request("acme", "GET", "/contacts/"+id, "")); got.Status != http.StatusOK {
			t.Errorf("%s: status %d", id, got.Status)
		}
	}
}
