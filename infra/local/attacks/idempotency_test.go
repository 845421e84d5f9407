package attacks_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/infra/local/localtest"
	"github.com/private-integrations/private-integrations/pkg/api"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/problem"
)

// idempotent attacks every operation that takes an Idempotency-Key, each time
// on an integration of its own.
func idempotent(t *testing.T, w *world, attack func(t *testing.T, o api.Operation, path string)) {
	t.Helper()
	for _, o := range api.Operations {
		if o.Idempotent {
			t.Run(o.ID, func(t *testing.T) {
				on, _ := w.create(t)
				attack(t, o, fill(t, o, "acme", idOf(on)))
			})
		}
	}
}

// otherBody is one that asks for something else than [bodyOf].
func otherBody(t testing.TB, o api.Operation) string {
	t.Helper()
	return strings.TrimSuffix(bodyOf(t, o), "}") + `,"expiresAt":"2099-01-01T00:00:00Z"}`
}

// replay holds that again repeats the answer first, without the token.
func replay(t testing.TB, first, again localtest.Answer) {
	t.Helper()
	want := strings.Replace(string(first.Body), quoted(first.Token())+"}", `null,"replayed":true}`, 1)
	if first.Token() == "" || again.Status != first.Status || string(again.Body) != want {
		t.Errorf("first:\n%s\nagain:\n%s", first, again)
	}
	for _, name := range []string{"ETag", "Location", "Content-Type", "Cache-Control"} {
		if first.Header.Get(name) != again.Header.Get(name) {
			t.Errorf("%s: first %q, again %q", name, first.Header.Get(name), again.Header.Get(name))
		}
	}
}

func TestTheSameKeyAgainRepeatsTheAnswerWithoutTheToken(t *testing.T) {
	w := start(t)
	idempotent(t, w, func(t *testing.T, o api.Operation, path string) {
		first := w.obeyed(t, o.Method, path, bodyOf(t, o), "Idempotency-Key", "one")
		replay(t, first, w.ask(t, o.Method, path, bodyOf(t, o), "Idempotency-Key", "one"))
		// As it was understood, not as it was spelt.
		spaced := strings.ReplaceAll(bodyOf(t, o), ":", " : ")
		replay(t, first, w.ask(t, o.Method, path, spaced, "Idempotency-Key", "one"))
		// Whatever has become of it since.
		on := acme + "/" + first.ID()
		w.API("GET", "/contacts/ada", first.Token())
		w.obeyed(t, "PATCH", on, `{"name":"Two"}`)
		w.obeyed(t, "POST", on+"/expire", `{}`)
		replay(t, first, w.ask(t, o.Method, path, bodyOf(t, o), "Idempotency-Key", "one", "If-Match", `"1"`))
		w.obeyed(t, "DELETE", on, "")
		replay(t, first, w.ask(t, o.Method, path, bodyOf(t, o), "Idempotency-Key", "one"))
	})
}

func TestTheSameKeyWithAnotherRequestIsRefused(t *testing.T) {
	w := start(t)
	idempotent(t, w, func(t *testing.T, o api.Operation, path string) {
		first := w.obeyed(t, o.Method, path, bodyOf(t, o), "Idempotency-Key", "one")
		untouched := w.untouched(t, acme+"/"+first.ID())
		before := w.obeyed(t, "GET", acme, "")
		refused(t, w.ask(t, o.Method, path, otherBody(t, o), "Idempotency-Key", "one"), problem.KeyReused)
		if strings.Contains(o.Path, "{integrationId}") {
			other, _ := w.create(t)
			before = w.obeyed(t, "GET", acme, "")
			refused(t, w.ask(t, o.Method, fill(t, o, "acme", idOf(other)), bodyOf(t, o), "Idempotency-Key", "one"), problem.KeyReused)
		}
		if diff := cmp.Diff(before.String(), w.obeyed(t, "GET", acme, "").String()); diff != "" {
			t.Errorf("refused, and yet (-before +after):\n%s", diff)
		}
		untouched()
	})
}

func TestKeysOfOthersAndOfOtherOperationsAreOtherKeys(t *testing.T) {
	w := start(t)
	agency := w.as("agency@acme.test")
	first := w.obeyed(t, "POST", acme, sample, "Idempotency-Key", "one")
	path := acme + "/" + first.ID()
	for name, a := range map[string]localtest.Answer{
		"another actor":     agency.ask(t, "POST", acme, otherBody(t, api.Find("create-integration")), "Idempotency-Key", "one"),
		"another account":   agency.ask(t, "POST", globex, sample, "Idempotency-Key", "one"),
		"another operation": w.ask(t, "POST", path+"/rotate", `{"expireOld":"now"}`, "Idempotency-Key", "one"),
		"another key":       w.ask(t, "POST", acme, sample, "Idempotency-Key", "One"),
		"no key":            w.ask(t, "POST", acme, sample),
	} {
		if a.Status/100 != 2 || a.Token() == "" {
			t.Errorf("%s: %s", name, a)
		}
	}
}

