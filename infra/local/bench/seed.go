package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/private-integrations/private-integrations/pkg/bolt"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/keyring"
	"github.com/private-integrations/private-integrations/pkg/table"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// tokenOf makes the token of the n-th integration. It is no secret: whoever
// measures has to know all of them.
func tokenOf(format token.Format, n int) token.Token {
	var e token.Entropy
	for part := range 2 {
		sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte{byte(part)}, uint64(n)))
		copy(e[part*16:], sum[:])
	}
	return format.Mint(e)
}

// marker is written once a folder holds everything.
const marker = "seeded"

// writers come together for each sync to disk.
const writers = 512

// perAccount is how many integrations each account has.
const perAccount = 100

// anyScope offers whatever is asked for.
type anyScope struct{}

func (anyScope) Has(string) bool { return true }

// seed fills folder with integrations of which each token has been used, unless
// an earlier run has.
func seed(ctx context.Context, folder string, integrations int) (err error) {
	done := filepath.Join(folder, marker)
	want := fmt.Sprintf("format %d, %d integrations\n", bolt.Format, integrations)
	if have, err := os.ReadFile(done); err == nil && string(have) == want {
		return nil
	}
	if err := errors.Join(os.RemoveAll(folder), os.MkdirAll(folder, 0o700)); err != nil {
		return err
	}
	key := sha256.Sum256([]byte("the pepper of a benchmark"))
	if err := keyring.CreateFile(filepath.Join(folder, "pepper.json"), key[:]); err != nil {
		return err
	}
	pepper, err := token.NewPepper(key[:])
	if err != nil {
		return err
	}
	db, err := bolt.Open(filepath.Join(folder, "data.db"), bolt.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	start := time.Now()
	fmt.Fprintf(os.Stderr, "writing %d integrations to %s, once\n", integrations, folder)
	if err := fill(ctx, table.New(db), pepper, integrations); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "written in %s\n", time.Since(start).Round(time.Second))
	return os.WriteFile(done, []byte(want), 0o600)
}

func fill(ctx context.Context, store *table.Store, pepper *token.Pepper, integrations int) error {
	format, err := token.NewFormat(token.DefaultPrefix)
	if err != nil {
		return err
	}
	now := integration.Instant(time.Now())
	faults := make([]error, writers)
	var wait sync.WaitGroup
	for w := range writers {
		wait.Go(func() {
			for n := w; n < integrations && faults[w] == nil; n += writers {
				faults[w] = add(ctx, store, pepper, format, n, now)
			}
		})
	}
	wait.Wait()
	return errors.Join(faults...)
}

func add(ctx context.Context, store *table.Store, pepper *token.Pepper, format token.Format, n int, now time.Time) error {
	t := tokenOf(format, n)
	c, err := integration.Create(integration.New{
		ID: fmt.Sprintf("bench%09d", n), Account: fmt.Sprintf("account%06d", n/perAccount),
		Name: fmt.Sprintf("Integration %d", n), Scopes: []string{"contacts.readonly", "contacts.write"},
	}, anyScope{}, integration.Minted{ID: t.ID(), MAC: pepper.MAC(t), PepperVersion: 1}, fact.System, now)
	if err != nil {
		return err
	}
	if err := store.Commit(ctx, c, perAccount, nil); err != nil {
		return err
	}
	return store.MarkUsed(ctx, t.ID(), now)
}
