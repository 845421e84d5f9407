package keyring

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/private-integrations/private-integrations/pkg/keyset"
	"github.com/private-integrations/private-integrations/pkg/rekey"
)

// SecretFile is the secret in one file, for those who rotate it. The time of
// the file is that of the clock Now.
type SecretFile struct {
	Path string
	Now  func() time.Time
}

// Read gives what the file holds.
func (f SecretFile) Read(ctx context.Context) (rekey.Stored, error) {
	text, err := File(f.Path)(ctx)
	if err != nil {
		return rekey.Stored{}, err
	}
	keys, err := keyset.Parse(text)
	if err != nil {
		return rekey.Stored{}, fmt.Errorf("read %s: %w", f.Path, err)
	}
	// A file that was put there since is newer than what was read: the safe side.
	info, err := os.Stat(f.Path)
	if err != nil {
		return rekey.Stored{}, err
	}
	hash := sha256.Sum256(text)
	return rekey.Stored{Keys: keys, Revision: hex.EncodeToString(hash[:]), ChangedAt: info.ModTime()}, nil
}

// Swap puts a file with other keys in the place of the one that was read. The
// new file is written under the name of a lock, which is only ever created, so
// that one program at a time does so, and whoever reads sees the one file or
// the other whole.
func (f SecretFile) Swap(ctx context.Context, before rekey.Stored, after keyset.Set) error {
	lock := f.Path + ".lock"
	draft, err := os.OpenFile(lock, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there: %w; if no program is doing so, one was stopped while it did: remove that file", lock, rekey.ErrChanged)
	}
	if err != nil {
		return err
	}
	_, err = draft.Write(after.Encode())
	err = errors.Join(err, draft.Sync(), draft.Close(), os.Chtimes(lock, f.Now(), f.Now()))
	if err == nil {
		err = f.replace(ctx, before, lock)
	}
	if err != nil {
		return errors.Join(err, os.Remove(lock))
	}
	// A token of the new pepper must not outlive it in a crash.
	return syncFolder(filepath.Dir(f.Path))
}

func (f SecretFile) replace(ctx context.Context, before rekey.Stored, draft string) error {
	now, err := f.Read(ctx)
	if err != nil {
		return err
	}
	if now.Revision != before.Revision {
		return rekey.ErrChanged
	}
	return os.Rename(draft, f.Path)
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
