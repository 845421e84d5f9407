package keyring_test

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/keyring"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// peppers is a secret with real peppers of the versions up to current.
func peppers(current int) string {
	var keys []string
	for version := 1; version <= current; version++ {
		key := strings.Repeat(fmt.Sprint(version), token.MinPepperSize)
		keys = append(keys, fmt.Sprintf(`"%d": %q`, version, base64.StdEncoding.EncodeToString([]byte(key))))
	}
	return fmt.Sprintf(`{"current": %d, "keys": {%s}}`, current, strings.Join(keys, ", "))
}

// stored is a token and what a table holds of it.
type stored struct {
	text    string
	mac     token.MAC
	version int
}

func TestPepperRotationFailsNoVerification(t *testing.T) {
	const versions, perVersion, verifiers = 3, 3_334, 32
	format, err := token.NewFormat(token.DefaultPrefix)
	if err != nil {
		t.Fatal(err)
	}
	s := &secrets{}
	issued := make(chan stored, verifiers)
	go func() {
		defer close(issued)
		for version := 1; version <= versions; version++ {
			s.set(peppers(version), nil)
			minter := keyring.New(s.read, token.NewPepper, time.Now) // an instance that started since
			for n := range perVersion {
				current, pepper, err := minter.Current(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				var e token.Entropy
				binary.BigEndian.PutUint64(e[:], uint64(version*perVersion+n))
				minted := format.Mint(e)
				issued <- stored{minted.Reveal(), pepper.MAC(minted), current}
			}
		}
	}()
	ring := keyring.New(s.read, token.NewPepper, time.Now)
	var (
		workers  sync.WaitGroup
		mu       sync.Mutex
		verified = map[int]int{}
	)
	for range verifiers {
		workers.Go(func() {
			for record := range issued {
				if err := verify(t, ring, format, record); err != nil {
					t.Error(err)
				}
				mu.Lock()
				verified[record.version]++
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	if want := map[int]int{1: perVersion, 2: perVersion, 3: perVersion}; !maps.Equal(verified, want) {
		t.Errorf("%v tokens were verified by version, want %v", verified, want)
	}
}

func verify(t *testing.T, ring *keyring.Ring[*token.Pepper], format token.Format, record stored) error {
	parsed, err := format.Parse(record.text)
	if err != nil {
		return err
	}
	pepper, err := ring.Key(t.Context(), record.version)
	if err != nil {
		return err
	}
	if !record.mac.Equal(pepper.MAC(parsed)) {
		return fmt.Errorf("the MAC of a token of version %d does not fit", record.version)
	}
	return nil
}
