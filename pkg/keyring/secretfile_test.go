package keyring_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/keyring"
	"github.com/private-integrations/private-integrations/pkg/rekey"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// secretFile makes a file with one key, in a folder of its own.
func secretFile(t *testing.T) keyring.SecretFile {
	t.Helper()
	f := keyring.SecretFile{Path: filepath.Join(t.TempDir(), "pepper.json"), Now: func() time.Time { return noon }}
	if err := keyring.CreateFile(f.Path, []byte(keyOf(1))); err != nil {
		t.Fatal(err)
	}
	return f
}

func readFile(t *testing.T, f keyring.SecretFile) rekey.Stored {
	t.Helper()
	stored, err := f.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

func TestSwappedFileHoldsTheNewKeysForItsOwnerAlone(t *testing.T) {
	f := secretFile(t)
	before := readFile(t, f)
	after := before.Keys.Rotated([]byte(keyOf(2)))
	if err := f.Swap(t.Context(), before, after); err != nil {
		t.Fatal(err)
	}
	got := readFile(t, f)
	if !got.Keys.Equal(after) || got.Revision == before.Revision || !got.ChangedAt.Equal(noon) {
		t.Errorf("versions %v, revision %s, changed at %s", got.Keys.Versions(), got.Revision, got.ChangedAt)
	}
	info, err := os.Stat(f.Path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	alone(t, filepath.Dir(f.Path))
}

func TestFileThatOthersChangedIsNotSwapped(t *testing.T) {
	f := secretFile(t)
	before := readFile(t, f)
	if err := f.Swap(t.Context(), before, before.Keys.Rotated([]byte(keyOf(2)))); err != nil {
		t.Fatal(err)
	}
	now := readFile(t, f)
	if err := f.Swap(t.Context(), before, before.Keys.Rotated([]byte(keyOf(3)))); !errors.Is(err, rekey.ErrChanged) {
		t.Errorf("%v", err)
	}
	if got := readFile(t, f); got.Revision != now.Revision {
		t.Errorf("versions %v are left", got.Keys.Versions())
	}
	alone(t, filepath.Dir(f.Path))
}

func TestFileThatAnotherHasLockedIsLeftAlone(t *testing.T) {
	f := secretFile(t)
	before := readFile(t, f)
	lock := f.Path + ".lock"
	if err := os.WriteFile(lock, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Swap(t.Context(), before, before.Keys); !errors.Is(err, rekey.ErrChanged) || !strings.Contains(err.Error(), lock) {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(lock); err != nil {
		t.Errorf("the lock of the other: %v", err)
	}
}

func TestFileThatCantBeReadIsNotSwapped(t *testing.T) {
	f := secretFile(t)
	before := readFile(t, f)
	if err := os.Chmod(f.Path, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := f.Swap(t.Context(), before, before.Keys.Rotated([]byte(keyOf(2)))); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a file that others can read: %v", err)
	}
	alone(t, filepath.Dir(f.Path))
	if err := os.Remove(f.Path); err != nil {
		t.Fatal(err)
	}
	if err := f.Swap(t.Context(), before, before.Keys); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is gone: %v", err)
	}
	if entries, err := os.ReadDir(filepath.Dir(f.Path)); err != nil || len(entries) > 0 {
		t.Errorf("%v is left, %v", entries, err)
	}
}

func TestNoRotationIsLostAmongMany(t *testing.T) {
	f := secretFile(t)
	var (
		workers sync.WaitGroup
		mu      sync.Mutex
		made    []int
	)
	for range 16 {
		workers.Go(func() {
			for rotated := 0; rotated < 3; {
				report, err := rekey.Rotate(t.Context(), f)
				switch {
				case err == nil:
					rotated++
					mu.Lock()
					made = append(made, report.Current)
					mu.Unlock()
				case !errors.Is(err, rekey.ErrChanged):
					t.Error(err)
					return
				}
			}
		})
	}
	reading := make(chan struct{})
	go func() {
		defer close(reading)
		for last := 0; last < 1+16*3 && !t.Failed(); {
			stored, err := f.Read(t.Context())
			if err != nil || stored.Keys.Current() < last {
				t.Errorf("version %d is current after %d, %v", stored.Keys.Current(), last, err)
			}
			last = stored.Keys.Current()
		}
	}()
	workers.Wait()
	<-reading
	stored := readFile(t, f)
	slices.Sort(made)
	if want := stored.Keys.Versions()[1:]; len(made) != 48 || !slices.Equal(made, want) {
		t.Errorf("made %v, and the file holds %v beside the first", made, want)
	}
	if key := stored.Keys.Key(1); string(key) != keyOf(1) {
		t.Errorf("the first key is %q", key)
	}
	alone(t, filepath.Dir(f.Path))
}
