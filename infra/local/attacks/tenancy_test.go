package attacks_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/private-integrations/private-integrations/infra/local/localtest"
	"github.com/private-integrations/private-integrations/pkg/api"
	"github.com/private-integrations/private-integrations/pkg/problem"
)

// told is all of an answer but for what no two answers have in common.
func told(t testing.TB, a localtest.Answer) string {
	t.Helper()
	var p problem.Problem
	if err := json.Unmarshal(a.Body, &p); err != nil {
		t.Fatalf("%s: %v", a, err)
	}
	header := a.Header.Clone()
	for _, name := range []string{"Apigw-Requestid", "Date"} {
		header.Del(name)
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(header)) {
		fmt.Fprintln(&b, name, header[name])
	}
	return b.String() + strings.ReplaceAll(a.String(), p.RequestID, "")
}

// variants are what a request may carry beside what it needs; none of it may
// make a foreign thing differ from one that does not exist.
func variants(t testing.TB, o api.Operation) [][]string {
	t.Helper()
	body := bodyOf(t, o)
	all := [][]string{{body}, {body, "If-Match", "*"}, {body, "If-Match", `"1"`}, {body, "If-Match", `"999"`}, {body, "Idempotency-Key", "one"}}
	if o.Input != nil {
		all = append(all, []string{`{"mac":1}`}, []string{`{`})
	}
	return all
}

func TestForeignIntegrationsAreAsGoodAsNone(t *testing.T) {
	w := start(t)
	other := w.as("admin@globex.test")
	foreign := globex + "/" + other.obeyed(t, "POST", globex, sample, "Idempotency-Key", "one").ID()
	deleted, _ := w.create(t)
	w.obeyed(t, "DELETE", deleted, "")
	untouched := other.untouched(t, foreign)
	for _, user := range []string{localtest.Admin, "agency@acme.test"} {
		w := w.as(user)
		for _, o := range api.Operations {
			if !strings.Contains(o.Path, "{integrationId}") {
				continue
			}
			t.Run(user+" "+o.ID, func(t *testing.T) {
				for _, v := range variants(t, o) {
					none := w.ask(t, o.Method, fill(t, o, "acme", unknownID), v[0], v[1:]...)
					if v[0] == bodyOf(t, o) {
						refused(t, none, problem.NotFound)
					}
					for name, id := range map[string]string{
						"foreign": idOf(foreign), "deleted": idOf(deleted), "short": "x", "long": strings.Repeat("0", 2_000),
						"lower case": strings.ToLower(idOf(foreign)), "a key of the store": "INTEGRATION",
					} {
						a := w.ask(t, o.Method, fill(t, o, "acme", id), v[0], v[1:]...)
						if got, want := told(t, a), told(t, none); got != want {
							t.Errorf("with %q, %s:\n%s\nunknown:\n%s", v, name, got, want)
						}
					}
				}
			})
		}
	}
	untouched()
}

func TestForeignAccountsAreAsGoodAsNone(t *testing.T) {
	w := start(t)
	other := w.as("admin@globex.test")
	created := other.obeyed(t, "POST", globex, sample)
	foreign := globex + "/" + created.ID()
	untouched := other.untouched(t, foreign)
	for _, user := range []string{localtest.Admin, "staff@acme.test"} {
		w := w.as(user)
		for _, o := range api.Operations {
			if !strings.Contains(o.Path, "{accountId}") {
				continue
			}
			t.Run(user+" "+o.ID, func(t *testing.T) {
				for _, v := range append(variants(t, o), []string{`{"token":"` + created.Token() + `"}`}) {
					none := w.ask(t, o.Method, fill(t, o, "nobody", idOf(foreign)), v[0], v[1:]...)
					if v[0] == bodyOf(t, o) {
						refused(t, none, problem.NotFound)
					}
					for _, account := range []string{"globex", "ACME", "account", "0"} {
						a := w.ask(t, o.Method, fill(t, o, account, idOf(foreign)), v[0], v[1:]...)
						if got, want := told(t, a), told(t, none); got != want {
							t.Errorf("with %q, %s:\n%s\nunknown:\n%s", v, account, got, want)
						}
					}
				}
			})
		}
	}
	untouched()
}

func TestForeignTokensAreAsGoodAsNone(t *testing.T) {
	w := start(t)
	path, token := w.create(t)
	other := w.as("admin@globex.test")
	foreign := other.obeyed(t, "POST", globex, sample).Token()
	second := w.obeyed(t, "POST", path+"/rotate", `{"expireOld":"later"}`).Token()
	lookup := func(token string) localtest.Answer {
		return w.ask(t, "POST", "/api/v1/accounts/acme/tokens/lookup", `{"token":`+quoted(token)+`}`)
	}
	unknown := lookup(mint(t))
	refused(t, unknown, problem.NotFound)
	for name, token := range map[string]string{
		"of another account":                foreign,
		"right id and wrong secret":         withSecretOf(t, token, second),
		"foreign id and a secret of ours":   withSecretOf(t, foreign, token),
		"id of ours and the foreign secret": withSecretOf(t, token, foreign),
	} {
		if got, want := told(t, lookup(token)), told(t, unknown); got != want {
			t.Errorf("%s:\n%s\nunknown:\n%s", name, got, want)
		}
	}
	for name, text := range map[string]string{
		"empty": "", "cut": token[:len(token)-1], "one letter more": token + "0", "other letter case": swapCase(token), "half": token[:20],
		"with scheme": "Bearer " + token, "two": token + " " + token, "Unicode": "pit_é", "60,000 letters": strings.Repeat("a", 60_000),
	} {
		t.Run(name, func(t *testing.T) { refused(t, lookup(text), problem.ValidationFailed, "token") })
	}
	if a := lookup(" " + token + "\n"); a.ID() != idOf(path) {
		t.Errorf("with the spaces of a careless copy: %s", a)
	}
}

func TestWhoDoesNotSignInIsToldNothing(t *testing.T) {
	w := start(t)
	path, token := w.create(t)
	untouched := w.untouched(t, path)
	jwt := w.jwt()
	parts := strings.Split(jwt, ".")
	for name, credential := range map[string]string{
		"none":                     "",
		"scheme alone":             "Bearer",
		"another scheme":           "Basic YWRtaW46YWRtaW4=",
		"a private integration's":  "Bearer " + token,
		"no JWT":                   "Bearer a.b.c",
		"algorithm none":           "Bearer eyJhbGciOiJub25lIn0." + parts[1] + ".",
		"algorithm HS256":          "Bearer eyJhbGciOiJIUzI1NiJ9." + parts[1] + "." + parts[2],
		"signature cut":            "Bearer " + jwt[:len(jwt)-1],
		"signature left out":       "Bearer " + parts[0] + "." + parts[1] + ".",
		"payload of another":       "Bearer " + parts[0] + "." + strings.Split(string(w.Manage("GET", "/dev/token?user=staff@acme.test", "").Body), ".")[1] + "." + parts[2],
		"twice in one":             "Bearer " + jwt + " " + jwt,
		"twice in one with commas": "Bearer " + jwt + ",Bearer " + jwt,
	} {
		t.Run(name, func(t *testing.T) {
			for _, o := range api.Operations {
				a := w.ask(t, o.Method, fill(t, o, "acme", idOf(path)), bodyOf(t, o), "Authorization", credential)
				if a.Status != http.StatusUnauthorized || string(a.Body) != `{"message":"Unauthorized"}` || !strings.HasPrefix(a.Header.Get("Www-Authenticate"), "Bearer") {
					t.Errorf("%s: %s %s", o.ID, a, a.Header)
				}
			}
		})
	}
	untouched()
}
