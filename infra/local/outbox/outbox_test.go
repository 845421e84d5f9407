package outbox_test

import (
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/infra/local/outbox"
	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/deliver"
	"github.com/private-integrations/private-integrations/pkg/event"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/notice"
)

var at = time.Date(2027, 3, 1, 8, 0, 0, 0, time.UTC)

func journal(t *testing.T, path string) *outbox.Journal {
	t.Helper()
	j, err := outbox.OpenJournal(path, &deliver.Notifier{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

// put puts events of these ids, of which nobody is told.
func put(t *testing.T, j *outbox.Journal, ids ...string) {
	t.Helper()
	var events []event.Event
	for _, id := range ids {
		events = append(events, event.Event{Version: 1, ID: id, Type: fact.Created, At: event.Instant{Time: at}, Account: "acme", Changes: []fact.Delta{}})
	}
	for n, err := range j.Put(t.Context(), events) {
		if err != nil {
			t.Errorf("%s: %v", ids[n], err)
		}
	}
}

func ids(t *testing.T, path string) (all []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		_, rest, _ := strings.Cut(line, `"id":"`)
		id, _, _ := strings.Cut(rest, `"`)
		all = append(all, id)
	}
	return all
}

func TestEventThatComesAgainAfterTheProgramDiedIsOneLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.jsonl")
	j := journal(t, path)
	put(t, j, "i.1", "i.2")
	put(t, j, "i.2", "i.3")
	// It died in the middle of a line.
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(file, `{"detail":{"id":"i.4"`); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	put(t, journal(t, path), "i.2", "i.3", "i.4", "i.5")
	if diff := cmp.Diff([]string{"i.1", "i.2", "i.3", "i.4", "i.5"}, ids(t, path)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestEmailIsReadBackWholeByAMailProgram(t *testing.T) {
	folder := &outbox.Folder{Path: filepath.Join(t.TempDir(), "mail"), From: "Käse GmbH", Now: func() time.Time { return at }}
	message := notice.Message{
		Subject: "Zeit für “Kasse”, die ganz besonders lange so heißt, dass es keine Zeile fasst",
		Text:    "= täglich =\n" + strings.Repeat("lang ", 40), HTML: "<p>täglich</p>",
	}
	for range 2 {
		if err := folder.Send(t.Context(), "account:acme.3", account.Member{ID: "m", Email: "ada@acme.test"}, message); err != nil {
			t.Fatal(err)
		}
	}
	listed, err := outbox.List(folder.Path)
	want := []outbox.Listed{{File: "account%3Aacme.3-m.eml", To: "ada@acme.test", Subject: message.Subject, At: at}}
	if diff := cmp.Diff(want, listed); diff != "" || err != nil {
		t.Errorf("(-want +got):\n%s %v", diff, err)
	}
	file, err := os.Open(filepath.Join(folder.Path, listed[0].File))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	m, err := mail.ReadMessage(file)
	if err != nil {
		t.Fatal(err)
	}
	from, err := m.Header.AddressList("From")
	if err != nil || from[0].Name != "Käse GmbH" {
		t.Errorf("from %v, %v", from, err)
	}
	_, parameters, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(m.Body, parameters["boundary"])
	for _, want := range []string{message.Text, message.HTML} {
		part, err := parts.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(part)
		if got := strings.ReplaceAll(string(text), "\r\n", "\n"); err != nil || got != want {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	}
}
