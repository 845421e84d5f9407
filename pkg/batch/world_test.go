package batch_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/batch"
	"github.com/private-integrations/private-integrations/pkg/deliver"
	"github.com/private-integrations/private-integrations/pkg/event"
	"github.com/private-integrations/private-integrations/pkg/notice"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/table"
)

var (
	quiet    = slog.New(slog.DiscardHandler)
	errFault = errors.New("made to fail")
)

// world stands for AWS around the two functions: the table's stream, the bus
// with the queue behind it, and SES. Each hands over more than once, and fails
// when luck says so.
type world struct {
	*rig.Rig
	luck   *rand.Rand
	faults float64 // how many of a hundred calls fail, as a share
	events []event.Event
	queue  []string // messages that wait
	mails  map[string]int
	letter map[string]notice.Message
}

func newWorld(t *testing.T, seed uint64) *world {
	return &world{
		Rig: rig.New(t), luck: rand.New(rand.NewPCG(seed, seed)),
		mails: map[string]int{}, letter: map[string]notice.Message{},
	}
}

func (w *world) fails() bool { return w.luck.Float64() < w.faults }

// Put is the bus: what it takes lands in the queue, now and then twice.
func (w *world) Put(_ context.Context, batch []event.Event) []error {
	answers := make([]error, len(batch))
	for n, e := range batch {
		if w.fails() {
			answers[n] = errFault
			continue
		}
		w.events = append(w.events, e)
		for range 1 + w.luck.IntN(2) {
			text, _ := json.Marshal(map[string]any{"source": event.Source, "detail-type": e.Type, "detail": e})
			w.queue = append(w.queue, string(text))
		}
	}
	return answers
}

// Send is SES.
func (w *world) Send(_ context.Context, id string, to account.Member, m notice.Message) error {
	if w.fails() {
		return errFault
	}
	w.mails[id+" "+to.Email]++
	w.letter[id+" "+to.Email] = m
	return nil
}

func (w *world) changes() *batch.Changes {
	return &batch.Changes{Publisher: &deliver.Publisher{Bus: w, Format: w.Format}, Store: w.Store, Now: w.Clock.Now, Log: quiet}
}

func (w *world) notifier() *batch.Events {
	return &batch.Events{Log: quiet, Notifier: &deliver.Notifier{
		Store: w.Store, Mailer: w, Now: w.Clock.Now, Letterhead: notice.Letterhead{Brand: "Acme", Console: "https://console.test"},
	}}
}

// stream hands over records in batches, as Lambda does: from where it was told
// on, or in halves if a whole batch failed.
func (w *world) stream(t *testing.T, records []record) {
	t.Helper()
	handler := lambda.NewHandler(w.changes().Handle)
	for size := 0; len(records) > 0; {
		if size == 0 {
			size = 1 + w.luck.IntN(20)
		}
		size = min(size, len(records))
		answer, err := handler.Invoke(t.Context(), payload(records[:size]))
		if err != nil {
			size = max(1, size/2)
			continue
		}
		records = records[min(firstFailed(t, answer, records[:size]), size):]
		size = 0
	}
}

// firstFailed is the place of the record that is to be handed over again.
func firstFailed(t *testing.T, answer []byte, of []record) int {
	t.Helper()
	var out events.DynamoDBEventResponse
	if err := json.Unmarshal(answer, &out); err != nil {
		t.Fatal(err)
	}
	if len(out.BatchItemFailures) == 0 {
		return len(of)
	}
	for n, r := range of {
		if r.number == out.BatchItemFailures[0].ItemIdentifier {
			return n
		}
	}
	t.Fatalf("%s names no record", answer)
	return 0
}

