package runner

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/private-integrations/private-integrations/infra/local/outbox"
	"github.com/private-integrations/private-integrations/pkg/batch"
	"github.com/private-integrations/private-integrations/pkg/bolt"
	"github.com/private-integrations/private-integrations/pkg/deliver"
	"github.com/private-integrations/private-integrations/pkg/notice"
	"github.com/private-integrations/private-integrations/pkg/table"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// What is delivered lies in the data folder.
const (
	eventsFile      = "events.jsonl"
	mailFolder      = "mail"
	undeliveredFile = "undelivered.jsonl"
)

// deliveries brings what was written to the data file to where it belongs: facts
// into the file of events, notices to people. What was not dealt with when the
// program ended is dealt with by the next.
type deliveries struct {
	db          *bolt.DB
	changes     *batch.Changes
	journal     *outbox.Journal
	undelivered string // a file
	log         *slog.Logger

	mu    sync.Mutex
	stuck uint64 // the change that failed last
	tries int    // and how often
}

// newDeliveries goes by two clocks: the product's says when things happened, and
// real time, which no restart sets back, who is just telling whom.
func (r *Runner) newDeliveries(format token.Format, brand string) (*deliveries, error) {
	in := func(name string) string { return filepath.Join(r.config.DataDir, name) }
	journal, err := outbox.OpenJournal(in(eventsFile), &deliver.Notifier{
		Store: r.data.table, Now: r.config.Now,
		Mailer:     &outbox.Folder{Path: in(mailFolder), From: brand, Now: r.Clock.Now},
		Letterhead: notice.Letterhead{Brand: brand, Console: r.ManagementURL},
	})
	if err != nil {
		return nil, err
	}
	return &deliveries{
		db: r.data.db, journal: journal, undelivered: in(undeliveredFile), log: r.config.Log,
		changes: &batch.Changes{
			Publisher: &deliver.Publisher{Bus: journal, Format: format}, Store: r.data.table, Now: r.Clock.Now, Log: r.config.Log,
		},
	}, nil
}

const (
	// deliverStride is how many changes are dealt with before they are forgotten.
	deliverStride = 100
	// deliverTries is how often a change is tried that keeps all others waiting.
	deliverTries = 5
	// deliverPause is after how long a change is tried again, at first.
	deliverPause = time.Second
)

// follow delivers what arrives until ctx ends, and then closes the channel.
func (d *deliveries) follow(ctx context.Context) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			arrived, again := d.db.Arrived(), (<-chan time.Time)(nil)
			if _, err := d.deliver(ctx); err != nil && ctx.Err() == nil {
				d.log.ErrorContext(ctx, "deliver", "error", err)
				// What arrives meanwhile waits as well: it must not use up the tries.
				arrived, again = nil, time.After(d.pause())
			}
			select {
			case <-ctx.Done():
				return
			case <-arrived:
			case <-again:
			}
		}
	}()
	return done
}

func (d *deliveries) pause() time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return deliverPause << d.tries
}

// deliver deals with all that has arrived, and tells how many changes that were.
func (d *deliveries) deliver(ctx context.Context) (delivered int, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for {
		changes, err := d.db.Changes(ctx, 0, deliverStride)
		if err != nil || len(changes) == 0 {
			return delivered, err
		}
		written := make([]table.Written, len(changes))
		for n, c := range changes {
			written[n] = c.Written
		}
		done, failure := d.changes.Deal(ctx, written)
		delivered += done
		if failure != nil && done < len(changes) && d.hopeless(changes[done], failure) {
			if err := d.giveUp(changes[done], failure); err != nil {
				return delivered, err
			}
			failure = nil
			done++
		}
		if done > 0 {
			if err := d.db.Forget(ctx, changes[done-1].Number); err != nil {
				return delivered, err
			}
		}
		if failure != nil {
			return delivered, failure // what comes after it may be in the journal already
		}
		d.journal.Settle()
	}
}

// hopeless counts how often a change has failed, and says when it was enough. A
// person who may just be being told, by a program that has died, is waited for.
func (d *deliveries) hopeless(c bolt.Change, failure error) bool {
	if d.stuck != c.Number {
		d.stuck, d.tries = c.Number, 0
	}
	if errors.Is(failure, notice.ErrClaimed) {
		return false
	}
	d.tries++
	return d.tries >= deliverTries
}

// giveUp writes a change down for a person to look at, as the queue of what
// failed has it on AWS, and lets the others pass.
func (d *deliveries) giveUp(c bolt.Change, failure error) error {
	d.log.Error("not delivered, and given up", "key", c.Key.String(), "error", failure)
	d.tries = 0
	file, err := os.OpenFile(d.undelivered, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	err = json.NewEncoder(file).Encode(map[string]any{"number": c.Number, "key": c.Key.String(), "error": failure.Error()})
	return errors.Join(err, file.Sync(), file.Close())
}

// devDeliver delivers what has arrived before it answers: scripts need not guess
// when that was done.
func (r *Runner) devDeliver(w http.ResponseWriter, q *http.Request) {
	delivered, err := r.deliver.deliver(q.Context())
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	devAnswer(w, map[string]int{"delivered": delivered})
}

// devEvents sends the file of events.
func (r *Runner) devEvents(w http.ResponseWriter, q *http.Request) {
	w.Header().Set("Content-Type", "application/jsonl")
	w.Header().Set("Cache-Control", "no-store")
	http.ServeFile(w, q, filepath.Join(r.config.DataDir, eventsFile))
}

// devMail lists the e-mails, those that were sent last first.
func (r *Runner) devMail(w http.ResponseWriter, _ *http.Request) {
	mails, err := outbox.List(filepath.Join(r.config.DataDir, mailFolder))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	devAnswer(w, map[string]any{"mail": mails})
}
