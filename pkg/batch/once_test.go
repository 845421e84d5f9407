package batch_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/event"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/remind"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/sweep"
	"github.com/private-integrations/private-integrations/pkg/table"
	"github.com/private-integrations/private-integrations/pkg/token"
	"github.com/private-integrations/private-integrations/pkg/usage"
)

// live has some happen in two accounts, with people in each.
func (w *world) live(t *testing.T) {
	t.Helper()
	var dead []token.ID
	for _, of := range []string{"acme", "globex"} {
		admin, staff := rig.Admin(of), rig.Staff(of)
		if _, err := w.Manage.Access(t.Context(), staff, of); err != nil {
			t.Fatal(err)
		}
		for n := range 4 {
			in := integration.New{Account: of, Name: fmt.Sprintf("Shop %d", n), Scopes: []string{rig.Readonly}}
			if n%2 == 0 {
				in.ExpiresAt = w.Clock.Now().Add(time.Hour)
			}
			issued, err := w.Manage.Create(t.Context(), admin, in, manage.Idempotency{})
			if err != nil {
				t.Fatal(err)
			}
			if n == 3 {
				if _, err := w.Manage.Rotate(t.Context(), admin, rig.Target(issued), integration.Rotation{}, manage.Idempotency{}); err != nil {
					t.Fatal(err)
				}
				dead = append(dead, issued.Token.ID())
			}
		}
		id := account.MemberID(staff.Issuer, staff.ID)
		if _, err := w.Manage.SetPermission(t.Context(), admin, of, id, account.View); err != nil {
			t.Fatal(err)
		}
	}
	w.Clock.Advance(time.Hour)
	if _, err := sweep.Run(t.Context(), w.Store, w.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	for _, id := range dead {
		w.reuse(t, id, w.Clock.Now())
	}
	w.Clock.Advance(integration.ReminderAge)
	if _, err := remind.Run(t.Context(), w.Store, w.Clock.Now()); err != nil {
		t.Fatal(err)
	}
}

// reuse has a dead token used, as the authorizer writes that down.
func (w *world) reuse(t *testing.T, id token.ID, at time.Time) {
	t.Helper()
	caller := usage.NewCaller("198.51.100.7", "curl/8.5")
	became := w.Store.AddUsage(t.Context(), []usage.Addition{{New: true, Row: usage.Row{
		Key: usage.Key{Token: id, Day: usage.DayOf(at), Dead: true}, Account: "a", Integration: "i", Count: 1, FirstAt: at, LastAt: at,
		Callers: map[usage.Caller]usage.Calls{caller: {Count: 1, LastAt: at}},
	}}})
	if became[0].Err != nil {
		t.Fatal(became[0].Err)
	}
}

// facts are all that there are, by id.
func (w *world) facts(t *testing.T) map[string]fact.Fact {
	t.Helper()
	all := map[string]fact.Fact{}
	for _, records := range w.written(t) {
		for _, r := range records {
			f, err := table.Written{Row: r.Row, New: true}.Fact()
			if err != nil {
				t.Fatal(err)
			}
			if f != nil {
				all[f.ID()] = *f
			}
		}
	}
	return all
}

func TestEveryEffectIsThereOnceThoughRecordsComeThreeTimesAndShuffled(t *testing.T) {
	for seed := range uint64(5) {
		w := newWorld(t, seed)
		w.live(t)
		w.faults = 0.2
		before := w.facts(t)
		w.stream(t, w.shuffled(w.written(t), 3))
		// What the stream has led to comes by the stream as well.
		facts := w.facts(t)
		w.stream(t, w.shuffled(w.written(t), 1))
		w.drain(t)
		if got, want := len(facts), len(before)+2; got != want {
			t.Errorf("%d facts, want %d: one for each dead token that was used", got, want)
		}
		if again := w.facts(t); len(again) != len(facts) {
			t.Errorf("%d facts after %d", len(again), len(facts))
		}

		sent := map[string][]byte{}
		for _, e := range w.events {
			text := e.Text()
			if before, again := sent[e.ID]; again && !bytes.Equal(before, text) {
				t.Errorf("one event in two forms:\n%s\n%s", before, text)
			}
			sent[e.ID] = text
		}
		if diff := cmp.Diff(slices.Sorted(maps.Keys(facts)), slices.Sorted(maps.Keys(sent))); diff != "" {
			t.Errorf("seed %d: (-facts +events):\n%s", seed, diff)
		}
		want := map[string]int{}
		told := map[string][]string{}
		for id, f := range facts {
			overtaken := slices.ContainsFunc(f.Changes, func(d fact.Delta) bool { return d.Field == fact.OvertakenBy })
			switch {
			case overtaken:
			case f.Type == fact.RotationUpcoming, f.Type == fact.RotationDue, f.Type == fact.PermissionChanged, f.Type == fact.ReuseDetected, f.Type == fact.TokenEnded && f.Reason == "expired":
				want[id+" admin@"+f.Account+".test"] = 1
				told[f.Account] = append(told[f.Account], id)
			}
		}
		if len(want) < 10 {
			t.Fatalf("only %d to tell of", len(want))
		}
		if diff := cmp.Diff(want, w.mails); diff != "" {
			t.Errorf("seed %d: e-mails (-want +got):\n%s", seed, diff)
		}
		for of, ids := range told {
			notices, err := w.Store.Notices(t.Context(), of, "", 100)
			if err != nil {
				t.Fatal(err)
			}
			var listed []string
			for _, n := range notices {
				listed = append(listed, n.ID)
			}
			slices.Sort(listed)
			slices.Sort(ids)
			if diff := cmp.Diff(ids, listed); diff != "" {
				t.Errorf("seed %d: notices of %s (-want +got):\n%s", seed, of, diff)
			}
		}
	}
}

func TestPoisonedChangeIsLeftAloneAndKeepsNothingElseBack(t *testing.T) {
	w := newWorld(t, 1)
	w.live(t)
	records, want := w.shuffled(w.written(t), 1), len(w.facts(t))-1
	var poisoned int
	for n := range records {
		if f := records[n]; strings.HasPrefix(f.Key.Sort, "FACT#") && n > 5 {
			records[n].Item = slices.DeleteFunc(slices.Clone(f.Item), func(a table.Attribute) bool { return a.Name == "type" })
			poisoned = n
			break
		}
	}
	handler := w.changes()
	var alone []string
	for queue := [][]record{records}; len(queue) > 0; {
		batch := queue[0]
		queue = queue[1:]
		answer, err := handler.Handle(t.Context(), decode(t, payload(batch)))
		switch {
		case err != nil && len(batch) == 1:
			alone = append(alone, batch[0].number)
		case err != nil:
			queue = append([][]record{batch[:len(batch)/2], batch[len(batch)/2:]}, queue...)
		case len(answer.BatchItemFailures) > 0:
			n := slices.IndexFunc(batch, func(r record) bool { return r.number == answer.BatchItemFailures[0].ItemIdentifier })
			queue = append([][]record{batch[n:]}, queue...)
		}
	}
	if diff := cmp.Diff([]string{records[poisoned].number}, alone); diff != "" {
		t.Errorf("given up (-want +got):\n%s", diff)
	}
	if got := len(w.events); got != want {
		t.Errorf("%d events, want %d", got, want)
	}
}

func TestOperatorHasChangesDealtWithAgainByTheirKeys(t *testing.T) {
	w := newWorld(t, 1)
	w.live(t)
	handler := lambda.NewHandler(w.changes().Handle)
	for text, well := range map[string]bool{
		`{"again":["TEAM#acme/FACT#000000000001","TEAM#globex/FACT#000000000001"]}`: true,
		`{"again":["TEAM#acme/FACT#000000000009"]}`:                                 false,
		`{"again":["TEAM#acme"]}`:                                                   false,
		`{"again":["TEAM#acme/STATE"]}`:                                             false,
	} {
		if _, err := handler.Invoke(t.Context(), []byte(text)); (err == nil) != well {
			t.Errorf("%s: %v", text, err)
		}
	}
	if len(w.events) != 2 || w.events[0].ID != "account:acme.1" {
		t.Errorf("%+v", w.events)
	}
}

func TestOnlyNewFactsArePublished(t *testing.T) {
	w := newWorld(t, 1)
	w.live(t)
	for _, records := range w.written(t) {
		for n := range records {
			records[n].name = "MODIFY"
		}
		w.stream(t, records)
	}
	if len(w.events) > 0 {
		t.Errorf("%d events of facts that were there", len(w.events))
	}
}

func TestMessagesThatAreNoneOfOursAreLeftInTheQueue(t *testing.T) {
	w := newWorld(t, 1)
	bodies := []string{
		`{`, `{"source":"somebody.else","detail":{}}`, `{"source":"private-integrations","detail":{"version":2,"id":"x.1"}}`,
		`{"source":"private-integrations","detail":{"version":1}}`,
	}
	var in events.SQSEvent
	for _, body := range bodies {
		in.Records = append(in.Records, events.SQSMessage{MessageId: body, Body: body})
	}
	out, err := w.notifier().Handle(t.Context(), in)
	if err != nil || len(out.BatchItemFailures) != len(bodies) {
		t.Errorf("%+v, %v", out, err)
	}
}

func TestSenderWhoDiedIsFollowedByAnother(t *testing.T) {
	w := newWorld(t, 1)
	w.live(t)
	var due event.Event
	for _, f := range w.facts(t) {
		if f.Type == fact.RotationDue {
			due = event.Of(f, w.Format)
		}
	}
	admin := rig.Admin(due.Account)
	id := account.MemberID(admin.Issuer, admin.ID)
	if err := w.Store.Claim(t.Context(), due.ID, id, w.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	notifier := w.notifier().Notifier
	if err := notifier.Notify(t.Context(), due); err == nil || len(w.mails) > 0 {
		t.Errorf("while another may be sending: %v, %v", err, w.mails)
	}
	w.Clock.Advance(2 * time.Minute)
	for range 2 {
		if err := notifier.Notify(t.Context(), due); err != nil {
			t.Error(err)
		}
	}
	if n := w.mails[due.ID+" "+admin.Email]; n != 1 {
		t.Errorf("%d e-mails", n)
	}
	if err := w.Store.Claim(t.Context(), due.ID, id, w.Clock.Now()); err == nil || errors.Is(err, errFault) {
		t.Errorf("claimed after it was told: %v", err)
	}
}

// A program that nobody gave the new token is known by the first e-mail of a day;
// a stranger is always news.
func TestReuseFromAKnownAddressIsMailedOnceADay(t *testing.T) {
	w := newWorld(t, 1)
	issued := w.Create(t, "acme")
	admin := rig.Admin("acme")
	notifier := w.notifier().Notifier
	reuse := func(seq int64, after time.Duration, known bool) (mails int) {
		t.Helper()
		at := rig.Start.Truncate(24 * time.Hour).Add(after)
		e := event.Of(fact.Fact{
			Account: "acme", Integration: issued.ID, Seq: seq, Type: fact.ReuseDetected, At: at, Actor: fact.System, Token: issued.Token.ID(),
			Caller: fact.Caller{Address: "192.0.2.9", Known: known, At: at},
		}, w.Format)
		for range 2 {
			if err := notifier.Notify(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		return w.mails[e.ID+" "+admin.Email]
	}
	for seq, c := range []struct {
		after time.Duration
		known bool
		mails int
	}{
		{0, true, 1}, {time.Hour, true, 0}, {2 * time.Hour, false, 1}, {3 * time.Hour, false, 1}, {23 * time.Hour, true, 0}, {24 * time.Hour, true, 1},
	} {
		if got := reuse(int64(seq)+3, c.after, c.known); got != c.mails {
			t.Errorf("%d e-mails of %+v", got, c)
		}
	}
	notices, err := w.Store.Notices(t.Context(), "acme", "", 10)
	if err != nil || len(notices) != 6 {
		t.Errorf("%d notices, want all six: %v", len(notices), err)
	}
}
