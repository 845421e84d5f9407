package lambda_test

import (
	"encoding/json"
	"net/http"
	"sync"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/table"
)

// eventBus stands for EventBridge: it takes what is put and keeps what it is.
//
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
type eventBus struct {
	sync.Mutex
	got []string
}

func (b *eventBus) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Entries []struct{ EventBusName, DetailType string }
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	type entry struct {
		EventID string `json:"EventId"`
	}
	out := struct {
		FailedEntryCount int
		Entries          []entry
	}{}
	b.Lock()
	defer b.Unlock()
	for _, e := range in.Entries {
		b.got = append(b.got, e.EventBusName+" "+e.DetailType)
		out.Entries = append(out.Entries, entry{"e"})
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	_ = json.NewEncoder(w).Encode(out)
}

func streamChanges(t *testing.T, c *cloud) {
	bus := &eventBus{}
	f := c.start(t, "publisher", "AWS_ENDPOINT_URL_EVENTBRIDGE", serve(t, bus, false).URL)
	var out events.DynamoDBEventResponse
	invoke(t, f, payload(t, "stream-changes.json", ""), &out)
	if len(out.BatchItemFailures) > 0 {
		t.Errorf("%+v", out)
	}
	// The third is of a token that nothing is known of any more.
	if diff := cmp.Diff([]string{"integrations rotation.due", "integrations permission.changed"}, bus.got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func queueEvents(t *testing.T, c *cloud) {
	var out events.SQSEventResponse
	invoke(t, c.start(t, "notifier"), payload(t, "queue-events.json", ""), &out)
	if len(out.BatchItemFailures) > 0 {
		t.Errorf("%+v", out)
	}
	notices, err := table.New(c.DB).Notices(t.Context(), "acme", "", 10)
	if err != nil || len(notices) != 1 || notices[0].ID != "account:acme.1" {
		t.Errorf("%+v, %v", notices, err)
	}
}
