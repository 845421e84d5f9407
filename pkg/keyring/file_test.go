package keyring_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/keyring"
)

func TestFileThatOthersCanReadIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pepper.json")
	if err := os.WriteFile(path, []byte(rotated(1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for mode, accepted := range map[fs.FileMode]bool{
		0o600: true, 0o400: true, 0o700: true, 0o640: false, 0o604: false, 0o644: false, 0o620: false, 0o602: false, 0o610: false, 0o777: false,
	} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		_, err := keyring.File(path)(t.Context())
		if accepted != (err == nil) || !accepted && (!strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "chmod 600")) {
			t.Errorf("%v: %v, want accepted: %v", mode, err, accepted)
		}
	}
}

func TestMissingFileIsAFault(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "pepper.json")
	ring := keyring.New(keyring.File(path), asText, time.Now)
	if _, _, err := ring.Current(t.Context()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if exists, err := keyring.Exists(path); exists || err != nil {
		t.Errorf("it exists: %v, %v", exists, err)
	}
	if _, err := keyring.Exists(filepath.Join(folder, strings.Repeat("x", 300))); err == nil {
		t.Error("a path that can't be looked at is no error")
	}
}

func TestCreatedFileHoldsTheKeyForItsOwnerAlone(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "pepper.json")
	if err := keyring.CreateFile(path, []byte(keyOf(1))); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if exists, err := keyring.Exists(path); !exists || err != nil {
		t.Errorf("it exists: %v, %v", exists, err)
	}
	version, key, err := keyring.New(keyring.File(path), asText, time.Now).Current(t.Context())
	if version != 1 || key != keyOf(1) || err != nil {
		t.Errorf("%d, %q, %v", version, key, err)
	}
	alone(t, folder)
}

// alone expects that nothing but the key file lies in a folder.
func alone(t *testing.T, folder string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}

func TestFileIsNeverOverwritten(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "pepper.json")
	if err := os.WriteFile(path, nil, 0o600); err != nil { // an empty one counts too
		t.Fatal(err)
	}
	if err := keyring.CreateFile(path, []byte(keyOf(1))); !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("%v", err)
	}
	if b, err := os.ReadFile(path); err != nil || len(b) != 0 {
		t.Errorf("%q, %v", b, err)
	}
	alone(t, folder)
}

func TestOneOfManyCreatorsWins(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "pepper.json")
	var (
		workers sync.WaitGroup
		winner  atomic.Int64
	)
	for n := 1; n <= 16; n++ {
		workers.Go(func() {
			err := keyring.CreateFile(path, []byte(keyOf(n)))
			if err == nil && !winner.CompareAndSwap(0, int64(n)) {
				t.Errorf("%d wins after %d", n, winner.Load())
			}
			if err != nil && !errors.Is(err, fs.ErrExist) {
				t.Error(err)
			}
		})
	}
	workers.Wait()
	_, key, err := keyring.New(keyring.File(path), asText, time.Now).Current(t.Context())
	if err != nil || key != keyOf(int(winner.Load())) {
		t.Errorf("%q, %v; %d won", key, err, winner.Load())
	}
	alone(t, folder)
}

func TestFolderThatIsNotThereIsAFault(t *testing.T) {
	if err := keyring.CreateFile(filepath.Join(t.TempDir(), "none", "pepper.json"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}
