package runner_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/infra/local/localtest"
)

const (
	ms  = time.Millisecond
	day = 24 * time.Hour

	integrations = "/api/v1/accounts/acme/integrations"
)

// dawn is when every story begins. It is ahead of real time, because the
// product's clock only goes forward.
var dawn = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)

// life is one integration of a story, with every token that was issued for it.
// Instants are told as the time that has passed since dawn.
type life struct {
	*localtest.Runner
	*testing.T
	sweeps bool // after each move of the clock
	id     string
	tokens []string        // in the order in which they were issued
	unused map[string]bool // tokens, by name, that the story must not use
	said   []string        // every answer, for comparison with another life
}

// tell lives through a story twice, without any sweep and with one after each
// move of the clock. Clients must not be able to tell the difference.
func tell(t *testing.T, story func(l *life)) {
	t.Helper()
	var said [2][]string
	for n, mode := range []string{"sweeper off", "sweeper on"} {
		t.Run(mode, func(t *testing.T) {
			l := &life{Runner: localtest.Start(t), T: t, sweeps: n == 1, unused: map[string]bool{}}
			l.at(0)
			story(l)
			said[n] = l.said
		})
	}
	if diff := cmp.Diff(said[0], said[1]); diff != "" && !t.Failed() {
		t.Errorf("the sweeper shows in the answers (-off +on):\n%s", diff)
	}
}

// at moves the clock.
func (l *life) at(since time.Duration) {
	l.Helper()
	if moved := l.Manage("POST", "/dev/clock", `{"stop":"`+l.instant(since)+`"}`); moved.Status != 200 {
		l.Fatalf("move the clock to %s: %s", offset(since), moved)
	}
	if l.sweeps {
		l.sweep()
	}
}

func (l *life) sweep() {
	l.Helper()
	var report struct{ Complete bool }
	swept := l.Manage("POST", "/dev/sweep", "")
	if err := swept.Into(&report); err != nil || swept.Status != 200 || !report.Complete {
		l.Fatalf("sweep: %s", swept)
	}
}

// instant is an instant as clients write it.
func (l *life) instant(since time.Duration) string {
	return dawn.Add(since).Format("2006-01-02T15:04:05.000Z")
}

// create begins the life with these members of the body, beside name and scopes.
func (l *life) create(members ...string) {
	l.Helper()
	body := append([]string{`"name":"Export"`, `"scopes":["contacts.readonly"]`}, members...)
	l.ask("201", "POST", integrations, "{"+strings.Join(body, ",")+"}")
}

func (l *life) rotateLater(members ...string) {
	l.Helper()
	l.do("200", "POST /rotate", "{"+strings.Join(append([]string{`"expireOld":"later"`}, members...), ",")+"}")
}

func (l *life) rotateNow(members ...string) {
	l.Helper()
	l.do("200", "POST /rotate", "{"+strings.Join(append([]string{`"expireOld":"now"`}, members...), ",")+"}")
}

// deadline is the member of a body that asks for one.
func (l *life) deadline(since time.Duration) string { return `"expiresAt":"` + l.instant(since) + `"` }

// expireAt sets the current token's deadline.
func (l *life) expireAt(since time.Duration) {
	l.Helper()
	l.do("200", "POST /expire", `{"at":"`+l.instant(since)+`"}`)
}

// do asks something of the integration, such as "POST /rotate", and wants an
// answer such as "200", "409 no_rotation" or "422 validation_failed expiresAt".
// What is refused must have changed nothing.
func (l *life) do(want, what, body string, headers ...string) localtest.Answer {
	l.Helper()
	method, path, _ := strings.Cut(what, " ")
	before := l.Manage("GET", integrations+"/"+l.id, "")
	answer := l.ask(want, method, integrations+"/"+l.id+path, body, headers...)
	if answer.Status >= 400 {
		if diff := cmp.Diff(string(before.Body), string(l.Manage("GET", integrations+"/"+l.id, "").Body)); diff != "" && before.Status == 200 {
			l.Errorf("%s was refused and changed something:\n%s", what, diff)
		}
	}
	return answer
}

// ask sends a request to the management API and learns of what was issued.
func (l *life) ask(want, method, path, body string, headers ...string) localtest.Answer {
	l.Helper()
	answer := l.Manage(method, path, body, headers...)
	if l.id == "" {
		l.id = answer.ID()
	}
	if issued := answer.Token(); issued != "" {
		l.tokens = append(l.tokens, issued)
	}
	if got := outcome(answer); got != want {
		l.Fatalf("%s %s %s\nanswered %s, not %s: %s", method, path, body, got, want, answer)
	}
	l.note(method+" "+path+" "+body, answer)
	return answer
}

// outcome is an answer in short: status, code of the problem, fields at fault.
func outcome(a localtest.Answer) string {
	var problem struct {
		Code   string
		Errors []struct{ Field string }
	}
	_ = json.Unmarshal(a.Body, &problem) // what is no problem has none of these
	short := fmt.Sprint(a.Status)
	if problem.Code != "" {
		short += " " + problem.Code
	}
	for _, e := range problem.Errors {
		short += " " + e.Field
	}
	return short
}

// random is what differs between two lives.
var random = regexp.MustCompile(`("requestId"|"tokenId"):"[^"]*"`)

// note keeps an answer, with names in place of what is drawn by lot.
func (l *life) note(request string, a localtest.Answer) {
	var names []string
	if l.id != "" {
		names = []string{l.id, "{id}"}
	}
	for n, text := range l.tokens {
		names = append(names, text, "{"+ordinals[n]+"}", hint(text), "{"+ordinals[n]+"…}")
	}
	line := fmt.Sprintf("%s → %s ETag %s", request, a, a.Header.Get("ETag"))
	l.said = append(l.said, random.ReplaceAllString(strings.NewReplacer(names...).Replace(line), `$1:""`))
}

// ordinals name the tokens of a life.
var ordinals = []string{"first", "second", "third", "fourth"}

func hint(token string) string { return token[:len("pit_")+6] }

// name is the ordinal of the token with a hint.
func (l *life) name(h string) string {
	n := slices.IndexFunc(l.tokens, func(text string) bool { return hint(text) == h })
	if n < 0 {
		return h
	}
	return ordinals[n]
}

// moment is an instant of an answer, told as the time since dawn; empty for null.
type moment string

func (m *moment) UnmarshalText(text []byte) error {
	t, err := time.Parse(time.RFC3339, string(text))
	*m = moment(offset(t.Sub(dawn)))
	return err
}

// offset writes an instant as "7d", "1h" or "6d23h59m59.999s".
func offset(d time.Duration) string {
	days, rest := d/day, strings.TrimSuffix((d%day).String(), "0m0s")
	switch {
	case d%day == 0:
		return fmt.Sprintf("%dd", days)
	case days == 0:
		return rest
	}
	return fmt.Sprintf("%dd%s", days, rest)
}
