package lambda_test

import (
	"slices"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/infra/local/lambda"
	"github.com/private-integrations/private-integrations/pkg/gateway"
)

// starts is how often each function is started: the median counts.
const starts = 11

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2].Round(10 * time.Microsecond)
}

// Times depend on the machine and on what else it does, so they are told and
// not judged. That of the empty function is of the same minute.
func TestHowLongAnAuthorizerTakesToStart(t *testing.T) {
	c := newCloud(t)
	made := c.create(t)
	event := payload(t, "authorizer.json", made.Token)
	table, secrets, plain := c.fronted(t, false)
	_, _, tls := c.fronted(t, true)
	var empty, wired, warm, warmTLS, first, second []time.Duration
	once := func(name string, variables ...string) *lambda.Function {
		f := c.start(t, name, variables...)
		defer f.Stop()
		if name == "authorizer" {
			first = append(first, timed(t, f, event))
			second = append(second, timed(t, f, event))
		}
		return f
	}
	for range starts {
		empty = append(empty, once("empty").Init())
		authorizer := once("authorizer", plain...)
		warm = append(warm, authorizer.Init())
		wired = append(wired, firstConnection(table, secrets).Sub(authorizer.Started()))
		warmTLS = append(warmTLS, once("authorizer", tls...).Init())
	}
	t.Logf("from the start of the process, medians of %d:", starts)
	t.Logf("%10s  an empty function, until it asks for work", median(empty))
	t.Logf("%10s  the authorizer, until it begins to warm (goal: 6ms more than the empty one)", median(wired))
	t.Logf("%10s  the authorizer, warm over HTTP, until it asks for work", median(warm))
	t.Logf("%10s  the authorizer, warm over TLS, until it asks for work (goal: 25ms more than the empty one)", median(warmTLS))
	t.Logf("%10s  its first invocation, %s the second", median(first), median(second))
}

// firstConnection is the first of the latest start.
func firstConnection(fronts ...*front) time.Time {
	var first time.Time
	for _, f := range fronts {
		at := f.connections()
		if latest := at[len(at)-1]; first.IsZero() || latest.Before(first) {
			first = latest
		}
	}
	return first
}

func timed(t *testing.T, f *lambda.Function, event []byte) time.Duration {
	t.Helper()
	var out gateway.AuthorizerResponse
	from := time.Now()
	invoke(t, f, event, &out)
	return time.Since(from)
}

// measured is how many invocations the CPU time is divided by.
const measured = 2000

func TestHowMuchCPUAnInvocationOfTheAuthorizerTakes(t *testing.T) {
	c := newCloud(t)
	made := c.create(t)
	event := payload(t, "authorizer.json", made.Token)
	_, _, plain := c.fronted(t, false)
	_, _, tls := c.fronted(t, true)
	took := func(invocations int, name string, variables ...string) time.Duration {
		f := c.start(t, name, variables...)
		for range invocations {
			if _, err := f.Invoke(t.Context(), event); err != nil {
				t.Fatal(err)
			}
		}
		ended := f.Stop()
		return ended.UserTime() + ended.SystemTime()
	}
	each := func(name string, variables ...string) time.Duration {
		start := took(1, name, variables...)
		return ((took(1+measured, name, variables...) - start) / measured).Round(time.Microsecond)
	}
	t.Logf("CPU time of one invocation, from %d:", measured)
	t.Logf("%10s  an empty function", each("empty"))
	t.Logf("%10s  the authorizer over HTTP", each("authorizer", plain...))
	t.Logf("%10s  the authorizer over TLS (goal: 400µs)", each("authorizer", tls...))
}
