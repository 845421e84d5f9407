package attacks_test

import (
	"net/http"
	"testing"

	"github.com/private-integrations/private-integrations/infra/local/localtest"
	"github.com/private-integrations/private-integrations/infra/local/runner"
	"github.com/private-integrations/private-integrations/pkg/problem"
)

func TestTheQuotaIsNeverExceeded(t *testing.T) {
	const quota = 5
	w := start(t, func(c *runner.Config) { c.MaxIntegrations = quota })
	race := func(t *testing.T, free int) {
		t.Helper()
		created := 0
		for _, a := range atOnce(30, func(n int) localtest.Answer { return w.ask(t, "POST", acme, sample) }) {
			if a.Status == http.StatusCreated {
				created++
				continue
			}
			refused(t, a, problem.QuotaReached)
		}
		if live := w.ids(t); created != free || len(live) != quota {
			t.Errorf("%d created where %d were free; there are %d", created, free, len(live))
		}
	}
	race(t, quota)
	untouched := w.untouched(t, acme+"/"+w.ids(t)[0])
	refused(t, w.ask(t, "POST", acme, sample), problem.QuotaReached)
	refused(t, w.as("agency@acme.test").ask(t, "POST", acme, sample, "Idempotency-Key", "one"), problem.QuotaReached)
	untouched()
	t.Run("another account has its own", func(t *testing.T) { w.as("admin@globex.test").obeyed(t, "POST", globex, sample) })
	t.Run("dead tokens count", func(t *testing.T) {
		for _, id := range w.ids(t) {
			w.obeyed(t, "POST", acme+"/"+id+"/expire", `{}`)
		}
		refused(t, w.ask(t, "POST", acme, sample), problem.QuotaReached)
	})
	t.Run("deleting frees", func(t *testing.T) {
		for _, id := range w.ids(t)[:2] {
			w.obeyed(t, "DELETE", acme+"/"+id, "")
			refused(t, w.ask(t, "DELETE", acme+"/"+id, ""), problem.NotFound) // twice frees no second one
		}
		race(t, 2)
	})
	t.Run("deleting at once frees one", func(t *testing.T) {
		id := w.ids(t)[0]
		atOnce(10, func(int) localtest.Answer { return w.ask(t, "DELETE", acme+"/"+id, "") })
		race(t, 1)
	})
	t.Run("a replay takes no place", func(t *testing.T) {
		w.obeyed(t, "DELETE", acme+"/"+w.ids(t)[0], "")
		first := w.obeyed(t, "POST", acme, sample, "Idempotency-Key", "two")
		replay(t, first, w.ask(t, "POST", acme, sample, "Idempotency-Key", "two"))
		if n := len(w.ids(t)); n != quota {
			t.Errorf("there are %d", n)
		}
	})
}
