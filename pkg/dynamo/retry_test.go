package dynamo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/table"
)

// script answers calls by itself; what it is asked is kept.
type script struct {
	answers func(call int, req *http.Request) (*http.Response, error)
	bodies  [][]byte
}

func (s *script) Do(req *http.Request) (*http.Response, error) {
	s.bodies = append(s.bodies, bodyOf(req))
	return s.answers(len(s.bodies)-1, req)
}

func ok(req *http.Request) (*http.Response, error) { return answer(req, 200, map[string]any{}), nil }

// failing lets the first calls go wrong.
func failing(times int, f fault) func(int, *http.Request) (*http.Response, error) {
	return func(call int, req *http.Request) (*http.Response, error) {
		if call < times {
			return f.do(req, &script{answers: func(_ int, req *http.Request) (*http.Response, error) { return ok(req) }})
		}
		return ok(req)
	}
}

func (s *script) tokens(t *testing.T) []string {
	t.Helper()
	var tokens []string
	for _, body := range s.bodies {
		var in struct{ ClientRequestToken string }
		if err := json.Unmarshal(body, &in); err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, in.ClientRequestToken)
	}
	return tokens
}

var twoWrites = []table.Write{
	{Key: table.Key{Partition: "P", Sort: "1"}, Put: table.Item{{Name: "n", Kind: table.Number, Number: 1}}},
	{Key: table.Key{Partition: "P", Sort: "2"}, Remove: true},
}

func TestPassingFaultsAreRetriedUnderOneToken(t *testing.T) {
	for _, f := range everyFault {
		t.Run(f.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{answers: failing(3, f)}
				db := New(config(s), "t")
				for range 2 {
					s.bodies = nil
					if err := db.Write(t.Context(), twoWrites); err != nil {
						t.Fatal(err)
					}
					if tokens := slices.Compact(s.tokens(t)); len(s.bodies) != 4 || len(tokens) != 1 || len(tokens[0]) < 20 {
						t.Errorf("%d calls under the tokens %q, want 4 under one", len(s.bodies), tokens)
					}
				}
			})
		})
	}
}

func TestEveryWriteHasATokenOfItsOwn(t *testing.T) {
	s := &script{answers: failing(0, fault{})}
	db := New(config(s), "t")
	for range 3 {
		if err := db.Write(t.Context(), twoWrites[:1]); err != nil {
			t.Fatal(err)
		}
	}
	tokens := s.tokens(t)
	slices.Sort(tokens)
	if len(slices.Compact(tokens)) != 3 {
		t.Errorf("tokens %q", tokens)
	}
}

func TestRetriesEndAndSpreadOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{answers: failing(1<<30, conflict)}
		begin := time.Now()
		err := New(config(s), "t").Write(t.Context(), twoWrites)
		if err == nil || errors.As(err, new(*table.Refused)) {
			t.Errorf("%v, want a fault", err)
		}
		if took := time.Since(begin); len(s.bodies) != attempts || took == 0 || took > attempts*maxDelay {
			t.Errorf("%d calls in %s, want %d", len(s.bodies), took, attempts)
		}
	})
	for attempt := range 70 {
		bound := min(maxDelay, baseDelay<<min(attempt, 6))
		var least, most time.Duration = bound, 0
		for range 1000 {
			d := delay(attempt)
			least, most = min(least, d), max(most, d)
		}
		if least < 0 || least > bound/20 || most > bound || attempt > 0 && most < baseDelay/2 {
			t.Errorf("after attempt %d: delays from %s to %s, want them all over %s", attempt, least, most, bound)
		}
	}
}

func TestRetriesEndWithTheirContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		defer cancel()
		s := &script{answers: failing(1<<30, throttle)}
		begin := time.Now()
		if _, err := New(config(s), "t").Get(ctx, table.Key{Partition: "P", Sort: "S"}); err == nil {
			t.Error("no fault")
		}
		if took := time.Since(begin); took > 30*time.Millisecond {
			t.Errorf("took %s", took)
		}
	})
}

