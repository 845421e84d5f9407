package main

import "encoding/base64"

// managementChecks are those of the management API; some need the sign-in of an
// admin of the account.
func managementChecks(account string, n near, jwt string) []check {
	list := "/api/v1/accounts/" + account + "/integrations"
	const body = `{"name":"smoke","scopes":["smoke"]}`
	get := func(target string, header ...string) request {
		return request{method: "GET", target: target, header: header}
	}
	all := []check{
		{name: "/healthz", request: get("/healthz"), want: status(200), of: visitor},
		{name: "/openapi.json", request: get("/openapi.json"), want: status(200), of: visitor},
		{name: "list, no sign-in", request: get(list), want: status(401)},
		{name: "list, no sign-in, one slash more", request: get(list + "/"), want: refusal},
		{name: "list, no sign-in, two slashes more", request: get(list + "//"), want: refusal},
		{name: "list, no sign-in, two slashes at the start", request: get("/" + list), want: refusal},
		{name: "list, no sign-in, an escaped slash", request: get(list + "%2f"), want: refusal},
		{name: "list, no sign-in, upper case", request: get("/API/V1/accounts/" + account + "/integrations"), want: refusal},
		{name: "list, no sign-in, out of a public path", request: get("/healthz/.." + list), want: refusal},
		{name: "list, a token of API v2.0", request: get(list, bearer(n.living)), want: status(401)},
		{name: "list, a token of API v2.0, one slash more", request: get(list+"/", bearer(n.living)), want: refusal},
		{name: "list, no JWT by its form", request: get(list, bearer("a.b.c")), want: status(401)},
		{name: "list, a JWT that nobody signed", request: get(list, bearer(unsigned(account))), want: status(401)},
		{name: "create, no sign-in", request: request{method: "POST", target: list, body: body}, want: status(401)},
		{name: "create, no sign-in, one slash more", request: request{method: "POST", target: list + "/", body: body}, want: refusal},
		{name: "delete, no sign-in", request: request{method: "DELETE", target: list + "/smoke"}, want: status(401)},
		{name: "delete, no sign-in, one slash more", request: request{method: "DELETE", target: list + "/smoke/"}, want: refusal},
	}
	if jwt == "" {
		return all
	}
	return append(all,
		check{name: "list", request: get(list, bearer(jwt)), want: status(200), of: holder},
		check{name: "list, one slash more", request: get(list+"/", bearer(jwt)), want: status(200), of: holder, unsure: true},
		check{name: "list, another account", request: get("/api/v1/accounts/smoke-no-account/integrations", bearer(jwt)), want: problem(404, "not_found")},
		check{name: "list, two sign-ins", request: get(list, bearer(jwt), bearer(jwt)), want: status(401), of: holder, unsure: true},
		check{name: "list, a sign-in in the query", request: get(list + "?access_token=" + jwt), want: status(401)},
		check{name: "create, a scope that there is not", request: request{method: "POST", target: list, body: body, header: []string{bearer(jwt)}},
			want: problem(422, "validation_failed")},
	)
}

// unsigned is the JWT of an admin of the account, of the algorithm none.
func unsigned(account string) string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"none"}`)) + "." + part([]byte(`{"sub":"smoke","exp":9999999999,"cognito:groups":["account:`+account+`:admin"]}`)) + "."
}