func TestFiftyOfOneKeyAtOnceHaveOneEffect(t *testing.T) {
	w := start(t)
	for _, o := range api.Operations {
		if !o.Idempotent {
			continue
		}
		variants := map[string]string{o.ID: bodyOf(t, o)}
		if o.ID == "rotate-token" {
			variants["rotate-token later"] = `{"expireOld":"later"}`
		}
		for name, body := range variants {
			t.Run(name, func(t *testing.T) {
				on, _ := w.create(t)
				path := fill(t, o, "acme", idOf(on))
				before := w.facts(t)
				var first, rest []localtest.Answer
				for _, a := range atOnce(50, func(int) localtest.Answer { return w.ask(t, o.Method, path, body, "Idempotency-Key", name) }) {
					if a.Token() != "" {
						first = append(first, a)
					} else {
						rest = append(rest, a)
					}
				}
				if len(first) != 1 {
					t.Fatalf("%d tokens were issued", len(first))
				}
				for _, a := range rest {
					if a.Status != http.StatusConflict {
						replay(t, first[0], a)
					}
				}
				// The new token, and what came before it: the integration, the window,
				// or the old token's end.
				if got := w.facts(t) - before; got != 2 {
					t.Errorf("%d facts, not 2", got)
				}
			})
		}
	}
}

// facts counts all that has happened in acme to what there is.
func (w *world) facts(t testing.TB) (n int) {
	t.Helper()
	for _, id := range w.ids(t) {
		var page struct{ Events []any }
		if err := w.obeyed(t, "GET", acme+"/"+id+"/events?limit=100", "").Into(&page); err != nil {
			t.Fatal(err)
		}
		n += len(page.Events)
	}
	return n
}

func TestKeysThatAreNoneAreRefused(t *testing.T) {
	w := start(t)
	idempotent(t, w, func(t *testing.T, o api.Operation, path string) {
		before := w.facts(t)
		for name, values := range map[string][]string{
			"empty": {""}, "256 characters": {strings.Repeat("a", 256)}, "8,000 characters": {strings.Repeat("a", 8_000)},
			"letter beyond ASCII": {"é"}, "Latin-1": {"\xe9"}, "tab": {"a\tb"}, "two": {strings.Repeat("a", 200), strings.Repeat("a", 200)},
		} {
			a := w.raw(t, o.Method, path, strings.NewReader(bodyOf(t, o)), http.Header{"Content-Type": {"application/json"}, "Idempotency-Key": values})
			if a.Status != http.StatusUnprocessableEntity {
				t.Errorf("%s: %s", name, a)
				continue
			}
			refused(t, a, problem.ValidationFailed, "Idempotency-Key")
		}
		if after := w.facts(t); after != before {
			t.Errorf("refused, and yet %d facts", after-before)
		}
		for _, key := range []string{"a", "~ !", strings.Repeat("a", 255)} {
			w.obeyed(t, o.Method, path, bodyOf(t, o), "Idempotency-Key", key)
		}
	})
}

func TestAKeyIsForgottenAfterADayToTheMillisecond(t *testing.T) {
	w := start(t)
	at := noon
	idempotent(t, w, func(t *testing.T, o api.Operation, path string) {
		stop := func(to time.Time) {
			t.Helper()
			if err := w.Clock.Stop(to); err != nil {
				t.Fatal(err)
			}
			at = to
		}
		stop(at)
		begun := at
		first := w.obeyed(t, o.Method, path, bodyOf(t, o), "Idempotency-Key", "one")
		stop(begun.Add(integration.ReceiptAge - time.Millisecond))
		replay(t, first, w.ask(t, o.Method, path, bodyOf(t, o), "Idempotency-Key", "one"))
		refused(t, w.ask(t, o.Method, path, otherBody(t, o), "Idempotency-Key", "one"), problem.KeyReused)
		stop(begun.Add(integration.ReceiptAge))
		second := w.obeyed(t, o.Method, path, otherBody(t, o), "Idempotency-Key", "one")
		if second.Token() == "" || second.Token() == first.Token() {
			t.Errorf("a day later: %s", second)
		}
		replay(t, second, w.ask(t, o.Method, path, otherBody(t, o), "Idempotency-Key", "one"))
		refused(t, w.ask(t, o.Method, path, bodyOf(t, o), "Idempotency-Key", "one"), problem.KeyReused)
	})
}

func TestRefusedRequestsLeaveTheirKeyFree(t *testing.T) {
	w := start(t)
	path := w.rotating(t)
	refused(t, w.ask(t, "POST", path+"/rotate", `{"expireOld":"later"}`, "Idempotency-Key", "one"), problem.RotationPending)
	refused(t, w.ask(t, "POST", acme, `{"name":"","scopes":["contacts.readonly"]}`, "Idempotency-Key", "one"), problem.ValidationFailed, "name")
	w.obeyed(t, "POST", path+"/rotation/complete", "")
	w.obeyed(t, "POST", path+"/rotate", `{"expireOld":"later"}`, "Idempotency-Key", "one")
	w.obeyed(t, "POST", acme, sample, "Idempotency-Key", "one")
}
