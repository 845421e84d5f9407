// Package outbox stands for the bus and the mail service on one machine: events
// are lines of a file, and e-mails are files of a folder, which any mail program
// opens.
package outbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/private-integrations/private-integrations/pkg/deliver"
	"github.com/private-integrations/private-integrations/pkg/event"
)

// Journal is a file of events, one a line, that are also told to people. It
// takes no event twice of those that may come again: after the program died, what
// it was about to deliver.
type Journal struct {
	notifier *deliver.Notifier

	mu   sync.Mutex
	file *os.File
	last map[string]bool // ids of the newest events
}

var _ deliver.Bus = (*Journal)(nil)

// recent is how much of the file's end is read to know which events it has, and
// some times what may come again.
const recent = 1 << 20

// OpenJournal opens the file, or makes it. A last line that was cut short is
// taken off.
func OpenJournal(path string, notifier *deliver.Notifier) (*Journal, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	j := &Journal{notifier: notifier, file: file, last: map[string]bool{}}
	if err := j.recover(); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, errors.Join(err, file.Close()))
	}
	return j, nil
}

// recover reads the ids at the file's end and moves to where to write on.
func (j *Journal) recover() error {
	size, err := j.file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	start := max(0, size-recent)
	tail := make([]byte, size-start)
	if _, err := j.file.ReadAt(tail, start); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	end := bytes.LastIndexByte(tail, '\n') + 1
	for line := range bytes.Lines(tail[:end]) {
		var e struct{ Detail struct{ ID string } }
		if json.Unmarshal(line, &e) == nil { // the first may be cut
			j.last[e.Detail.ID] = true
		}
	}
	whole := start + int64(end)
	if err := j.file.Truncate(whole); err != nil {
		return err
	}
	_, err = j.file.Seek(whole, io.SeekStart)
	return err
}

// Put writes events to the file and tells people of them.
func (j *Journal) Put(ctx context.Context, events []event.Event) []error {
	j.mu.Lock()
	defer j.mu.Unlock()
	answers := make([]error, len(events))
	for n, e := range events {
		answers[n] = j.write(e)
	}
	err := j.file.Sync()
	for n, e := range events {
		if answers[n] == nil {
			answers[n] = err
		}
		if answers[n] == nil {
			answers[n] = j.notifier.Notify(ctx, e)
		}
	}
	return answers
}

func (j *Journal) write(e event.Event) error {
	if j.last[e.ID] {
		return nil
	}
	line, err := json.Marshal(struct {
		Source     string        `json:"source"`
		DetailType string        `json:"detail-type"`
		Time       event.Instant `json:"time"`
		Detail     event.Event   `json:"detail"`
	}{event.Source, string(e.Type), e.At, e})
	if err != nil {
		return err
	}
	if _, err := j.file.Write(append(line, '\n')); err != nil {
		return err
	}
	j.last[e.ID] = true
	return nil
}

// Settle says that the events so far will not come again.
func (j *Journal) Settle() {
	j.mu.Lock()
	defer j.mu.Unlock()
	clear(j.last)
}

// Close closes the file.
func (j *Journal) Close() error { return j.file.Close() }
