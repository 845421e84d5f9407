package bolt

import (
	"context"
	"errors"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/private-integrations/private-integrations/pkg/table"
)

// pending is a Write that waits for its turn.
type pending struct {
	writes  []table.Write
	each    []error // what became of each; nil: they are done all or none
	done    bool
	refused *table.Refused
	err     error
}

// Write does all of writes in one transaction, or none.
func (db *DB) Write(ctx context.Context, writes []table.Write) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p := &pending{writes: writes}
	db.enqueue(p)
	if p.err == nil && p.refused != nil {
		return p.refused
	}
	return p.err
}

// WriteEach does each of writes for itself, in one transaction all the same.
func (db *DB) WriteEach(ctx context.Context, writes []table.Write) []error {
	p := &pending{writes: writes, each: make([]error, len(writes))}
	if p.err = ctx.Err(); p.err == nil {
		db.enqueue(p)
	}
	if p.err != nil {
		for n := range p.each {
			p.each[n] = p.err
		}
	}
	return p.each
}

// enqueue has p done. Whoever comes to write does so for all who wait by then,
// so that they share a sync to disk.
func (db *DB) enqueue(p *pending) {
	db.queue.Lock()
	db.waiting = append(db.waiting, p)
	db.queue.Unlock()

	db.turn.Lock()
	defer db.turn.Unlock()
	if !p.done {
		db.queue.Lock()
		all := db.waiting
		db.waiting = nil
		db.queue.Unlock()
		db.commit(all)
	}
}

// commit writes all in one transaction. One that errs is taken out and the
// others begin anew, since it may have changed something already.
func (db *DB) commit(all []*pending) {
	for len(all) > 0 {
		erring := -1
		err := db.update(func(tx *bbolt.Tx) (err error) {
			for n, p := range all {
				if err = p.write(tx); err != nil {
					erring = n
					return err
				}
			}
			return nil
		})
		if erring < 0 {
			for _, p := range all {
				p.done, p.err = true, err
			}
			db.arrive()
			return
		}
		all[erring].done, all[erring].err = true, err
		all = slices.Delete(all, erring, erring+1)
	}
}

// update does something in a transaction. Once bbolt met a broken page in one,
// there or in the commit, what it holds in memory is not sure any more, and
// nothing is written again. The caller has the turn.
func (db *DB) update(do func(tx *bbolt.Tx) error) error {
	if db.broken != nil {
		return db.broken
	}
	tx, err := db.bolt.Begin(true)
	if err != nil {
		return err
	}
	defer func() { _ = guard(tx.Rollback) }() // of what was not committed
	err = guard(func() error {
		if err := do(tx); err != nil {
			return err
		}
		return tx.Commit()
	})
	if errors.Is(err, errBrokenPage) {
		db.broken = err
	}
	return err
}
