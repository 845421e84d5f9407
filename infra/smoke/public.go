package main

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

func bearer(token string) string { return "Authorization: Bearer " + token }

// publicChecks are those of API v2.0, where path may be read with the living
// token.
func publicChecks(path string, n near) []check {
	get := func(target string, header ...string) request {
		return request{method: "GET", target: target, header: header}
	}
	return slices.Concat(
		credentialChecks(path, n),
		pathChecks(path, n),
		[]check{
			{name: "a method that there is not, no token", request: request{method: "FOO", target: path}, want: refusal, unsure: true},
			{name: "TRACE, no token", request: request{method: "TRACE", target: path}, want: refusal, unsure: true},
			{name: "HEAD, no token", request: request{method: "HEAD", target: path}, want: status(401)},
			{name: "OPTIONS, no token", request: request{method: "OPTIONS", target: path}, want: invalidToken},
			{name: "another host in the target, no token", request: get("http://evil.test" + path), want: refusal},
			{name: "another host in the target", request: get("http://evil.test"+path, bearer(n.living)), want: status(400), of: holder, unsure: true},
			{name: "headers that say who calls, no token", request: get(path, spoofed...), want: invalidToken},
			{name: "headers that say who calls", request: get(path, append(slices.Clone(spoofed), bearer(n.living))...), want: ours, of: holder},
			{name: "/healthz", request: get("/healthz"), want: status(200), of: visitor},
			{name: "/token, no token", request: get("/token"), want: invalidToken},
			{name: "/token, unknown token", request: get("/token", bearer(n.unknown)), want: invalidToken},
			{name: "/token", request: get("/token", bearer(n.living)), want: active, of: holder},
			{name: "/v1, no token", request: get("/v1" + path), want: problem(404, "use_api_v2"), unsure: true}, // the API may have a version 1
			{name: "/, no token", request: get("/"), want: refusal},
		},
	)
}

func credentialChecks(path string, n near) []check {
	var all []check
	add := func(name string, w want, of standing, unsure bool, header ...string) {
		all = append(all, check{name: name, request: request{method: "GET", target: path, header: header}, want: w, of: of, unsure: unsure})
	}
	add("a living token", success, holder, false, bearer(n.living))
	add("a living token, bare", success, holder, false, "Authorization: "+n.living)
	add("a living token, other letter case of scheme and name", success, holder, false, "aUTHORIZATION: bEARER "+n.living)
	for _, bad := range []struct{ name, header string }{
		{"no token", "Accept: */*"},
		{"an empty credential", "Authorization:"},
		{"a scheme alone", "Authorization: Bearer"},
		{"Basic", "Authorization: Basic " + n.living},
		{"a scheme twice", "Authorization: Bearer Bearer " + n.living},
		{"no token by its form", bearer("pit_x")},
		{"a typo", bearer(n.typo)},
		{"letters of the other case", bearer(n.otherCase)},
		{"an unknown token", bearer(n.unknown)},
		{"the right id with another secret", bearer(n.otherSecret)},
		{"two joined by a comma", bearer(n.living) + ", Bearer " + n.living},
		{"a cookie", "Cookie: Authorization=" + n.living + "; access_token=" + n.living},
		{"another header", "X-Authorization: Bearer " + n.living},
	} {
		add(bad.name, invalidToken, stranger, false, bad.header)
	}
	add("two headers, the living one first", invalidToken, holder, true, bearer(n.living), bearer(n.unknown))
	add("two headers, the living one last", invalidToken, holder, true, bearer(n.unknown), bearer(n.living))
	add("two headers, in two letter cases", invalidToken, holder, true, bearer(n.living), "authorization: Bearer "+n.living)
	add("a folded header", decided, holder, true, "Authorization: Bearer\r\n "+n.living)
	add("folded into another header", refusal, holder, true, "X-Note: a\r\n "+bearer(n.living))
	add("a space before the colon", refusal, holder, true, "Authorization : Bearer "+n.living)
	return append(all, check{name: "a token in the query", request: request{method: "GET", target: path + "?access_token=" + n.living}, want: invalidToken})
}

// pathChecks ask, without a token and with one, for paths that two readers
// could read in two ways.
func pathChecks(path string, n near) []check {
	var all []check
	for _, p := range []struct {
		name, path string
		want       want
		unsure     bool
	}{
		{"one slash more at the end", path + "/", success, true},
		{"two slashes at the end", path + "//", unknownRoute, true},
		{"two slashes at the start", "/" + path, unknownRoute, true},
		{"the same folder", "/." + path, unknownRoute, true},
		{"the parent folder", "/x/.." + path, unknownRoute, true},
		{"out of a public path", "/healthz/.." + path, unknownRoute, true},
		{"an escaped slash", path + "%2f", unknownRoute, true},
		{"an escaped slash for the first", "/%2f" + path[1:], unknownRoute, true},
		{"a parameter", path + ";x=y", unknownRoute, false},
		{"upper case", strings.ToUpper(path), unknownRoute, false},
		{"no such route", path + "/no/such/route", unknownRoute, false},
	} {
		r := request{method: "GET", target: p.path}
		all = append(all, check{name: p.name + ", no token", request: r, want: refusal})
		r.header = []string{bearer(n.living)}
		all = append(all, check{name: p.name, request: r, want: p.want, of: holder, unsure: p.unsure})
	}
	return all
}

// evil is the account that a client claims to be.
const evil = "smoke-evil"

var spoofed = []string{
	"X-Account-Id: " + evil, "x_account_id: " + evil, "X-Integration-Id: " + evil, "X-Token-Id: " + evil, "X-Scopes: " + evil,
}

// ours holds if the upstream got none of the client's claims, which shows only
// if it echoes its requests.
var ours = want{"2xx, and an upstream that echoes got none of them", func(a answer) bool {
	var echo struct{ Headers map[string]string }
	if !a.success() || json.Unmarshal(a.body, &echo) != nil {
		return a.success()
	}
	return !strings.Contains(strings.Join(slices.Collect(maps.Values(echo.Headers)), "\n"), evil)
}}

var active = want{"200, active", func(a answer) bool {
	var told struct{ Active bool }
	return a.status == 200 && json.Unmarshal(a.body, &told) == nil && told.Active
}}
