package boot

import (
	"context"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/batch"
	"github.com/private-integrations/private-integrations/pkg/deliver"
	"github.com/private-integrations/private-integrations/pkg/event"
	"github.com/private-integrations/private-integrations/pkg/rig"
)

// bus keeps the ids and types of what it is given.
type bus struct{ got []string }

func (b *bus) Put(_ context.Context, events []event.Event) []error {
	for _, e := range events {
		b.got = append(b.got, e.ID+" "+string(e.Type))
	}
	return make([]error, len(events))
}

func streamChanges(t *testing.T, r *rig.Rig, file string) {
	to := &bus{}
	changes := &batch.Changes{
		Publisher: &deliver.Publisher{Bus: to, Format: r.Format}, Store: r.Store, Now: r.Clock.Now, Log: quiet,
	}
	var out events.DynamoDBEventResponse
	invoke(t, changes.Handle, file, "", &out)
	if len(out.BatchItemFailures) > 0 {
		t.Errorf("%+v", out)
	}
	// The third is of a token that nothing is known of any more.
	want := []string{"01KAN2W8QG7T5Y9C3ZB4D6EXMP.4 rotation.due", "account:acme.1 permission.changed"}
	if diff := cmp.Diff(want, to.got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func queueEvents(t *testing.T, r *rig.Rig, file string) {
	var out events.SQSEventResponse
	invoke(t, (&batch.Events{Notifier: &deliver.Notifier{Store: r.Store, Now: r.Clock.Now}, Log: quiet}).Handle, file, "", &out)
	if len(out.BatchItemFailures) > 0 {
		t.Errorf("%+v", out)
	}
	notices, err := r.Store.Notices(t.Context(), "acme", "", 10)
	if err != nil || len(notices) != 1 || notices[0].ID != "account:acme.1" {
		t.Errorf("%+v, %v", notices, err)
	}
}
