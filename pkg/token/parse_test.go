package token_test

import (
	"encoding/hex"
	"math/big"
	"strings"
	"sync"
	"testing"

	"github.com/private-integrations/private-integrations/pkg/token"
)

// alphabet is every byte that may occur in a token.
const alphabet = "_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

func TestEverySlipOfOneCharacterIsRefused(t *testing.T) {
	for _, v := range readVectors(t).Good {
		f := format(t, v.Prefix)
		refuse := func(slip, text string) {
			t.Helper()
			if text == v.Token {
				return
			}
			if _, err := f.Parse(text); err == nil {
				t.Errorf("%s of %s: %q is accepted", slip, v.Token, text)
			}
		}
		for i := range len(v.Token) {
			front, c, rest := v.Token[:i], v.Token[i:i+1], v.Token[i+1:]
			for b := range 256 {
				refuse("a change", front+string([]byte{byte(b)})+rest)
			}
			for _, b := range alphabet {
				refuse("an insertion", front+string(b)+c+rest)
			}
			refuse("a deletion", front+rest)
			refuse("upper case", front+strings.ToUpper(c)+rest)
			refuse("lower case", front+strings.ToLower(c)+rest)
			if rest != "" {
				refuse("a transposition", front+rest[:1]+c+rest[1:])
			}
			refuse("an end", front)
			refuse("a start", c+rest+front)
		}
		refuse("upper case", strings.ToUpper(v.Token))
		refuse("lower case", strings.ToLower(v.Token))
	}
}

func TestTextsThatStandForNoValueAreRefused(t *testing.T) {
	f := format(t, "pit")
	number := func(bits uint, plus int64, width int) string {
		n := new(big.Int).Lsh(big.NewInt(1), bits)
		return base62(n.Add(n, big.NewInt(plus)), width)
	}
	highestID, highestSecret := number(128, -1, 22), number(256, -1, 43)
	for _, c := range []struct {
		id, secret string
		accepted   bool
	}{
		{highestID, highestSecret, true},
		{number(128, 0, 22), highestSecret, false},
		{highestID, number(256, 0, 43), false},
		{strings.Repeat("z", 22), highestSecret, false},
		{highestID, strings.Repeat("z", 43), false},
	} {
		text := sealed("pit_" + c.id + "_" + c.secret)
		if _, err := f.Parse(text); (err == nil) != c.accepted {
			t.Errorf("%s: %v, want accepted: %v", text, err, c.accepted)
		}
	}
}

// decode is the entropy that a token's text stands for.
func decode(t testing.TB, text string) (e token.Entropy) {
	t.Helper()
	body := text[strings.IndexByte(text, '_')+1:]
	value := func(digits string) *big.Int {
		n := new(big.Int)
		for _, d := range digits {
			n.Mul(n, big.NewInt(62))
			n.Add(n, big.NewInt(int64(strings.IndexRune(alphabet, d)-1)))
		}
		return n
	}
	value(body[:22]).FillBytes(e[:16])
	value(body[23:66]).FillBytes(e[16:])
	return e
}

func TestEveryEntropyHasItsOwnText(t *testing.T) {
	f := format(t, "pit")
	seen := map[string]bool{}
	for i := range token.EntropySize {
		for b := range 256 {
			var e token.Entropy
			e[i] = byte(b)
			text := f.Mint(e).Reveal()
			if got := decode(t, text); got != e {
				t.Fatalf("%s stands for %x, want %x", text, got, e)
			}
			seen[text] = true
		}
	}
	if want := token.EntropySize*255 + 1; len(seen) != want {
		t.Errorf("%d texts of %d values", len(seen), want)
	}
}

func TestErrorsHoldNothingOfTheText(t *testing.T) {
	f := format(t, "pit")
	for _, v := range readVectors(t).Bad {
		_, err := f.Parse(v.Text)
		if err == nil {
			t.Errorf("%q is accepted", v.Text)
			continue
		}
		for i := range max(0, len(v.Text)-8) {
			if strings.Contains(err.Error(), v.Text[i:i+8]) {
				t.Errorf("%q is in: %v", v.Text[i:i+8], err)
			}
		}
	}
}

func TestPepperServesManyAtOnce(t *testing.T) {
	v := readVectors(t).Good[1]
	f := format(t, v.Prefix)
	pepper, err := token.NewPepper(fromHex(t, v.Pepper))
	if err != nil {
		t.Fatal(err)
	}
	var workers sync.WaitGroup
	for worker := range 8 {
		workers.Go(func() {
			other := f.Mint(token.Entropy{byte(worker), 40: byte(worker)})
			own := pepper.MAC(other)
			for range 500 {
				parsed, err := f.Parse(v.Token)
				if err != nil {
					t.Error(err)
					return
				}
				if got := pepper.MAC(parsed); hex.EncodeToString(got[:]) != v.MAC {
					t.Errorf("MAC %x, want %s", got, v.MAC)
				}
				if !pepper.MAC(other).Equal(own) {
					t.Error("a token's MAC changed")
				}
			}
		})
	}
	workers.Wait()
}

func FuzzParse(f *testing.F) {
	v := readVectors(f)
	for _, good := range v.Good {
		f.Add(good.Prefix, good.Token)
	}
	for _, bad := range v.Bad {
		f.Add("pit", bad.Text)
	}
	f.Fuzz(func(t *testing.T, prefix, text string) {
		shape, err := token.NewFormat(prefix)
		if err != nil {
			return
		}
		parsed, err := shape.Parse(text)
		if err != nil {
			return
		}
		if again := shape.Mint(decode(t, text)); parsed.Reveal() != text || again.Reveal() != text {
			t.Errorf("%q is read as %q, whose value has the text %q", text, parsed.Reveal(), again.Reveal())
		}
	})
}

func FuzzMint(f *testing.F) {
	for _, good := range readVectors(f).Good {
		f.Add(fromHex(f, good.Entropy))
	}
	shape := format(f, "pit")
	f.Fuzz(func(t *testing.T, b []byte) {
		var e token.Entropy
		copy(e[:], b)
		minted := shape.Mint(e)
		parsed, err := shape.Parse(minted.Reveal())
		if err != nil || parsed.Reveal() != minted.Reveal() || parsed.ID() != minted.ID() {
			t.Errorf("%x: %v, %v", e, parsed, err)
		}
	})
}
