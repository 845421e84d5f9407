package issuer

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/go-jose/go-jose/v4"
)

const keyBits = 2048

// signingKey reads its key from file when first asked, and makes the file if
// there is none: generating takes long enough to be felt at start-up.
type signingKey struct {
	file string
	mu   sync.Mutex
	key  *jose.JSONWebKey
}

// get returns the private key for RS256; its ID is the thumbprint of RFC 7638.
// A failure is not remembered, so that a mended file needs no restart.
func (k *signingKey) get() (*jose.JSONWebKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.key != nil {
		return k.key, nil
	}
	private, err := readKey(k.file)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeKey(k.file); err != nil {
			return nil, fmt.Errorf("make signing key %s: %w", k.file, err)
		}
		private, err = readKey(k.file)
	}
	if err != nil {
		return nil, fmt.Errorf("read signing key %s: %w", k.file, err)
	}
	key := &jose.JSONWebKey{Key: private, Algorithm: string(jose.RS256), Use: "sig"}
	thumbprint, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("take thumbprint of signing key %s: %w", k.file, err)
	}
	key.KeyID = base64.RawURLEncoding.EncodeToString(thumbprint)
	k.key = key
	return key, nil
}

var errBrokenKey = fmt.Errorf("not a PEM file with a PKCS #8 RSA key of %d bits or more; "+
	"restore it, or delete it to have a new one made (tokens signed before then stop working)", keyBits)

func readKey(file string) (*rsa.PrivateKey, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("mode %04o lets others at it; run `chmod 600 %s`, "+
			"or delete the file to have a new one made if someone may have read it", mode, file)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errBrokenKey
	}
	// The parser's own error adds nothing that the reader could act on.
	parsed, _ := x509.ParsePKCS8PrivateKey(block.Bytes)
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok || key.N.BitLen() < keyBits {
		return nil, errBrokenKey
	}
	return key, nil
}

// makeKey writes a new key, whole or not at all. It links the file into place
// because a rename would overwrite: if another process was first, its key stays.
func makeKey(file string) error {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	folder := filepath.Dir(file)
	draft, err := os.CreateTemp(folder, filepath.Base(file)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(draft.Name()) }()
	err = errors.Join(
		pem.Encode(draft, &pem.Block{Type: "PRIVATE KEY", Bytes: der}),
		draft.Sync(),
		draft.Close(),
	)
	if err != nil {
		return err
	}
	if err := os.Link(draft.Name(), file); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(folder)
}

// syncFolder makes a new name in folder survive a power cut.
func syncFolder(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
