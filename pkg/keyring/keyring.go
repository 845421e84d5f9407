// Package keyring holds the keys of one secret, a [keyset.Set], for those who
// use them, and reads the secret again when it may have been rotated.
package keyring

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/private-integrations/private-integrations/pkg/keyset"
	"github.com/private-integrations/private-integrations/pkg/rekey"
)

// Source reads the secret's text.
type Source func(ctx context.Context) ([]byte, error)

// ErrUnknownVersion means that the secret has no key of a version.
var ErrUnknownVersion = keyset.ErrUnknownVersion

// patience is how long what was just looked for in vain is not looked for
// again, so that neither a record that names an unknown version nor a source
// that is down costs every request a reading.
const patience = time.Minute

const (
	// freshFor is how long the current version is believed to be the current
	// one without another look.
	freshFor = 5 * time.Minute
	// trustedFor is how long it is while the source can't be read. Who retires a
	// version counts on it.
	trustedFor = rekey.Settle / 2
)

// fetchTimeout bounds one reading of the source.
const fetchTimeout = 10 * time.Second

// Ring holds the keys of one secret as values of T. Safe for concurrent use.
type Ring[T any] struct {
	source Source
	parse  func(key []byte) (T, error)
	now    func() time.Time
	keys   atomic.Pointer[keys[T]]

	mu      sync.Mutex
	flight  *flight           // the fetch that is under way; nil: none
	tried   time.Time         // when the last fetch began
	missing map[int]time.Time // when a version was last looked for in vain
}

type keys[T any] struct {
	readAt    time.Time // or a little earlier
	current   int
	byVersion map[int]T
}

type flight struct {
	done chan struct{}
	err  error
}

// New makes a Ring that reads source when a key is first asked for; parse makes
// a T of a key's bytes.
func New[T any](source Source, parse func(key []byte) (T, error), now func() time.Time) *Ring[T] {
	return &Ring[T]{source: source, parse: parse, now: now, missing: map[int]time.Time{}}
}

// Current gives the key for what is new and its version, as of five minutes ago
// at most, or of an hour while the source is down.
func (r *Ring[T]) Current(ctx context.Context) (version int, key T, err error) {
	if k := r.keys.Load(); r.due(k) {
		if _, err := r.fetch(ctx); err != nil && (k == nil || r.age(k) >= trustedFor) {
			return 0, key, err
		}
	}
	k := r.keys.Load()
	return k.current, k.byVersion[k.current], nil
}

// due reports whether the source has to be read to tell the current version.
func (r *Ring[T]) due(k *keys[T]) bool {
	if k == nil || r.age(k) >= trustedFor {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.age(k) >= freshFor && r.now().Sub(r.tried) >= patience
}

func (r *Ring[T]) age(k *keys[T]) time.Duration { return r.now().Sub(k.readAt) }

// Key gives the key of a version. One that is not known yet is fetched at once,
// with one fetch for all who wait; a version that is missing even then is
// [ErrUnknownVersion] for the next 60 s.
func (r *Ring[T]) Key(ctx context.Context, version int) (key T, err error) {
	if key, known := r.known(version); known {
		return key, nil
	}
	if r.isMissing(version) {
		return key, fmt.Errorf("key version %d: %w", version, ErrUnknownVersion)
	}
	for range 2 {
		own, err := r.fetch(ctx)
		if err != nil {
			return key, err
		}
		if key, known := r.known(version); known {
			return key, nil
		}
		if own {
			break
		}
		// What others had begun to read may be older than the version.
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.missing[version] = r.now()
	return key, fmt.Errorf("key version %d: %w", version, ErrUnknownVersion)
}

func (r *Ring[T]) known(version int) (key T, known bool) {
	k := r.keys.Load()
	if k == nil {
		return key, false
	}
	key, known = k.byVersion[version]
	return key, known
}

func (r *Ring[T]) isMissing(version int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, looked := r.missing[version]
	if looked && r.now().Sub(at) >= patience {
		delete(r.missing, version)
		return false
	}
	return looked
}

// fetch has the secret read, or waits for a reading that others have begun; own
// tells which. It is read to its end even if whoever began it gives up, for the
// sake of those who joined.
func (r *Ring[T]) fetch(ctx context.Context) (own bool, err error) {
	r.mu.Lock()
	f := r.flight
	if own = f == nil; own {
		f = &flight{done: make(chan struct{})}
		r.flight, r.tried = f, r.now()
		go r.fly(context.WithoutCancel(ctx), f)
	}
	r.mu.Unlock()
	select {
	case <-f.done:
		return own, f.err
	case <-ctx.Done():
		return own, ctx.Err()
	}
}

func (r *Ring[T]) fly(ctx context.Context, f *flight) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	f.err = r.load(ctx)
	r.mu.Lock()
	r.flight = nil
	r.mu.Unlock()
	close(f.done)
}

func (r *Ring[T]) load(ctx context.Context) error {
	readAt := r.now()
	text, err := r.source(ctx)
	if err != nil {
		return fmt.Errorf("read keys: %w", err)
	}
	set, err := keyset.Parse(text)
	if err != nil {
		return fmt.Errorf("read keys: %w", err)
	}
	k := &keys[T]{readAt: readAt, current: set.Current(), byVersion: map[int]T{}}
	for _, version := range set.Versions() {
		if k.byVersion[version], err = r.parse(set.Key(version)); err != nil {
			return fmt.Errorf("read key version %d: %w", version, err)
		}
	}
	r.keys.Store(k)
	return nil
}
