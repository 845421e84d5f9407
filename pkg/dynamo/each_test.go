package dynamo

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/private-integrations/private-integrations/pkg/table"
)

// locked answers one call after the other.
type locked struct {
	mu     sync.Mutex
	script *script
}

func (l *locked) Do(req *http.Request) (*http.Response, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.script.Do(req)
}

// three are writes of each kind.
var three = append(twoWrites, table.Write{
	Key: table.Key{Partition: "P", Sort: "3"}, Update: &table.Update{Add: map[string]int64{"op#GET /a b": 1}},
})

func TestWritesEachForThemselvesAreCallsOfTheirOwnWithoutATransaction(t *testing.T) {
	s := &locked{script: &script{answers: failing(0, fault{})}}
	for n, err := range New(config(s), "t").WriteEach(t.Context(), three) {
		if err != nil {
			t.Errorf("write %d: %v", n, err)
		}
	}
	var asked []string
	for _, body := range s.script.bodies {
		if strings.Contains(string(body), "ClientRequestToken") {
			t.Errorf("a transaction: %s", body)
		}
		asked = append(asked, string(body))
	}
	if len(asked) != 3 || !strings.Contains(strings.Join(asked, ""), `"ExpressionAttributeNames":{"#0":"op#GET /a b"}`) {
		t.Errorf("asked %q", asked)
	}
}

func TestAFaultOfOneWriteIsNoneOfTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &locked{script: &script{answers: func(_ int, req *http.Request) (*http.Response, error) {
			switch operation(req) {
			case "PutItem":
				return answer(req, 400, map[string]string{"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}), nil
			case "UpdateItem":
				return broken.do(req, nil)
			}
			return answer(req, 200, json.RawMessage(`{}`)), nil
		}}}
		became := New(config(s), "t").WriteEach(t.Context(), three)
		if !errors.Is(became[0], table.ErrRefused) || became[1] != nil || became[2] == nil || errors.Is(became[2], table.ErrRefused) {
			t.Errorf("%v", became)
		}
	})
}
