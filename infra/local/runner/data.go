package runner

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/private-integrations/private-integrations/pkg/bolt"
	"github.com/private-integrations/private-integrations/pkg/contacts"
	"github.com/private-integrations/private-integrations/pkg/cursor"
	"github.com/private-integrations/private-integrations/pkg/keyring"
	"github.com/private-integrations/private-integrations/pkg/seal"
	"github.com/private-integrations/private-integrations/pkg/table"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// The files of a data folder.
const (
	dataFile    = "data.db"
	pepperFile  = "pepper.json"
	signingFile = "signing.json"
	sealingFile = "sealing.json"
	issuerFile  = "issuer.pem"
)

// sampleAccount is the account that a new data folder has contacts of.
const sampleAccount = "acme"

// data is an open data folder.
type data struct {
	db         *bolt.DB
	table      *table.Store
	contacts   *table.Contacts
	peppers    *keyring.Ring[*token.Pepper]
	pepperFile keyring.SecretFile
	signing    *keyring.Ring[cursor.Key]
	sealing    *keyring.Ring[seal.Key]
}

// openData opens the folder, or makes it. Data without the pepper that its
// tokens were made with is of no use, so it is refused rather than given a new
// one under which no token verifies.
func openData(folder string, sample bool, now func() time.Time) (*data, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	path := filepath.Join(folder, dataFile)
	existed, err := keyring.Exists(path)
	if err != nil {
		return nil, fmt.Errorf("look for %s: %w", path, err)
	}
	peppers, err := ring(folder, pepperFile, existed, token.NewPepper, now)
	if err != nil {
		return nil, err
	}
	signing, err := ring(folder, signingFile, false, cursor.NewKey, now)
	if err != nil {
		return nil, err
	}
	sealing, err := ring(folder, sealingFile, false, seal.NewKey, now)
	if err != nil {
		return nil, err
	}
	db, err := bolt.Open(path, bolt.Options{Stream: true})
	if err != nil {
		return nil, err
	}
	d := &data{
		db: db, table: table.New(db), contacts: table.NewContacts(db), peppers: peppers, signing: signing, sealing: sealing,
		pepperFile: keyring.SecretFile{Path: filepath.Join(folder, pepperFile), Now: now},
	}
	if sample && !existed {
		if err := d.addSamples(now()); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	return d, nil
}

// ring opens the keys of one file. A file that is missing is made, unless there
// is data that needs the one there was.
func ring[T any](folder, name string, needed bool, parse func([]byte) (T, error), now func() time.Time) (*keyring.Ring[T], error) {
	path := filepath.Join(folder, name)
	exists, err := keyring.Exists(path)
	if err != nil {
		return nil, fmt.Errorf("look for %s: %w", path, err)
	}
	switch {
	case !exists && needed:
		return nil, fmt.Errorf("%s is missing, and without it no token in %s verifies: restore it from a backup, or move the data away to begin anew",
			path, filepath.Join(folder, dataFile))
	case !exists:
		key := make([]byte, 32)
		_, _ = rand.Read(key) // never fails
		if err := keyring.CreateFile(path, key); err != nil {
			return nil, err
		}
	}
	keys := keyring.New(keyring.File(path), parse, now)
	// A broken file is found at the start, not by the first request.
	if _, _, err := keys.Current(context.Background()); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return keys, nil
}

func (d *data) addSamples(now time.Time) error {
	for _, c := range contacts.Samples(now) {
		if err := d.contacts.Create(context.Background(), sampleAccount, c); err != nil {
			return fmt.Errorf("add sample contacts: %w", err)
		}
	}
	return nil
}
