package main

import (
	"net/http"
	"net/url"
	"strings"
)

// consoleChecks are those of the console, which lies beside the management API.
func consoleChecks(https bool) []check {
	const list = "/settings/private-integrations"
	forged := []string{"Cookie: __Host-private-integrations=1.AAAA; private-integrations=1.AAAA"}
	elsewhere := []string{"Sec-Fetch-Site: cross-site", "Content-Length: 0"}
	return []check{
		{name: "signed out", request: request{method: "GET", target: list}, want: toSignIn},
		{name: "signed out, one slash more", request: request{method: "GET", target: list + "/"}, want: want{"302 to sign-in or the page, or 4xx", func(a answer) bool {
			return toSignIn.holds(a) || refusal.holds(a) || a.status == http.StatusFound && a.header.Get("Location") == list
		}}},
		{name: "an unknown address", request: request{method: "GET", target: list[:len(list)-1]}, want: want{"404 with a page", func(a answer) bool {
			return a.status == http.StatusNotFound && a.header.Get("Content-Security-Policy") != "" && strings.Contains(string(a.body), "There is no such page")
		}}},
		{name: "a forged session", request: request{method: "GET", target: list, header: forged}, want: toSignIn},
		{name: "sign in", request: request{method: "GET", target: "/signin?moved=1"}, want: toProvider(https), of: visitor},
		{name: "come back from a sign-in that was not begun", request: request{method: "GET", target: "/signin/callback?code=smoke&state=smoke"}, want: status(400)},
		{name: "sign out by another site's form", request: request{method: "POST", target: "/signout", header: elsewhere}, want: status(403)},
		{name: "create, signed out", request: request{method: "POST", target: list + "/new/scopes", header: []string{"Content-Length: 0"}}, want: want{"no token", func(a answer) bool {
			return a.status > 0 && a.status < 500 && !strings.Contains(string(a.body), "Authorization: ")
		}}, of: visitor},
	}
}

var toSignIn = want{"302 to sign-in", func(a answer) bool {
	return a.status == http.StatusFound && strings.HasPrefix(a.header.Get("Location"), "/signin?")
}}

// toProvider leads to an identity provider that has been discovered, with PKCE,
// and leaves a cookie that no script and no other host sees.
func toProvider(https bool) want {
	return want{"303 to the identity provider", func(a answer) bool {
		u, err := url.Parse(a.header.Get("Location"))
		if err != nil || a.status != http.StatusSeeOther || u.Host == "" || u.Query().Get("code_challenge_method") != "S256" ||
			!strings.HasSuffix(u.Query().Get("redirect_uri"), "/signin/callback") {
			return false
		}
		cookie, err := http.ParseSetCookie(a.header.Get("Set-Cookie"))
		return err == nil && cookie.HttpOnly && cookie.SameSite == http.SameSiteLaxMode &&
			cookie.Secure == https && strings.HasPrefix(cookie.Name, "__Host-") == https
	}}
}
