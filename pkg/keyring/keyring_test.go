package keyring_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/private-integrations/private-integrations/pkg/keyring"
)

// secrets is a source whose secret can be rotated.
type secrets struct {
	mu    sync.Mutex
	text  string
	err   error
	delay time.Duration // from reading to answering
	reads atomic.Int64
}

func (s *secrets) read(ctx context.Context) ([]byte, error) {
	s.reads.Add(1)
	s.mu.Lock()
	text, err, delay := s.text, s.err, s.delay
	s.mu.Unlock()
	if delay > 0 {
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return []byte(text), err
}

func (s *secrets) set(text string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text, s.err = text, err
}

// rotated is a secret with the versions up to current; the key of each is a
// text that names it.
func rotated(current int) string {
	var keys []string
	for version := 1; version <= current; version++ {
		keys = append(keys, fmt.Sprintf(`"%d": %q`, version, base64.StdEncoding.EncodeToString([]byte(keyOf(version)))))
	}
	return fmt.Sprintf(`{"current": %d, "keys": {%s}}`, current, strings.Join(keys, ", "))
}

func keyOf(version int) string { return fmt.Sprintf("the key of version %d", version) }

func asText(key []byte) (string, error) { return string(key), nil }

// hands is a clock that the test sets.
type hands struct{ at atomic.Int64 }

func (h *hands) now() time.Time { return time.UnixMilli(h.at.Load()) }

func (h *hands) set(after time.Duration) { h.at.Store(after.Milliseconds()) }

func newRing(s *secrets) (*keyring.Ring[string], *hands) {
	clock := &hands{}
	return keyring.New(s.read, asText, clock.now), clock
}

// gives holds the ring to the key of a version, known or not.
func gives(t *testing.T, ring *keyring.Ring[string], version int, known bool) {
	t.Helper()
	key, err := ring.Key(t.Context(), version)
	switch {
	case known && (err != nil || key != keyOf(version)):
		t.Errorf("version %d: %q, %v", version, key, err)
	case !known && (!errors.Is(err, keyring.ErrUnknownVersion) || key != "" || !strings.Contains(err.Error(), fmt.Sprint(version))):
		t.Errorf("version %d: %q, %v, want that it is unknown", version, key, err)
	}
}

func (s *secrets) wasRead(t *testing.T, times int64) {
	t.Helper()
	if got := s.reads.Load(); got != times {
		t.Errorf("read %d times, want %d", got, times)
	}
}

func TestOneFetchServesAllWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &secrets{text: rotated(2), delay: time.Second}
		ring, _ := newRing(s)
		for n := range 50 {
			go func() {
				gives(t, ring, 1+n%2, true)
				version, key, err := ring.Current(t.Context())
				if version != 2 || key != keyOf(2) || err != nil {
					t.Errorf("current: %d, %q, %v", version, key, err)
				}
			}()
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		s.wasRead(t, 1)

		s.set(rotated(3), nil)
		for range 50 {
			go gives(t, ring, 3, true)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		s.wasRead(t, 2)
	})
}

func TestNothingIsReadBeforeItIsAskedForNorTwice(t *testing.T) {
	s := &secrets{text: rotated(1)}
	ring, clock := newRing(s)
	s.wasRead(t, 0)
	for n := range 3 {
		clock.set(time.Duration(n) * 24 * time.Hour)
		gives(t, ring, 1, true)
	}
	s.wasRead(t, 1)
}

// mints holds the ring to what is the current version by now.
func mints(t *testing.T, ring *keyring.Ring[string], version int) {
	t.Helper()
	if got, key, err := ring.Current(t.Context()); got != version || key != keyOf(version) || err != nil {
		t.Errorf("current: %d, %q, %v, want %d", got, key, err, version)
	}
}