// drain lets the queue be dealt with in any order until it is empty. What fails
// comes again later: after claims that were left behind are over.
func (w *world) drain(t *testing.T) {
	t.Helper()
	handler := lambda.NewHandler(w.notifier().Handle)
	for len(w.queue) > 0 {
		w.luck.Shuffle(len(w.queue), func(a, b int) { w.queue[a], w.queue[b] = w.queue[b], w.queue[a] })
		size := min(5, len(w.queue))
		var in events.SQSEvent
		for n, body := range w.queue[:size] {
			in.Records = append(in.Records, events.SQSMessage{MessageId: strconv.Itoa(n), Body: body})
		}
		text, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := handler.Invoke(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		var out events.SQSEventResponse
		if err := json.Unmarshal(answer, &out); err != nil {
			t.Fatal(err)
		}
		left := w.queue[size:]
		for _, f := range out.BatchItemFailures {
			n, _ := strconv.Atoi(f.ItemIdentifier)
			left = append(left, w.queue[n])
		}
		w.queue = left
		w.Clock.Advance(notice.ClaimAge)
	}
}

// record is one of the stream's.
type record struct {
	table.Row
	name   string // INSERT or MODIFY
	number string
}

// written reads everything that lies in the table as the records of its being
// written, by partition and sort key.
func (w *world) written(t *testing.T) map[string][]record {
	t.Helper()
	all := map[string][]record{}
	for _, prefix := range []string{"ACCOUNT#", "TEAM#", "TOKEN#", "USAGE#"} {
		page, next, err := w.DB.Scan(t.Context(), prefix, nil)
		if err != nil || next != nil {
			t.Fatal(err, "or more than a page")
		}
		for _, row := range page {
			// Facts of one subject are written in their order.
			subject, _, _ := strings.Cut(strings.TrimPrefix(row.Key.Sort, "FACT#"), "#")
			of := row.Key.Partition + subject
			all[of] = append(all[of], record{Row: row, name: "INSERT"})
		}
	}
	return all
}

// shuffled hands each record over so many times, in an order in which only those
// of one subject keep theirs.
func (w *world) shuffled(subjects map[string][]record, times int) []record {
	var all []record
	waiting := make([][]record, 0, len(subjects)*times)
	for range times {
		for _, records := range subjects {
			waiting = append(waiting, records)
		}
	}
	for len(waiting) > 0 {
		n := w.luck.IntN(len(waiting))
		r := waiting[n][0]
		r.number = fmt.Sprintf("%021d", len(all)+1)
		all = append(all, r)
		if waiting[n] = waiting[n][1:]; len(waiting[n]) == 0 {
			waiting = append(waiting[:n], waiting[n+1:]...)
		}
	}
	return all
}

// payload is what Lambda is sent for some records.
func payload(records []record) []byte {
	type object = map[string]any
	var all []object
	for _, r := range records {
		keys := object{"PK": object{"S": r.Key.Partition}, "SK": object{"S": r.Key.Sort}}
		image := object{"PK": keys["PK"], "SK": keys["SK"]}
		for _, a := range r.Item {
			image[a.Name] = imageOf(a)
		}
		all = append(all, object{
			"eventName": r.name, "eventSource": "aws:dynamodb", "awsRegion": "eu-central-1",
			"dynamodb": object{
				"ApproximateCreationDateTime": float64(time.Now().Unix()), "Keys": keys, "NewImage": image,
				"SequenceNumber": r.number, "StreamViewType": "NEW_IMAGE",
			},
		})
	}
	text, err := json.Marshal(object{"Records": all})
	if err != nil {
		panic(err)
	}
	return text
}

func imageOf(a table.Attribute) map[string]any {
	switch a.Kind {
	case table.Number:
		return map[string]any{"N": strconv.FormatInt(a.Number, 10)}
	case table.Binary:
		return map[string]any{"B": base64.StdEncoding.EncodeToString([]byte(a.Text))}
	case table.List:
		list := []any{}
		for _, s := range a.List {
			list = append(list, map[string]any{"S": s})
		}
		return map[string]any{"L": list}
	}
	return map[string]any{"S": a.Text}
}

func decode(t *testing.T, text []byte) (e batch.Input) {
	t.Helper()
	if err := json.Unmarshal(text, &e); err != nil {
		t.Fatal(err)
	}
	return e
}
