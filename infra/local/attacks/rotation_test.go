package attacks_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/infra/local/localtest"
	"github.com/private-integrations/private-integrations/pkg/api"
	"github.com/private-integrations/private-integrations/pkg/problem"
)

func TestOneRotationAtATime(t *testing.T) {
	w := start(t)
	path := w.rotating(t)
	untouched := w.untouched(t, path)
	for _, body := range []string{`{"expireOld":"later"}`, `{"expireOld":"later","graceHours":1}`, `{"expireOld":"later","expiresAt":"2099-01-01T00:00:00Z"}`} {
		refused(t, w.ask(t, "POST", path+"/rotate", body), problem.RotationPending)
		refused(t, w.ask(t, "POST", path+"/rotate", body, "If-Match", `"2"`), problem.RotationPending)
	}
	untouched()
}

func TestFiftyRotationsAtOnceGiveOneToken(t *testing.T) {
	w := start(t)
	path, old := w.create(t)
	var fresh []string
	for _, a := range atOnce(50, func(int) localtest.Answer { return w.ask(t, "POST", path+"/rotate", `{"expireOld":"later"}`) }) {
		if a.Status == http.StatusOK {
			fresh = append(fresh, a.Token())
			continue
		}
		refused(t, a, problem.RotationPending)
	}
	if len(fresh) != 1 {
		t.Fatalf("%d rotations were told to have taken place", len(fresh))
	}
	for name, token := range map[string]string{"old": old, "new": fresh[0]} {
		if a := w.API("GET", "/contacts/ada", token); a.Status != http.StatusOK {
			t.Errorf("the %s token: %s", name, a)
		}
	}
	var events struct{ Events []struct{ Type string } }
	if err := w.obeyed(t, "GET", path+"/events", "").Into(&events); err != nil || len(events.Events) != 4 {
		t.Errorf("want two creations, of the integration and its token, and the two facts of one rotation: %+v", events)
	}
}

// atOnce sends n requests as nearly at once as can be.
func atOnce(n int, send func(int) localtest.Answer) []localtest.Answer {
	answers := make([]localtest.Answer, n)
	var begin, done sync.WaitGroup
	begin.Add(1)
	for i := range n {
		done.Go(func() {
			begin.Wait()
			answers[i] = send(i)
		})
	}
	begin.Done()
	done.Wait()
	return answers
}

func TestWhatNeedsALivingTokenIsRefusedWithoutOne(t *testing.T) {
	w := start(t)
	ended, _ := w.create(t)
	w.obeyed(t, "POST", ended+"/expire", `{}`)
	lapsed, _ := w.create(t)
	w.obeyed(t, "POST", lapsed+"/expire", fmt.Sprintf(`{"at":%q}`, noon.Format(time.RFC3339)))
	both := w.rotating(t)
	w.obeyed(t, "POST", both+"/expire", `{}`)
	if err := w.Clock.Stop(noon); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"ended": ended, "its deadline has come": lapsed, "ended within a window": both} {
		t.Run(name, func(t *testing.T) {
			untouched := w.untouched(t, path)
			refused(t, w.ask(t, "POST", path+"/rotate", `{"expireOld":"later"}`), problem.NoLiveToken)
			refused(t, w.ask(t, "POST", path+"/expire", `{}`), problem.NoLiveToken)
			refused(t, w.ask(t, "POST", path+"/expire", `{"at":"2099-01-01T00:00:00Z"}`), problem.NoLiveToken)
			refused(t, w.ask(t, "DELETE", path+"/expiry", ""), problem.NoLiveToken)
			untouched()
		})
	}
}

func TestWhatNeedsAWindowIsRefusedWithoutOne(t *testing.T) {
	w := start(t)
	never, _ := w.create(t)
	completed, cancelled, lapsed, expired, over := w.rotating(t), w.rotating(t), w.rotating(t), w.rotating(t), w.rotating(t)
	w.obeyed(t, "POST", completed+"/rotation/complete", "")
	w.obeyed(t, "POST", cancelled+"/rotation/cancel", "")
	w.obeyed(t, "POST", expired+"/expire", `{}`)
	w.obeyed(t, "POST", over+"/rotate", `{"expireOld":"now"}`)
	if err := w.Clock.Stop(noon); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"never rotated": never, "completed": completed, "cancelled": cancelled, "lapsed": lapsed, "expired": expired, "rotated over": over,
	} {
		t.Run(name, func(t *testing.T) {
			untouched := w.untouched(t, path)
			refused(t, w.ask(t, "POST", path+"/rotation/cancel", `{}`), problem.NoRotation)
			refused(t, w.ask(t, "POST", path+"/rotation/cancel", `{"force":true}`), problem.NoRotation)
			refused(t, w.ask(t, "POST", path+"/rotation/complete", `{}`), problem.NoRotation)
			refused(t, w.ask(t, "PATCH", path+"/rotation", `{"expiresAt":"2040-01-16T00:00:00Z"}`), problem.NoRotation)
			if a := w.ask(t, "GET", path+"/rotation", ""); a.Status != http.StatusNotFound || a.Code() != string(problem.NoRotation) {
				t.Errorf("reading it: %s", a)
			}
			untouched()
		})
	}
}