func TestRotatedKeyIsCurrentFiveMinutesLater(t *testing.T) {
	s := &secrets{text: rotated(1)}
	ring, clock := newRing(s)
	mints(t, ring, 1)
	s.set(rotated(2), nil)
	for _, step := range []struct {
		at             time.Duration
		version, reads int
	}{
		{0, 1, 1}, {5*time.Minute - time.Millisecond, 1, 1}, {5 * time.Minute, 2, 2}, {5 * time.Minute, 2, 2},
		{10*time.Minute - time.Millisecond, 2, 2}, {10 * time.Minute, 2, 3},
	} {
		clock.set(step.at)
		mints(t, ring, step.version)
		s.wasRead(t, int64(step.reads))
	}
	s.set(rotated(3), nil)
	gives(t, ring, 3, true)
	mints(t, ring, 3) // whoever looked for a key saw the current one too
	s.wasRead(t, 4)
}

func TestSourceThatIsDownIsDoneWithoutForAnHour(t *testing.T) {
	down := errors.New("the source is down")
	s := &secrets{text: rotated(1)}
	ring, clock := newRing(s)
	mints(t, ring, 1)
	s.set(rotated(2), down)
	for _, step := range []struct {
		at    time.Duration
		reads int64
	}{
		{5 * time.Minute, 2}, {6*time.Minute - time.Millisecond, 2}, {6 * time.Minute, 3}, {time.Hour - time.Millisecond, 4},
	} {
		clock.set(step.at)
		mints(t, ring, 1)
		s.wasRead(t, step.reads)
	}
	for _, at := range []time.Duration{time.Hour, time.Hour} {
		clock.set(at)
		if version, _, err := ring.Current(t.Context()); !errors.Is(err, down) {
			t.Errorf("an hour later: %d, %v", version, err)
		}
		gives(t, ring, 1, true) // what was made is verified all the same
	}
	s.wasRead(t, 6)
	s.set(rotated(2), nil)
	mints(t, ring, 2)
}

func TestUnknownVersionIsFetchedAtOnce(t *testing.T) {
	s := &secrets{text: rotated(1)}
	ring, _ := newRing(s)
	gives(t, ring, 1, true)
	for version := 2; version < 5; version++ {
		s.set(rotated(version), nil)
		gives(t, ring, version, true)
		gives(t, ring, 1, true)
		if current, key, err := ring.Current(t.Context()); current != version || key != keyOf(version) || err != nil {
			t.Errorf("current: %d, %q, %v", current, key, err)
		}
		s.wasRead(t, int64(version))
	}
}

func TestVersionLookedForInVainIsLookedForAgainAfterAMinute(t *testing.T) {
	s := &secrets{text: rotated(1)}
	ring, clock := newRing(s)
	for _, step := range []struct {
		at    time.Duration
		reads int64
	}{
		{0, 1}, {0, 1}, {time.Minute - time.Millisecond, 1}, {time.Minute, 2}, {time.Minute + time.Millisecond, 2}, {2*time.Minute - time.Millisecond, 2}, {2 * time.Minute, 3},
	} {
		clock.set(step.at)
		gives(t, ring, 7, false)
		s.wasRead(t, step.reads)
		gives(t, ring, 1, true)
	}
	gives(t, ring, 8, false) // another version does not have to wait
	s.wasRead(t, 4)
	s.set(rotated(9), nil)
	gives(t, ring, 9, true)
	gives(t, ring, 7, true) // nor one that came along with another
	s.wasRead(t, 5)
}

func TestVersionThatIsMadeDuringAFetchIsFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &secrets{text: rotated(1), delay: time.Second}
		ring, _ := newRing(s)
		go gives(t, ring, 1, true)
		time.Sleep(500 * time.Millisecond)
		s.set(rotated(2), nil)
		for range 10 {
			go gives(t, ring, 2, true) // joins a fetch that read the old secret
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		s.wasRead(t, 2)
	})
}

