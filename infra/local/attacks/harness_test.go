package attacks_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/private-integrations/private-integrations/infra/local/localtest"
	"github.com/private-integrations/private-integrations/infra/local/runner"
	"github.com/private-integrations/private-integrations/pkg/api"
	"github.com/private-integrations/private-integrations/pkg/problem"
)

const (
	acme   = "/api/v1/accounts/acme/integrations"
	globex = "/api/v1/accounts/globex/integrations"
	audit  = "/api/v1/accounts/acme/audit"

	// sample creates an integration.
	sample = `{"name":"One","scopes":["contacts.readonly"]}`
	// unknownID has the form of an integration's id and is none's.
	unknownID = "01K00000000000000000000000"
	// unknownUser has the form of a member's id and is nobody's.
	unknownUser = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
)

// world is a running product that is watched, and one user of it.
type world struct {
	*localtest.Runner
	issued *tokens
}

// tokens are all that were issued: none may be told twice.
type tokens struct {
	sync.Mutex
	texts []string
}

func start(t testing.TB, configure ...func(*runner.Config)) *world {
	t.Helper()
	return &world{localtest.Start(t, configure...), &tokens{}}
}

func (w *world) as(user string) *world { return &world{w.As(user), w.issued} }

// ask sends a request to the management API and watches the answer.
func (w *world) ask(t testing.TB, method, path, body string, headers ...string) localtest.Answer {
	t.Helper()
	a := w.Manage(method, path, body, headers...)
	w.watch(t, method+" "+path, a)
	return a
}

// raw sends headers just as they are given. A body whose length can't be seen
// goes in chunks.
func (w *world) raw(t testing.TB, method, path string, body io.Reader, header http.Header) localtest.Answer {
	t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), method, w.ManagementURL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header.Clone()
	request.Header.Set("Authorization", "Bearer "+w.jwt())
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	a := answered(t, response)
	w.watch(t, method+" "+path, a)
	return a
}

// jwt signs the admin of acme in.
func (w *world) jwt() string {
	return string(w.Manage("GET", "/dev/token?user="+localtest.Admin, "").Body)
}

func answered(t testing.TB, r *http.Response) localtest.Answer {
	t.Helper()
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return localtest.Answer{Status: r.StatusCode, Header: r.Header, Body: body}
}

// create makes an integration in acme and gives its path and its token.
func (w *world) create(t testing.TB) (path, token string) {
	t.Helper()
	a := w.obeyed(t, "POST", acme, sample)
	return acme + "/" + a.ID(), a.Token()
}

// rotating makes one whose grace window is open, and gives its path.
func (w *world) rotating(t testing.TB) string {
	t.Helper()
	path, _ := w.create(t)
	w.obeyed(t, "POST", path+"/rotate", `{"expireOld":"later"}`)
	return path
}

// obeyed sends a request that has to succeed.
func (w *world) obeyed(t testing.TB, method, path, body string, headers ...string) localtest.Answer {
	t.Helper()
	a := w.ask(t, method, path, body, headers...)
	if a.Status/100 != 2 {
		t.Fatalf("%s %s %s: %s", method, path, body, a)
	}
	return a
}

// ids lists the integrations of acme.
func (w *world) ids(t testing.TB) []string {
	t.Helper()
	var list struct{ Integrations []struct{ ID string } }
	if err := w.obeyed(t, "GET", acme+"?limit=100", "").Into(&list); err != nil {
		t.Fatal(err)
	}
	ids := make([]string, len(list.Integrations))
	for n, i := range list.Integrations {
		ids[n] = i.ID
	}
	return ids
}

// refused holds that an answer is the problem of code, with its usual status,
// and names the fields, if any.
func refused(t testing.TB, a localtest.Answer, code problem.Code, fields ...string) {
	t.Helper()
	if want := problem.New(code).Status; a.Status != want || a.Code() != string(code) {
		t.Errorf("got %s; want %d %s", a, want, code)
		return
	}
	var told problem.Problem
	if err := a.Into(&told); err != nil {
		t.Error(err)
	}
	for _, name := range fields {
		if !slices.ContainsFunc(told.Errors, func(f problem.Field) bool { return f.Field == name }) {
			t.Errorf("got %s; want it to name %s", a, name)
		}
	}
}

// untouched gives a function that holds that nothing has happened since to the
// integration at path.
func (w *world) untouched(t testing.TB, path string) func() {
	t.Helper()
	state := func() string {
		return string(w.obeyed(t, "GET", path, "").Body) + string(w.obeyed(t, "GET", path+"/events?limit=100", "").Body)
	}
	before := state()
	return func() {
		t.Helper()
		if after := state(); after != before {
			t.Errorf("a refused request has left a trace: before\n%s\nafter\n%s", before, after)
		}
	}
}

// internal is what only we know by name: Go's types, packages and traces, the
// store.
var internal = regexp.MustCompile(`(?i)goroutine|panic|runtime error|\.go\b|bbolt|\bbolt\b|dynamo|unmarshal|github\.com|` +
	`(?-i:\b(api|base64|cursor|errors|gateway|integration|json|jsontext|manage|strconv|strictjson|table|time|token|url)\.[A-Z])`)