func TestANewTokenInUseIsGivenUpOnlyByForce(t *testing.T) {
	w := start(t)
	path, _ := w.create(t)
	token := w.obeyed(t, "POST", path+"/rotate", `{"expireOld":"later"}`).Token()
	if a := w.API("GET", "/contacts/ada", token); a.Status != http.StatusOK {
		t.Fatalf("the new token: %s", a)
	}
	untouched := w.untouched(t, path)
	for _, body := range []string{"", `{}`, `{"force":false}`} {
		refused(t, w.ask(t, "POST", path+"/rotation/cancel", body), problem.NewTokenInUse)
	}
	untouched()
	w.obeyed(t, "POST", path+"/rotation/cancel", `{"force":true}`)
}

// conditional gives the operations that take If-Match.
func conditional(t *testing.T, attack func(*testing.T, api.Operation)) {
	t.Helper()
	for _, o := range api.Operations {
		if o.Conditional {
			t.Run(o.ID, func(t *testing.T) { attack(t, o) })
		}
	}
}

// conditionalBody is one that fits an integration of [world.rotating].
func conditionalBody(t testing.TB, o api.Operation) string {
	t.Helper()
	if o.ID == "move-rotation" {
		return fmt.Sprintf(`{"expiresAt":%q}`, time.Now().Add(time.Hour).Format(time.RFC3339))
	}
	return bodyOf(t, o)
}

func TestAnotherVersionIsNotChanged(t *testing.T) {
	w := start(t)
	path := w.rotating(t)                                // version 2
	w.obeyed(t, "PUT", settings, bodies["set-settings"]) // version 2 as well
	untouched := w.untouched(t, path)
	conditional(t, func(t *testing.T, o api.Operation) {
		send := func(header string) localtest.Answer {
			return w.ask(t, o.Method, fill(t, o, "acme", idOf(path)), conditionalBody(t, o), "If-Match", header)
		}
		for _, stale := range []string{
			`"1"`, `"3"`, `"0"`, `"-2"`, `"+2"`, `"02"`, `"2.0"`, `"0x2"`, `" 2"`, `"2 "`, `""2""`, `""`, `"x"`, `"*"`, `W/"2"`, `W/"1", W/"2"`,
			`"1", "3"`, `"1","x"`, `"9223372036854775807"`, `"9223372036854775808"`, `"` + strings.Repeat("2", 5_000) + `"`,
		} {
			refused(t, send(stale), problem.VersionMismatch)
		}
		for _, garbage := range []string{"2", "x", `"2`, `2"`, `"`, `w/"2"`, `'2'`, ",", `"2",`, `, "2"`, `*, "2"`, `**`, `"2" "2"x`, "\u00e9"} {
			refused(t, send(garbage), problem.ValidationFailed, "If-Match")
		}
		refused(t, w.raw(t, o.Method, fill(t, o, "acme", idOf(path)), strings.NewReader(conditionalBody(t, o)),
			http.Header{"Content-Type": {"application/json"}, "If-Match": {""}}), problem.ValidationFailed, "If-Match")
		refused(t, w.raw(t, o.Method, fill(t, o, "acme", idOf(path)), strings.NewReader(conditionalBody(t, o)),
			http.Header{"Content-Type": {"application/json"}, "If-Match": {`"1"`, `"3"`}}), problem.VersionMismatch)
	})
	untouched()
}

func TestTheVersionThatIsNamedIsChanged(t *testing.T) {
	w := start(t)
	w.obeyed(t, "PUT", settings, bodies["set-settings"]) // version 2, to which the same again is no change
	conditional(t, func(t *testing.T, o api.Operation) {
		for _, header := range []string{`"2"`, `*`, ` * `, `"1", "2"`, `"2","3"`, `W/"2", "2"`} {
			path := w.rotating(t)
			w.obeyed(t, o.Method, fill(t, o, "acme", idOf(path)), conditionalBody(t, o), "If-Match", header)
		}
	})
}
