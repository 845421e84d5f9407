package eventbus_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/event"
	"github.com/private-integrations/private-integrations/pkg/eventbus"
	"github.com/private-integrations/private-integrations/pkg/fact"
)

// serve is an EventBridge that answers each call so, and keeps what it was sent.
func serve(t *testing.T, status int, answer string) (*eventbus.Bus, *map[string]any) {
	t.Helper()
	sent := map[string]any{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Amz-Target") != "AWSEvents.PutEvents" {
			t.Errorf("called %s", r.Header.Get("X-Amz-Target"))
		}
		clear(sent)
		_ = json.NewDecoder(r.Body).Decode(&sent)
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(answer))
	}))
	t.Cleanup(server.Close)
	return eventbus.New(aws.Config{
		Region: "eu-central-1", BaseEndpoint: aws.String(server.URL), RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
		}),
	}, "bus"), &sent
}

func two() []event.Event {
	at := event.Instant{Time: time.Date(2027, 3, 1, 8, 0, 0, 0, time.UTC)}
	return []event.Event{
		{Version: 1, ID: "i.1", Type: fact.Created, At: at, Account: "acme", Integration: "i", Seq: 1, Changes: []fact.Delta{}},
		{Version: 1, ID: "i.2", Type: fact.TokenCreated, At: at, Account: "acme", Integration: "i", Seq: 2, Changes: []fact.Delta{}},
	}
}

func TestEventsAreSentWithTheirTypeTimeAndDetail(t *testing.T) {
	bus, sent := serve(t, 200, `{"FailedEntryCount":0,"Entries":[{"EventId":"1"},{"EventId":"2"}]}`)
	for n, err := range bus.Put(t.Context(), two()) {
		if err != nil {
			t.Errorf("event %d: %v", n, err)
		}
	}
	want := map[string]any{
		"EventBusName": "bus", "Source": "private-integrations", "DetailType": "integration.created", "Time": 1803888000.0,
		"Detail": string(two()[0].Text()),
	}
	if diff := cmp.Diff(want, (*sent)["Entries"].([]any)[0]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEachEventThatWasNotTakenIsNamed(t *testing.T) {
	bus, _ := serve(t, 200, `{"FailedEntryCount":1,"Entries":[{"EventId":"1"},{"ErrorCode":"ThrottlingException","ErrorMessage":"slow down"}]}`)
	got := bus.Put(t.Context(), two())
	if got[0] != nil || got[1] == nil || !strings.Contains(got[1].Error(), "slow down") {
		t.Errorf("%v", got)
	}
}

func TestFaultOfTheCallIsOneOfEachEvent(t *testing.T) {
	for status, answer := range map[int]string{400: `{"__type":"ResourceNotFoundException"}`, 500: `{}`, 200: `{"Entries":[{"EventId":"1"}]}`} {
		bus, _ := serve(t, status, answer)
		for n, err := range bus.Put(t.Context(), two()) {
			if err == nil {
				t.Errorf("%d %s: event %d was taken", status, answer, n)
			}
		}
	}
}
