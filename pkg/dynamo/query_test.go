package dynamo

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/table"
)

// pages answers Query with the items 0 to last, at most most of them at once,
// and says so as DynamoDB does where it ends a page at 1 MB.
func pages(most, last int) func(int, *http.Request) (*http.Response, error) {
	return func(_ int, req *http.Request) (*http.Response, error) {
		var in struct {
			Limit             int
			ExclusiveStartKey map[string]map[string]string
		}
		if err := json.Unmarshal(bodyOf(req), &in); err != nil {
			return nil, err
		}
		next := 0
		if after := in.ExclusiveStartKey[sortKey]["S"]; after != "" {
			n, err := strconv.Atoi(after)
			if err != nil {
				return nil, err
			}
			next = n + 1
		}
		out := map[string]any{}
		items := []any{}
		for n := next; n < next+min(most, in.Limit) && n <= last; n++ {
			key := map[string]any{partitionKey: map[string]string{"S": "P"}, sortKey: map[string]string{"S": fmt.Sprint(n)}, "dueAt": map[string]string{"N": fmt.Sprint(n)}}
			items = append(items, key)
			if n < last {
				out["LastEvaluatedKey"] = key
			} else {
				delete(out, "LastEvaluatedKey")
			}
		}
		out["Items"] = items
		return answer(req, 200, out), nil
	}
}

func TestPagesThatDynamoDBCutsShortAreReadOn(t *testing.T) {
	for _, test := range []struct{ most, limit, want, calls int }{
		{3, 7, 7, 3}, {3, 6, 6, 2}, {3, 100, 11, 4}, {100, 11, 11, 1}, {0, 5, 0, 1},
	} {
		s := &script{answers: pages(test.most, 10)}
		rows, err := New(config(s), "t").Query(t.Context(), table.Query{Partition: "P", Limit: test.limit})
		if err != nil || len(rows) != test.want || len(s.bodies) != test.calls {
			t.Errorf("%+v: %d rows by %d calls, %v", test, len(rows), len(s.bodies), err)
		}
		for n, row := range rows {
			if row.Key.Sort != fmt.Sprint(n) {
				t.Errorf("%+v: row %d is %s", test, n, row.Key)
			}
		}
		s = &script{answers: pages(test.most, 10)}
		due, err := New(config(s), "t").Due(t.Context(), 1, time.UnixMilli(99), nil, test.limit)
		if err != nil || len(due) != test.want || len(s.bodies) != test.calls {
			t.Errorf("%+v: %d due by %d calls, %v", test, len(due), len(s.bodies), err)
		}
	}
}
