// Package keyring keeps versioned keys, such as the peppers of the token MACs:
// one is current and used for what is new, the older ones stay for what was
// made with them.
//
// The secret is one JSON text, {"current": 2, "keys": {"1": "<base64>", …}}.
package keyring

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Source reads the secret's text.
type Source func(ctx context.Context) ([]byte, error)

// ErrUnknownVersion means that the secret has no key of a version.
var ErrUnknownVersion = errors.New("no key of this version")

// patience is how long a version that was just looked for in vain is not looked
// for again, so that a record that names one can't be used to hammer the
// source.
const patience = time.Minute

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
	missing map[int]time.Time // when a version was last looked for in vain
}

type keys[T any] struct {
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

// Current gives the newest key and its version.
func (r *Ring[T]) Current(ctx context.Context) (version int, key T, err error) {
	k := r.keys.Load()
	if k == nil {
		if _, err := r.fetch(ctx); err != nil {
			return 0, key, err
		}
		k = r.keys.Load()
	}
	return k.current, k.byVersion[k.current], nil
}

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
		r.flight = f
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
	text, err := r.source(ctx)
	if err != nil {
		return fmt.Errorf("read keys: %w", err)
	}
	secret, err := parse(text)
	if err != nil {
		return err
	}
	k := &keys[T]{current: secret.Current, byVersion: make(map[int]T, len(secret.Keys))}
	for version, bytes := range secret.Keys {
		n, err := strconv.Atoi(version)
		if err != nil {
			return errors.New("read keys: a key is named otherwise than by its version") // the name may be a key
		}
		if k.byVersion[n], err = r.parse(bytes); err != nil {
			return fmt.Errorf("read key version %d: %w", n, err)
		}
	}
	r.keys.Store(k)
	return nil
}

// secret is the JSON form.
type secret struct {
	Current int               `json:"current"`
	Keys    map[string][]byte `json:"keys"`
}

func parse(text []byte) (secret, error) {
	var s secret
	// The cause is left out: it could hold some of the text.
	if json.Unmarshal(text, &s) != nil {
		return secret{}, errors.New("read keys: the secret is not of the form {\"current\": 1, \"keys\": {\"1\": \"<base64>\"}}")
	}
	if _, found := s.Keys[strconv.Itoa(s.Current)]; !found {
		return secret{}, fmt.Errorf("read keys: the current version %d: %w", s.Current, ErrUnknownVersion)
	}
	return s, nil
}