func TestFailedConditionIsAnAnswerAndNeverRetried(t *testing.T) {
	for _, test := range []struct {
		reasons []string
		want    []int
	}{
		{[]string{"ConditionalCheckFailed", "None"}, []int{0}},
		{[]string{"ConditionalCheckFailed", "ConditionalCheckFailed"}, []int{0, 1}},
		{[]string{"TransactionConflict", "ConditionalCheckFailed"}, []int{1}},
		{[]string{"ThrottlingError", "ConditionalCheckFailed"}, []int{1}},
	} {
		s := &script{answers: func(_ int, req *http.Request) (*http.Response, error) {
			return cancellation(req, test.reasons...), nil
		}}
		var refused *table.Refused
		if err := New(config(s), "t").Write(t.Context(), twoWrites); !errors.As(err, &refused) {
			t.Errorf("%q: %v", test.reasons, err)
			continue
		}
		if diff := cmp.Diff(test.want, refused.Writes); diff != "" || len(s.bodies) != 1 {
			t.Errorf("%q: refused (-want +got) after %d calls:\n%s", test.reasons, len(s.bodies), diff)
		}
	}
}

func TestLastingFaultsAreNotRetried(t *testing.T) {
	for _, f := range []fault{
		refuse("denied", 400, "AccessDeniedException"),
		refuse("no such table", 400, "ResourceNotFoundException"),
		{"bad item", func(req *http.Request, _ aws.HTTPClient) (*http.Response, error) {
			return cancellation(req, "None", "ValidationError"), nil
		}},
	} {
		s := &script{answers: failing(1<<30, f)}
		if err := New(config(s), "t").Write(t.Context(), twoWrites); err == nil || len(s.bodies) != 1 {
			t.Errorf("%s: %v after %d calls", f.name, err, len(s.bodies))
		}
	}
}

// batches answers BatchGetItem with an item {"n": SK} for each of the first
// keys, and puts off the others.
func batches(most int) func(int, *http.Request) (*http.Response, error) {
	return func(_ int, req *http.Request) (*http.Response, error) {
		type keys struct {
			Keys           []map[string]map[string]string
			ConsistentRead bool
		}
		var in struct{ RequestItems map[string]keys }
		if err := json.Unmarshal(bodyOf(req), &in); err != nil {
			return nil, err
		}
		asked := in.RequestItems["t"]
		if len(asked.Keys) > batchSize || !asked.ConsistentRead {
			return nil, fmt.Errorf("%d keys, consistent: %v", len(asked.Keys), asked.ConsistentRead)
		}
		taken := min(most, len(asked.Keys))
		found := []any{}
		for _, key := range slices.Backward(asked.Keys[:taken]) {
			found = append(found, map[string]any{partitionKey: key[partitionKey], sortKey: key[sortKey], "is": key[sortKey]})
		}
		left := map[string]keys{}
		if taken < len(asked.Keys) {
			left["t"] = keys{asked.Keys[taken:], true}
		}
		return answer(req, 200, map[string]any{"Responses": map[string]any{"t": found}, "UnprocessedKeys": left}), nil
	}
}

func TestReadsThatDynamoDBPutsOffAreAskedForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keys := make([]table.Key, 250)
		want := make([]table.Item, len(keys))
		for n := range keys {
			keys[n] = table.Key{Partition: "P", Sort: fmt.Sprint(n)}
			want[n] = table.Item{{Name: "is", Kind: table.String, Text: keys[n].Sort}}
		}
		got, err := New(config(&script{answers: batches(30)}), "t").GetAll(t.Context(), keys)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		s := &script{answers: batches(0)}
		if _, err := New(config(s), "t").GetAll(t.Context(), keys); err == nil || len(s.bodies) != attempts {
			t.Errorf("%v after %d calls, want a fault after %d", err, len(s.bodies), attempts)
		}
	})
}
