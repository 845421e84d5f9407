package lambda_test

import (
	"strings"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/gateway"
	"github.com/private-integrations/private-integrations/pkg/table"
	"github.com/private-integrations/private-integrations/pkg/token"
	"github.com/private-integrations/private-integrations/pkg/usage"
)

// used gives what is stored of a token by now.
func (c *cloud) used(t *testing.T, text string) (count int64, callers map[usage.Caller]usage.Calls) {
	t.Helper()
	id := token.ID(strings.Split(text, "_")[1])
	rows, err := table.New(c.DB).Usage(t.Context(), []token.ID{id}, usage.DayOf(time.Now())-1)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		count += row.Count
		callers = row.Callers
	}
	return count, callers
}

// A function is frozen when it has answered: what it does not write before may
// wait for hours.
func TestAFirstUseIsWrittenBeforeItIsAnsweredAndTheRestAtTheFunctionsEnd(t *testing.T) {
	c := newCloud(t)
	made := c.create(t)
	var ends []func()
	for range 2 {
		f := c.start(t, "authorizer")
		ends = append(ends, func() { f.Stop() })
		before, _ := c.used(t, made.Token)
		var out gateway.AuthorizerResponse
		invoke(t, f, payload(t, "authorizer.json", made.Token), &out)
		after, callers := c.used(t, made.Token)
		if after != before+1 {
			t.Errorf("after an instance's first request %d are counted, before it %d", after, before)
		}
		for caller := range callers {
			if caller.Address == "" || caller.Agent == "" || len(callers) != 1 {
				t.Errorf("called by %+v", callers)
			}
		}
		for range 5 {
			invoke(t, f, payload(t, "authorizer.json", made.Token), &out)
		}
		if later, _ := c.used(t, made.Token); later != after {
			t.Errorf("within the same minute %d more are written", later-after)
		}
	}
	for n, stop := range ends {
		stop()
		if got, _ := c.used(t, made.Token); got != int64(7+5*n) {
			t.Errorf("after %d instances have ended %d requests are counted", n+1, got)
		}
	}
}
