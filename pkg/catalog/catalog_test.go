package catalog_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/catalog"
	"github.com/private-integrations/private-integrations/pkg/route"
	"github.com/private-integrations/private-integrations/pkg/scope"
)

func anyOf(sets ...scope.Set) []scope.Set { return sets }

func sample(t testing.TB, more ...catalog.Operation) *catalog.Catalog {
	t.Helper()
	c, err := catalog.New([]catalog.Scope{
		{Name: "contacts.write"}, {Name: "contacts.readonly", Description: "See contacts"},
		{Name: "calendars.readonly"}, {Name: "calendars/groups.readonly"}, {Name: "reports"},
	}, append([]catalog.Operation{
		{Method: "GET", Path: "/contacts/{id}", Summary: "Get a contact", Requirement: anyOf(scope.NewSet("contacts.readonly"))},
		{Method: "PUT", Path: "/contacts/{id}", Requirement: anyOf(scope.NewSet("contacts.write"))},
		{Method: "GET", Path: "/contacts/", Requirement: anyOf(scope.NewSet("contacts.readonly"))},
		{Method: "GET", Path: "/calendars/{id}", Requirement: anyOf(scope.NewSet("calendars.readonly"))},
		{Method: "GET", Path: "/calendars/groups", Requirement: anyOf(scope.NewSet("calendars/groups.readonly"))},
		{Method: "POST", Path: "/reports", Requirement: anyOf(scope.NewSet("contacts.readonly", "calendars.readonly"), scope.NewSet("reports"), scope.NewSet("reports"))},
		{Method: "GET", Path: "/me", Unscoped: true},
	}, more...))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRequestsNeedTheScopesOfTheirOwnOperationOnly(t *testing.T) {
	c := sample(t)
	for _, tc := range []struct {
		method, path string
		granted      scope.Set
		permitted    bool
		needs        string
	}{
		{"GET", "/contacts/1", scope.NewSet("contacts.readonly"), true, "contacts.readonly"},
		{"GET", "/contacts/1/", scope.NewSet("contacts.readonly"), true, "contacts.readonly"},
		{"GET", "/contacts/1", scope.NewSet("contacts.write"), false, "contacts.readonly"},
		{"GET", "/contacts/1", nil, false, "contacts.readonly"},
		{"PUT", "/contacts/1", scope.NewSet("contacts.readonly"), false, "contacts.write"},
		{"GET", "/contacts", scope.NewSet("contacts.readonly"), true, "contacts.readonly"},
		{"GET", "/calendars/groups", scope.NewSet("calendars.readonly"), false, "calendars/groups.readonly"},
		{"GET", "/calendars/groups", scope.NewSet("calendars/groups.readonly"), true, "calendars/groups.readonly"},
		{"GET", "/calendars/g1", scope.NewSet("calendars.readonly", "reports"), true, "calendars.readonly"},
		{"POST", "/reports", scope.NewSet("reports"), true, "reports"},
		{"POST", "/reports", scope.NewSet("calendars.readonly", "contacts.readonly"), true, "reports"},
		{"POST", "/reports", scope.NewSet("calendars.readonly"), false, "reports"},
		{"GET", "/me", nil, true, ""},
	} {
		o, err := c.Match(tc.method, tc.path)
		if err != nil {
			t.Errorf("%s %s: %v", tc.method, tc.path, err)
			continue
		}
		if got := o.Permits(tc.granted); got != tc.permitted {
			t.Errorf("%s %s with %q: permitted %v", tc.method, tc.path, tc.granted, got)
		}
		if got := o.Needs(); got != tc.needs {
			t.Errorf("%s %s needs %q, want %q", tc.method, tc.path, got, tc.needs)
		}
	}
}

func TestPathsOutsideOfTheCatalogueMatchNothing(t *testing.T) {
	c := sample(t)
	for path, want := range map[string]error{
		"/nothing": route.ErrNotFound, "/Contacts/1": route.ErrNotFound, "/calendars/Groups": route.ErrAmbiguous,
		"//contacts/1": route.ErrPath, "/contacts/1%2f2": route.ErrPath, "/contacts/1//": route.ErrPath, "/contacts/..": route.ErrPath,
	} {
		if o, err := c.Match("GET", path); !errors.Is(err, want) {
			t.Errorf("%s: %v, %v", path, o, err)
		}
	}
	if _, err := c.Match("DELETE", "/contacts/1"); !errors.Is(err, route.ErrNotFound) {
		t.Errorf("DELETE: %v", err)
	}
}

func TestClosedOperationDoesNotPassForAWiderOne(t *testing.T) {
	made, err := catalog.New([]catalog.Scope{{Name: "links.readonly"}},
		[]catalog.Operation{{Method: "GET", Path: "/links/{id}", Requirement: anyOf(scope.NewSet("links.readonly"))}},
		route.Route{Method: "GET", Template: "/links/search"}, route.Route{Method: "GET", Template: "/links/all"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*catalog.Catalog{made, reread(t, made)} {
		if o, err := c.Match("GET", "/links/search"); !errors.Is(err, catalog.ErrClosed) {
			t.Errorf("/links/search: %v, %v", o, err)
		}
		if o, err := c.Match("GET", "/links/Search"); !errors.Is(err, route.ErrAmbiguous) {
			t.Errorf("/links/Search: %v, %v", o, err)
		}
		if o, err := c.Match("GET", "/links/1"); err != nil || o.Needs() != "links.readonly" {
			t.Errorf("/links/1: %v, %v", o, err)
		}
	}
}

func TestInconsistentCataloguesAreRefused(t *testing.T) {
	known := []catalog.Scope{{Name: "a"}}
	of := func(o catalog.Operation) []catalog.Operation { return []catalog.Operation{o} }
	needA := anyOf(scope.NewSet("a"))
	for want, tc := range map[string]struct {
		scopes     []catalog.Scope
		operations []catalog.Operation
	}{
		"scope a is listed twice":           {[]catalog.Scope{{Name: "a"}, {Name: "a"}}, nil},
		`scope "a b"`:                       {[]catalog.Scope{{Name: "a b"}}, nil},
		`GET /x: it requires "b"`:           {known, of(catalog.Operation{Method: "GET", Path: "/x", Requirement: anyOf(scope.NewSet("b"))})},
		"requires no scope":                 {known, of(catalog.Operation{Method: "GET", Path: "/x", Requirement: anyOf(nil, scope.NewSet("a"))})},
		"either require scopes or be":       {known, of(catalog.Operation{Method: "GET", Path: "/x"})},
		"GET /y: it must either":            {known, of(catalog.Operation{Method: "GET", Path: "/y", Requirement: needA, Unscoped: true})},
		"upper case":                        {known, of(catalog.Operation{Method: "get", Path: "/x", Requirement: needA})},
		"empty segment":                     {known, of(catalog.Operation{Method: "GET", Path: "/x//y", Requirement: needA})},
		"match the same paths":              {known, []catalog.Operation{{Method: "GET", Path: "/x/{a}", Requirement: needA}, {Method: "GET", Path: "/x/{b}/", Requirement: needA}}},
		"DELETE /token: the gateway itself": {known, of(catalog.Operation{Method: "DELETE", Path: "/token", Requirement: needA})},
		"GET /healthz/: the gateway itself": {known, of(catalog.Operation{Method: "GET", Path: "/healthz/", Requirement: needA})},
	} {
		if _, err := catalog.New(tc.scopes, tc.operations); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestV1IsTheAPIsOwnOnlyWhereItDeclaresIt(t *testing.T) {
	need := anyOf(scope.NewSet("reports"))
	for path, want := range map[string]bool{
		"/v1": true, "/v1/": true, "/v1/users": true, "/v1/{id}": true, "/v10": false, "/v1x/users": false, "/{version}/users": false, "/tokens": false, "/token/{id}": false, "/{x}": false,
	} {
		c := sample(t, catalog.Operation{Method: "GET", Path: path, Requirement: need})
		if got := reread(t, c).ServesV1(); got != want || c.ServesV1() != want {
			t.Errorf("%s: ServesV1 = %v, after a round trip %v", path, c.ServesV1(), got)
		}
	}
}

func TestListingGroupsOperationsByScope(t *testing.T) {
	got := sample(t).Listing()
	want := []catalog.Listing{
		{Name: "calendars.readonly", Group: "calendars", Access: "readonly", Operations: []catalog.ListedOperation{{Method: "GET", Path: "/calendars/{id}"}, {Method: "POST", Path: "/reports"}}},
		{Name: "calendars/groups.readonly", Group: "calendars", Access: "readonly", Operations: []catalog.ListedOperation{{Method: "GET", Path: "/calendars/groups"}}},
		{Name: "contacts.readonly", Group: "contacts", Access: "readonly", Description: "See contacts", Operations: []catalog.ListedOperation{
			{Method: "GET", Path: "/contacts"}, {Method: "GET", Path: "/contacts/{id}", Summary: "Get a contact"}, {Method: "POST", Path: "/reports"}}},
		{Name: "contacts.write", Group: "contacts", Access: "write", Operations: []catalog.ListedOperation{{Method: "PUT", Path: "/contacts/{id}"}}},
		{Name: "reports", Group: "reports", Access: "other", Operations: []catalog.ListedOperation{{Method: "POST", Path: "/reports"}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func reread(t testing.TB, c *catalog.Catalog) *catalog.Catalog {
	t.Helper()
	data, err := c.Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := catalog.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

func TestEncodingIsDeterministicAndKeepsEverything(t *testing.T) {
	c := sample(t)
	first, _ := c.Encode()
	second, _ := reread(t, c).Encode()
	if !bytes.Equal(first, second) {
		t.Errorf("encoded again:\n%s\n%s", first, second)
	}
	if diff := cmp.Diff(c.Listing(), reread(t, c).Listing()); diff != "" {
		t.Error(diff)
	}
	if o, err := reread(t, c).Match("POST", "/reports"); err != nil || o.Needs() != "reports" {
		t.Errorf("%v, %v", o, err)
	}
}

func TestDecodeRefusesWhatItDoesNotUnderstand(t *testing.T) {
	for data, want := range map[string]string{
		``:                            "compile it again",
		`{"format":1`:                 "compile it again",
		`{"openapi":"3.0.0"}`:         "format 0",
		`{"format":2,"operations":7}`: "compile it again",
		`{"format":2}`:                "format 2",
		`{"format":1,"operations":[{"method":"GET","path":"/x","requirement":[["a"]]}]}`:   `GET /x: it requires "a"`,
		`{"format":1,"scopes":[{"name":"a"}],"operations":[{"method":"GET","path":"/x"}]}`: "either require scopes",
	} {
		if _, err := catalog.Decode([]byte(data)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", data, err, want)
		}
	}
}

// large is a catalogue of the size of a big API: 600 operations, 120 scopes.
func large(t testing.TB) *catalog.Catalog {
	t.Helper()
	var scopes []catalog.Scope
	var operations []catalog.Operation
	for i := range 60 {
		group := fmt.Sprintf("group%02d", i)
		read, write := group+".readonly", group+".write"
		scopes = append(scopes, catalog.Scope{Name: read}, catalog.Scope{Name: write})
		for j := range 5 {
			path := fmt.Sprintf("/%s/{%sId}/part%d/{partId}", group, group, j)
			operations = append(operations,
				catalog.Operation{Method: "GET", Path: path, Summary: "Get a part of a group", Requirement: anyOf(scope.NewSet(read))},
				catalog.Operation{Method: "PUT", Path: path, Summary: "Change a part of a group", Requirement: anyOf(scope.NewSet(write))})
		}
	}
	c, err := catalog.New(scopes, operations)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const largePath = "/group42/ve9EPM428h8vShlRW1KT/part3/0007BWpSzSwfiuSl0tR2"

func TestDecidingARequestAllocatesNothing(t *testing.T) {
	c := large(t)
	granted := scope.NewSet("group01.readonly", "group42.readonly", "group50.write")
	n := testing.AllocsPerRun(100, func() {
		o, err := c.Match("GET", largePath)
		if err != nil || !o.Permits(granted) || o.Needs() == "" {
			t.Fatal(o, err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkMatchAndPermitAmong600(b *testing.B) {
	c := large(b)
	granted := scope.NewSet("group01.readonly", "group42.readonly", "group50.write")
	b.ReportAllocs()
	for b.Loop() {
		o, err := c.Match("GET", largePath)
		if err != nil || !o.Permits(granted) {
			b.Fatal(o, err)
		}
	}
}

func BenchmarkDecode600(b *testing.B) {
	data, err := large(b).Encode()
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := catalog.Decode(data); err != nil {
			b.Fatal(err)
		}
	}
}
