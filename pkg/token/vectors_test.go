package token_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"math/big"
	"os"
	"strings"
	"testing"

	"github.com/private-integrations/private-integrations/pkg/token"
)

// vectors are the published examples of the format. Their entropy is made up
// and easily seen to be.
type vectors struct {
	Good []struct{ Entropy, Prefix, Token, ID, Hint, Pepper, MAC string }
	Bad  []struct{ Text, Reason, Why string } // with the prefix "pit"
}

func readVectors(t testing.TB) vectors {
	t.Helper()
	data, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Good) < 5 || len(v.Bad) < 20 {
		t.Fatalf("%d good and %d bad vectors: some are missing", len(v.Good), len(v.Bad))
	}
	return v
}

func format(t testing.TB, prefix string) token.Format {
	t.Helper()
	f, err := token.NewFormat(prefix)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func fromHex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func entropy(t testing.TB, text string) token.Entropy {
	t.Helper()
	return token.Entropy(fromHex(t, text))
}

// base62 is a second opinion: math/big's own digits, which are in another order.
func base62(n *big.Int, width int) string {
	swapped := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return r
	}, n.Text(62))
	return strings.Repeat("0", width-len(swapped)) + swapped
}

// sealed puts the checksum behind body.
func sealed(body string) string {
	return body + base62(big.NewInt(int64(crc32.ChecksumIEEE([]byte(body)))), 6)
}

func TestPublishedVectorsFitAnIndependentImplementation(t *testing.T) {
	for _, v := range readVectors(t).Good {
		e := fromHex(t, v.Entropy)
		id, secret := base62(new(big.Int).SetBytes(e[:16]), 22), base62(new(big.Int).SetBytes(e[16:]), 43)
		if want := sealed(v.Prefix + "_" + id + "_" + secret); v.Token != want {
			t.Errorf("%s: token %s, want %s", v.Entropy, v.Token, want)
		}
		mac := hmac.New(sha256.New, fromHex(t, v.Pepper))
		mac.Write([]byte(secret))
		if want := hex.EncodeToString(mac.Sum(nil)); v.MAC != want {
			t.Errorf("%s: MAC %s, want %s", v.Entropy, v.MAC, want)
		}
		if v.ID != id || v.Hint != v.Prefix+"_"+id[:6] {
			t.Errorf("%s: id %s and hint %s, want the id %s", v.Entropy, v.ID, v.Hint, id)
		}
	}
}

func TestMintAndParseKeepToThePublishedVectors(t *testing.T) {
	for _, v := range readVectors(t).Good {
		f := format(t, v.Prefix)
		minted := f.Mint(entropy(t, v.Entropy))
		if got := minted.Reveal(); got != v.Token {
			t.Errorf("%s: minted %s, want %s", v.Entropy, got, v.Token)
		}
		parsed, err := f.Parse(v.Token)
		if err != nil {
			t.Errorf("%s: %v", v.Token, err)
			continue
		}
		if parsed.Reveal() != v.Token || string(parsed.ID()) != v.ID || minted.ID() != parsed.ID() {
			t.Errorf("%s: parsed as %s with the id %s, want the id %s", v.Token, parsed.Reveal(), parsed.ID(), v.ID)
		}
		if hint, public := f.Hint(parsed.ID()), f.Public(parsed.ID()); hint != v.Hint || public != v.Prefix+"_"+v.ID {
			t.Errorf("%s: hint %s, want %s; public part %s", v.Token, hint, v.Hint, public)
		}
		pepper, err := token.NewPepper(fromHex(t, v.Pepper))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time with used buffers
			if got := pepper.MAC(parsed); hex.EncodeToString(got[:]) != v.MAC {
				t.Errorf("%s: MAC %x, want %s", v.Token, got, v.MAC)
			}
		}
	}
}

func TestParseRefusesTheBadVectorsForTheirReason(t *testing.T) {
	f := format(t, token.DefaultPrefix)
	reasons := map[string]error{"malformed": token.ErrMalformed, "checksum": token.ErrChecksum}
	for _, v := range readVectors(t).Bad {
		_, err := f.Parse(v.Text)
		if want := reasons[v.Reason]; want == nil || !errors.Is(err, want) {
			t.Errorf("%s (%q): %v, want %s", v.Why, v.Text, err, v.Reason)
		}
	}
}

func TestPrefixesAreTwoToSixteenLettersAndDigits(t *testing.T) {
	for _, prefix := range []string{"pi", "PIT", "42", "Sixteen16Letters"} {
		if _, err := token.NewFormat(prefix); err != nil {
			t.Errorf("%q: %v", prefix, err)
		}
	}
	for _, prefix := range []string{"", "p", "Seventeen17Letter", "p_t", "pi-", "pi ", "pït", "pi\x00", "пит"} {
		if _, err := token.NewFormat(prefix); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", prefix)) {
			t.Errorf("%q: %v, want an error that names it", prefix, err)
		}
	}
}

func TestPeppersHaveAtLeast32BytesAndAreCopied(t *testing.T) {
	if _, err := token.NewPepper(make([]byte, token.MinPepperSize-1)); err == nil || !strings.Contains(err.Error(), "31 bytes") {
		t.Errorf("31 bytes: %v", err)
	}
	key := make([]byte, token.MinPepperSize)
	minted := format(t, "pit").Mint(token.Entropy{})
	macs := make([]token.MAC, 2)
	for n := range macs {
		pepper, err := token.NewPepper(key)
		if err != nil {
			t.Fatal(err)
		}
		key[n] ^= 1
		macs[n] = pepper.MAC(minted)
		key[n] ^= 1
	}
	if !macs[0].Equal(macs[1]) {
		t.Error("the MAC changed with the caller's slice")
	}
}

func TestMACsAreEqualOnlyInEveryBit(t *testing.T) {
	var m token.MAC
	for i := range m {
		m[i] = byte(i)
	}
	if !m.Equal(m) {
		t.Error("a MAC differs from itself")
	}
	for bit := range 8 * len(m) {
		other := m
		other[bit/8] ^= 1 << (bit % 8)
		if m.Equal(other) {
			t.Errorf("bit %d makes no difference", bit)
		}
	}
}
