// Package bolt keeps the table in one file on one machine. It is the backend of
// the local runner: pure Go, embedded, each write on disk before it is answered.
package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// Format is the number of the data format that this program writes.
const Format = 2

var (
	bucketMeta     = []byte("private-integrations")
	bucketItems    = []byte("items")
	bucketDue      = []byte("due")      // shard, due at, key → nothing
	bucketTTL      = []byte("ttl")      // removable from, key → nothing
	bucketTimeline = []byte("timeline") // account, place, key → nothing
	keyFormat      = []byte("format")
)

var (
	// ErrInUse means that another program has the data file open.
	ErrInUse = errors.New("the data file is in use by another program: stop that one first, or choose another folder")
	// ErrForeign means that a file is no data file of this program.
	ErrForeign = errors.New("this is not a data file of private-integrations, or its header is broken: nothing was changed; move it away, or restore it from a backup")
	// ErrTruncated means that the end of a data file is missing.
	ErrTruncated = errors.New("the data file is shorter than it was written: nothing was changed; restore it from a backup")
	// ErrNewer means that a later version of this program wrote the file.
	ErrNewer = errors.New("the data file was written by a newer version of this program: nothing was changed; use that version")
)

// Options are how a file is opened.
type Options struct {
	// NoSync leaves it to the operating system when a write reaches the disk. It is
	// for tests and bulk loads.
	NoSync bool
	// Stream keeps what is written, from the first time on that the file is opened
	// so, for whoever follows the stream and forgets what was dealt with.
	Stream bool
}

// DB is an open data file. It implements the table's backend.
type DB struct {
	bolt    *bbolt.DB
	arrived chan struct{} // nil: nobody follows the stream

	queue   sync.Mutex // guards waiting
	waiting []*pending
	turn    sync.Mutex // held by who writes; guards broken, and the answers in pending
	broken  error      // why nothing is written any more
}

// Open opens the data file at path, or makes it. One of an older format is
// brought to this one. A file that is there and is not a whole data file is left
// as it is. Errors: [ErrInUse],
// [ErrForeign], [ErrTruncated], [ErrNewer], and those of the file system.
func Open(path string, opts Options) (*DB, error) {
	_, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = create(path)
	case err == nil:
		err = inspect(path)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	b, err := open(path, bbolt.Options{NoSync: opts.NoSync})
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db := &DB{bolt: b}
	if err := db.upgrade(); err != nil {
		return nil, fmt.Errorf("bring %s to this version's format: %w", path, errors.Join(err, db.Close()))
	}
	if opts.Stream {
		if err := db.openStream(); err != nil {
			return nil, fmt.Errorf("open the stream of %s: %w", path, errors.Join(err, db.Close()))
		}
	}
	return db, nil
}

// OpenReadOnly opens the data file at path, also one of an older format, to be
// read and no more: it stays as it is, byte for byte. Errors: those of [Open].
func OpenReadOnly(path string) (*DB, error) {
	err := inspect(path)
	var b *bbolt.DB
	if err == nil {
		b, err = open(path, bbolt.Options{ReadOnly: true})
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return &DB{bolt: b}, nil
}

// Close closes the file once every transaction has ended. One that met a broken
// page may have left locks behind, so that the file is closed with the process.
func (db *DB) Close() error {
	db.turn.Lock()
	defer db.turn.Unlock()
	if db.broken != nil {
		return db.broken
	}
	return db.bolt.Close()
}

// lockTimeout is how long to wait for a program that is just stopping.
const lockTimeout = 300 * time.Millisecond

func open(path string, opts bbolt.Options) (b *bbolt.DB, err error) {
	opts.Timeout = lockTimeout
	opts.FreelistType = bbolt.FreelistMapType
	err = guard(func() (err error) {
		b, err = bbolt.Open(path, 0o600, &opts)
		return err
	})
	switch system := syscall.Errno(0); {
	case err == nil:
		return b, nil
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, ErrInUse
	case errors.Is(err, errBrokenPage), errors.As(err, &system):
		return nil, err
	}
	return nil, ErrForeign // whatever else bbolt says is about the headers
}

// create makes the file under another name first, so that one that was cut
// short in the making is never taken for an empty data file.
func create(path string) error {
	draft := path + ".new"
	if err := os.Remove(draft); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	b, err := open(draft, bbolt.Options{})
	if err != nil {
		return err
	}
	err = b.Update(func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{bucketItems, bucketDue, bucketTTL, bucketTimeline} {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		meta, err := tx.CreateBucket(bucketMeta)
		if err != nil {
			return err
		}
		return meta.Put(keyFormat, binary.BigEndian.AppendUint64(nil, Format))
	})
	if err := errors.Join(err, b.Close()); err != nil {
		return err
	}
	if err := os.Rename(draft, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// inspect looks at a file without writing to it.
func inspect(path string) (err error) {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || info.Size() == 0 {
		return ErrForeign
	}
	b, err := open(path, bbolt.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	return guard(func() error {
		return b.View(func(tx *bbolt.Tx) error {
			if tx.Size() > info.Size() {
				return ErrTruncated
			}
			meta := tx.Bucket(bucketMeta)
			if meta == nil {
				return ErrForeign
			}
			switch format := meta.Get(keyFormat); {
			case len(format) != 8:
				return ErrForeign
			case binary.BigEndian.Uint64(format) > Format:
				return ErrNewer
			}
			return nil
		})
	})
}

// guard turns the panics with which bbolt meets broken pages into an error.
func guard(do func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w (%v)", errBrokenPage, p)
		}
	}()
	return do()
}

var errBrokenPage = errors.New("the data file is damaged: stop, and restore it from a backup")