// bearers are the JWTs that requests come with.
var bearers = regexp.MustCompile(`eyJ[\w-]+\.eyJ`)

// watch holds what every answer of the management API promises.
func (w *world) watch(t testing.TB, what string, a localtest.Answer) {
	t.Helper()
	if err := w.broken(a); err != nil {
		t.Errorf("%.200s: %.2000s: %v", what, a, err)
	}
}

func (w *world) broken(a localtest.Answer) error {
	switch {
	case a.Status < 200 || a.Status >= 500 || a.Status/100 == 3:
		return fmt.Errorf("no client has earned this status")
	case a.Status >= 400:
		if err := brokenRefusal(a); err != nil {
			return err
		}
	case a.Header.Get("Cache-Control") != "no-store":
		return fmt.Errorf("it may be cached")
	}
	text := strings.ReplaceAll(string(a.Body), problem.Documentation, "")
	for _, values := range a.Header {
		text += "\n" + strings.Join(values, "\n")
	}
	if leak := internal.FindString(text); leak != "" {
		return fmt.Errorf("%q is internal", leak)
	}
	if bearers.MatchString(text) {
		return fmt.Errorf("it holds a JWT")
	}
	return w.issued.broken(text, a.Token())
}

// stopped is the one detail that is not the table's.
var stopped = regexp.MustCompile(`^Reading stopped at byte offset \d+: [a-zA-Z8 -]+\.$`)

// brokenRefusal holds that a refusal is a problem of the table, the gateway's own,
// or the console's page for addresses of nothing.
func brokenRefusal(a localtest.Answer) error {
	if a.Status == http.StatusNotFound && a.Header.Get("Content-Security-Policy") != "" && strings.Contains(string(a.Body), "<h1>There is no such page</h1>") {
		return nil
	}
	if a.Header.Get("Content-Type") == "application/json" && string(a.Body) == `{"message":"`+http.StatusText(a.Status)+`"}` {
		return nil
	}
	var p problem.Problem
	if err := json.Unmarshal(a.Body, &p); err != nil || a.Header.Get("Content-Type") != problem.ContentType {
		return fmt.Errorf("it is no problem")
	}
	if !slices.ContainsFunc(problem.Table, func(k problem.Kind) bool {
		return k.Code == p.Code && k.Title == p.Title && (k.Detail == p.Detail || k.Code == problem.InvalidJSON && stopped.MatchString(p.Detail))
	}) {
		return fmt.Errorf("it is not told as the table has it")
	}
	if p.Status != a.Status || p.Type != problem.Documentation+"#"+string(p.Code) || p.RequestID == "" || a.Header.Get("Cache-Control") != "no-store" {
		return fmt.Errorf("it is not a whole problem")
	}
	return nil
}

// broken finds a token in text that was issued before; issued is the one that
// this answer issues, if any.
func (k *tokens) broken(text, issued string) error {
	k.Lock()
	defer k.Unlock()
	for _, known := range k.texts {
		_, secret, _ := strings.Cut(strings.TrimPrefix(known, "pit_"), "_")
		if strings.Contains(text, secret) {
			return fmt.Errorf("it holds a token's secret")
		}
	}
	if issued != "" {
		k.texts = append(k.texts, issued)
	}
	return nil
}

// bodies has for every operation with a body one that it takes.
var bodies = map[string]string{
	"create-integration": sample,
	"edit-integration":   `{"description":"Another"}`,
	"rotate-token":       `{"expireOld":"now"}`,
	"move-rotation":      `{"expiresAt":"2099-01-01T00:00:00Z"}`,
	"cancel-rotation":    `{}`,
	"complete-rotation":  `{}`,
	"expire-tokens":      `{}`,
	"set-permission":     `{"privateIntegrations":"view"}`,
	"set-settings":       `{"graceHours":24}`,
	"lookup-token":       `{"token":"pit_0000000000000000000000_0000000000000000000000000000000000000000000000000"}`,
}

func bodyOf(t testing.TB, o api.Operation) string {
	t.Helper()
	body, known := bodies[o.ID]
	if known != (o.Input != nil) {
		t.Fatalf("bodies must have one of every operation with a body, and of no other: %s", o.ID)
	}
	return body
}

// fill puts an account and an integration into an operation's path.
func fill(t testing.TB, o api.Operation, account, id string) string {
	t.Helper()
	path := strings.NewReplacer("{accountId}", account, "{integrationId}", id, "{userId}", unknownUser).Replace(o.Path)
	if strings.Contains(path, "{") {
		t.Fatalf("%s has a parameter that these tests don't know: %s", o.ID, path)
	}
	return path
}

// idOf is the integration's id at the end of a path.
func idOf(path string) string { return path[strings.LastIndex(path, "/")+1:] }

// readers gives the operations with a body.
func readers() []api.Operation {
	return slices.DeleteFunc(slices.Clone(api.Operations), func(o api.Operation) bool { return o.Input == nil })
}
