package runner_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// calls makes requests with the n-th token and has them written.
func (l *life) calls(n, times int, program string) {
	l.Helper()
	for range times {
		if passed := l.API("GET", "/contacts/ada", l.tokens[n], "User-Agent", program); passed.Status != 200 {
			l.Fatalf("%s with the %s token: %s", program, ordinals[n], passed)
		}
	}
	l.written()
}

func (l *life) written() {
	l.Helper()
	if written := l.Manage("POST", "/dev/usage", ""); written.Status != 200 {
		l.Fatalf("write usage: %s", written)
	}
}

// window is what is said of the two tokens of a rotation.
type window struct {
	Old, New usedToken
	Verdict  string
	QuietAt  moment
}

type usedToken struct {
	LastUsedAt moment
	Count      int
	Callers    []struct {
		Address, UserAgent string
		Count              int
	}
	Operations []struct{ Method, Path string }
}

func (u usedToken) String() string {
	if u.Count == 0 {
		return "unused"
	}
	var by []string
	for _, c := range u.Callers {
		by = append(by, fmt.Sprintf("%d times by %s at %s", c.Count, c.UserAgent, c.Address))
	}
	for _, o := range u.Operations {
		by = append(by, o.Method+" "+o.Path)
	}
	return strings.Join(append(by, "last at "+string(u.LastUsedAt)), ", ")
}

// told holds the verdict on the rotation and what both tokens were used for.
func (l *life) told(want ...string) {
	l.Helper()
	answer := l.ask("200", "GET", integrations+"/"+l.id+"/rotation", "")
	var w window
	if err := answer.Into(&w); err != nil {
		l.Fatal(err)
	}
	if diff := cmp.Diff(want, []string{w.Verdict, "old: " + w.Old.String(), "new: " + w.New.String()}); diff != "" {
		l.Errorf("at %s (-want +got):\n%s", offset(l.Clock.Now().Sub(dawn)), diff)
	}
}

func TestARotationIsCompletedOnceTheOldTokenIsSafeToEnd(t *testing.T) {
	tell(t, func(l *life) {
		l.create()
		l.calls(0, 7, "exporter/1.0") // before: it is not counted
		l.at(1 * day)
		l.rotateLater()
		l.told("new_token_unused", "old: unused", "new: unused")

		l.at(2 * day)
		l.calls(0, 3, "exporter/1.0")
		l.told("new_token_unused", "old: 3 times by exporter/1.0 at 127.0.0.1, GET /contacts/{contactId}, last at 2d", "new: unused")

		l.at(2*day + time.Hour)
		l.calls(1, 2, "exporter/2.0") // the client has moved
		l.told("in_use", "old: 3 times by exporter/1.0 at 127.0.0.1, GET /contacts/{contactId}, last at 2d",
			"new: 2 times by exporter/2.0 at 127.0.0.1, GET /contacts/{contactId}, last at 2d1h")

		l.at(3*day + time.Minute - ms)
		l.told("in_use", "old: 3 times by exporter/1.0 at 127.0.0.1, GET /contacts/{contactId}, last at 2d",
			"new: 2 times by exporter/2.0 at 127.0.0.1, GET /contacts/{contactId}, last at 2d1h")
		l.at(3*day + time.Minute)
		l.told("safe", "old: 3 times by exporter/1.0 at 127.0.0.1, GET /contacts/{contactId}, last at 2d",
			"new: 2 times by exporter/2.0 at 127.0.0.1, GET /contacts/{contactId}, last at 2d1h")
		l.do("200", "POST /rotation/complete", "")
		l.is("active, version 3", "rotation_completed at 3d1m0s, last", "current")
	})
}

// use is the answer of GET …/usage.
type use struct {
	Days []struct {
		Day                    string
		Count, Refused, Reused int
	}
	Scopes             []struct{ Scope string }
	Callers, Reusers   []struct{ UserAgent string }
	LastUsedAt         moment
	Operations, Others any
}

func TestUsageIsToldByDay(t *testing.T) {
	tell(t, func(l *life) {
		l.create()
		l.calls(0, 2, "one")
		l.at(1 * day)
		l.rotateNow()
		l.calls(1, 3, "two")
		if refused := l.API("DELETE", "/contacts/ada", l.tokens[1], "User-Agent", "two"); refused.Status != 403 {
			t.Errorf("without the scope: %s", refused)
		}
		if dead := l.API("GET", "/contacts/ada", l.tokens[0], "User-Agent", "old"); dead.Status != 401 {
			t.Errorf("the dead token: %s", dead)
		}
		l.written()
		var u use
		if err := l.ask("200", "GET", integrations+"/"+l.id+"/usage?days=3", "").Into(&u); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range u.Days {
			got = append(got, fmt.Sprintf("%s: %d passed, %d refused, %d dead", d.Day, d.Count, d.Refused, d.Reused))
		}
		if diff := cmp.Diff([]string{
			"2099-12-31: 0 passed, 0 refused, 0 dead", "2100-01-01: 2 passed, 0 refused, 0 dead", "2100-01-02: 3 passed, 1 refused, 1 dead",
		}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if len(u.Callers) != 2 || u.Callers[0].UserAgent != "two" || len(u.Reusers) != 1 || u.Reusers[0].UserAgent != "old" ||
			len(u.Scopes) != 1 || u.LastUsedAt != "1d" {
			t.Errorf("%+v", u)
		}
		for _, days := range []string{"0", "366", "x", "1.5", "-1", "+1"} {
			l.ask("422 validation_failed days", "GET", integrations+"/"+l.id+"/usage?days="+days, "")
		}
		for _, scopes := range []string{"", "%20", "contacts.write", strings.Repeat("x", 8001)} {
			l.ask("422 validation_failed scopes", "GET", integrations+"/"+l.id+"/advice?scopes="+scopes, "")
		}
		l.ask("200", "GET", integrations+"/"+l.id+"/advice?scopes=contacts.readonly", "")
	})
}