func TestFetchGoesOnWithoutTheOneWhoBeganIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &secrets{text: rotated(1), delay: time.Second}
		ring, _ := newRing(s)
		hasty, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		go func() {
			if _, err := ring.Key(hasty, 1); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("who gave up: %v", err)
			}
		}()
		synctest.Wait()
		for range 5 {
			go gives(t, ring, 1, true)
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		s.wasRead(t, 1)
	})
}

func TestSourceThatHangsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &secrets{text: rotated(1), delay: 24 * time.Hour}
		ring, _ := newRing(s)
		start := time.Now()
		if _, err := ring.Key(t.Context(), 1); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

func TestSourceThatFailsIsAskedAgainAndKnownKeysStay(t *testing.T) {
	down := errors.New("the source is down")
	s := &secrets{err: down}
	ring, _ := newRing(s)
	for range 2 {
		if _, err := ring.Key(t.Context(), 1); !errors.Is(err, down) {
			t.Errorf("key: %v", err)
		}
		if _, _, err := ring.Current(t.Context()); !errors.Is(err, down) {
			t.Errorf("current: %v", err)
		}
	}
	s.wasRead(t, 4)
	s.set(rotated(1), nil)
	gives(t, ring, 1, true)
	s.set("", down)
	if _, err := ring.Key(t.Context(), 2); !errors.Is(err, down) || errors.Is(err, keyring.ErrUnknownVersion) {
		t.Errorf("unknown version: %v", err)
	}
	s.set("broken", nil)
	if _, err := ring.Key(t.Context(), 2); err == nil || errors.Is(err, keyring.ErrUnknownVersion) {
		t.Errorf("broken secret: %v", err)
	}
	gives(t, ring, 1, true)
	s.set(rotated(2), nil)
	gives(t, ring, 2, true) // a fault is not remembered as a missing version
}

func TestBrokenSecretIsAFaultThatTellsNothingOfIt(t *testing.T) {
	const key = "c2VjcmV0LXNlY3JldC1zZWNyZXQ=" // base64 of "secret-secret-secret"
	for _, text := range []string{
		"", "null", "[]", "1", key, `"` + key + `"`, `{"current": 1, "keys": {"1": "` + key, `{"current": 1, "keys": {"1": "*` + key + `"}}`,
		`{"current": 1, "keys": "` + key + `"}`, `{"current": "` + key + `", "keys": {}}`, `{"current": 1, "keys": {"` + key + `": "1"}}`,
		`{"current": 1, "keys": {"1": "` + key + `", "` + key + `": "` + key + `"}}`,
		`{}`, `{"keys": {"1": "` + key + `"}}`, `{"current": 2, "keys": {"1": "` + key + `"}}`, `{"current": 1, "keys": {}}`,
		`{"current": 1, "keys": {"1": "` + key + `"}} ` + key,
	} {
		ring, _ := newRing(&secrets{text: text})
		_, err := ring.Key(t.Context(), 1)
		_, _, currentErr := ring.Current(t.Context())
		if err == nil || currentErr == nil {
			t.Errorf("%s: %v, %v", text, err, currentErr)
			continue
		}
		for _, hidden := range []string{"c2Vjc", "secret-secret"} {
			if strings.Contains(err.Error()+currentErr.Error(), hidden) {
				t.Errorf("%s: %q is in %v", text, hidden, err)
			}
		}
	}
}

func TestKeyThatCantBeReadIsAFaultThatNamesItsVersion(t *testing.T) {
	s := &secrets{text: rotated(2)}
	short := errors.New("it is too short")
	ring := keyring.New(s.read, func(key []byte) (string, error) {
		if strings.HasSuffix(string(key), "2") {
			return "", short
		}
		return string(key), nil
	}, func() time.Time { return time.Time{} })
	if _, err := ring.Key(t.Context(), 1); !errors.Is(err, short) || !strings.Contains(err.Error(), "version 2") {
		t.Errorf("%v", err)
	}
}
