package fact_test

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/fact"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)

// full is a fact of which every field is set, number seq of a chain.
func full(seq int64) fact.Fact {
	return fact.Fact{
		Account: "acme", Integration: "i1", Seq: seq, Type: fact.Updated, At: start.Add(time.Duration(seq) * time.Second),
		Actor: fact.Actor{ID: "user-1", Email: "ada@acme.test", Address: "203.0.113.7"},
		Token: "t", Member: "m", MemberEmail: "eve@acme.test", Operation: "rotate-token", Reason: "expired", Count: 3, Changes: []fact.Delta{{Field: "name", From: "a", To: "b"}, {Field: "description", To: "c"}},
	}
}

func chain(n int) []fact.Fact {
	facts := make([]fact.Fact, n)
	var head fact.Hash
	for i := range facts {
		facts[i] = fact.Link(head, full(int64(i)+1))
		head = facts[i].Hash
	}
	return facts
}

// follow gives what is broken in facts, which are to end with the head of end.
func follow(facts []fact.Fact, end fact.Fact) (broken []error) {
	var c fact.Chain
	for _, f := range facts {
		if err := c.Follow(f); err != nil {
			broken = append(broken, err)
		}
	}
	if err := c.End(end.Seq, end.Hash); err != nil {
		broken = append(broken, err)
	}
	return broken
}

func TestWholeChainHolds(t *testing.T) {
	for _, n := range []int{1, 2, 10} {
		facts := chain(n)
		if broken := follow(facts, facts[n-1]); broken != nil {
			t.Errorf("%d facts: %v", n, broken)
		}
	}
	if broken := follow(nil, fact.Fact{}); broken != nil {
		t.Errorf("no fact: %v", broken)
	}
}

func TestEveryFieldButTheHashAndTheCountIsHashed(t *testing.T) {
	original := fact.Link("v1:before", full(7))
	each(t, reflect.TypeFor[fact.Fact](), nil, func(path []int, name string) {
		changed := original
		changed.Changes = slices.Clone(original.Changes)
		field := reflect.ValueOf(&changed).Elem().FieldByIndex(path)
		switch v := field.Addr().Interface().(type) {
		case *time.Time:
			*v = v.Add(time.Millisecond)
		case *int64:
			*v++
		case *bool:
			*v = !*v
		case *[]fact.Delta:
			*v = (*v)[:1]
		default:
			field.SetString(field.String() + "x")
		}
		prev := changed.Prev
		if got, want := fact.Link(prev, changed).Hash == original.Hash, name == "Hash" || name == "Count"; got != want {
			t.Errorf("with another %s the hash is the same: %t, want %t", name, got, want)
		}
	})
}

// each visits the fields of a struct and of those in it.
func each(t *testing.T, of reflect.Type, path []int, visit func(path []int, name string)) {
	t.Helper()
	for n := range of.NumField() {
		f := of.Field(n)
		at := append(slices.Clone(path), n)
		if f.Type.Kind() == reflect.Struct && f.Type != reflect.TypeFor[time.Time]() {
			each(t, f.Type, at, visit)
			continue
		}
		visit(at, f.Name)
	}
}

func TestNoTwoFactsHaveTheSameEncoding(t *testing.T) {
	seen := map[fact.Hash]int{}
	for n, f := range []fact.Fact{
		{},
		{Actor: fact.Actor{ID: "a"}}, {Actor: fact.Actor{Email: "a"}}, {Actor: fact.Actor{ID: "aemail"}}, {Actor: fact.Actor{ID: "a", Email: "b"}},
		{Reason: "a"}, {Reason: "afield"},
		{Changes: []fact.Delta{{}}}, {Changes: []fact.Delta{{}, {}}},
		{Changes: []fact.Delta{{Field: "from"}}}, {Changes: []fact.Delta{{From: "from"}}}, {Changes: []fact.Delta{{Field: "a", From: "to"}}},
		{Changes: []fact.Delta{{Field: "a", To: "b"}}}, {Changes: []fact.Delta{{Field: "a", From: "b"}}},
		{Changes: []fact.Delta{{Field: "a"}, {Field: "b"}}}, {Changes: []fact.Delta{{Field: "a", From: "field", To: "b"}}},
	} {
		hash := fact.Link("", f).Hash
		if other, found := seen[hash]; found {
			t.Errorf("facts %d and %d have the same hash", other, n)
		}
		seen[hash] = n
	}
}

// The encoding as docs/audit.md gives it, written down a second time.
func TestHashIsThatOfTheDocumentedEncoding(t *testing.T) {
	f := fact.Link("v1:before", full(7))
	var b []byte
	for _, text := range []string{
		"prev", "v1:before", "account", "acme", "integration", "i1", "seq", "7", "type", "integration.updated", "at", "1767323052678",
		"actor", "user-1", "email", "ada@acme.test", "address", "203.0.113.7", "token", "t", "member", "m", "memberEmail", "eve@acme.test", "operation", "rotate-token", "reason", "expired",
		"field", "name", "from", "a", "to", "b", "field", "description", "to", "c",
	} {
		b = append(binary.BigEndian.AppendUint64(b, uint64(len(text))), text...)
	}
	if want := fact.Hash(fmt.Sprintf("v1:%x", sha256.Sum256(b))); f.Hash != want {
		t.Errorf("%s, want %s", f.Hash, want)
	}
}

func TestHashesStayAsTheyAre(t *testing.T) {
	const want = "v1:43b605bd3f86193d035beed1e0cb49ed73b5098760da78f69e25eb539a6b8f27"
	if got := fact.Link("", full(1)).Hash; got != want {
		t.Errorf("%s, want %s: facts that were written would not fit their hashes any more", got, want)
	}
}

func TestBreakIsFoundWhereItIs(t *testing.T) {
	whole := chain(9)
	last := whole[8]
	relinked := func(facts []fact.Fact, from int) []fact.Fact {
		for n := from; n < len(facts); n++ {
			facts[n] = fact.Link(facts[n-1].Hash, facts[n])
		}
		return facts
	}
	other := full(5)
	other.Reason = "deleted"
	for name, c := range map[string]struct {
		facts []fact.Fact
		at    int64
		says  string
	}{
		"content":              {with(whole, 4, func(f *fact.Fact) { f.Changes[0].To = "c" }), 5, "content"},
		"hash":                 {with(whole, 4, func(f *fact.Fact) { f.Hash = whole[3].Hash }), 5, "content"},
		"hash taken out":       {with(whole, 4, func(f *fact.Fact) { f.Hash = "" }), 5, "no hash"},
		"hash of no kind":      {with(whole, 4, func(f *fact.Fact) { f.Hash = "v9:0" }), 5, "a kind"},
		"linked elsewhere":     {with(whole, 4, func(f *fact.Fact) { *f = fact.Link("v1:0", *f) }), 5, "follow"},
		"content, rehashed":    {with(whole, 4, func(f *fact.Fact) { *f = fact.Link(whole[3].Hash, other) }), 6, "follow"},
		"first dropped":        {whole[1:], 2, "missing"},
		"one dropped":          {slices.Delete(slices.Clone(whole), 4, 5), 6, "missing"},
		"newest dropped":       {whole[:8], 9, "is missing"},
		"all dropped":          {nil, 1, "is missing"},
		"inserted twice":       {slices.Insert(slices.Clone(whole), 4, whole[4]), 5, "comes after fact 5"},
		"inserted at end":      {append(slices.Clone(whole), fact.Link(last.Hash, full(10))), 10, "does not know"},
		"reordered":            {with(with(whole, 3, func(f *fact.Fact) { *f = whole[4] }), 4, func(f *fact.Fact) { *f = whole[3] }), 5, "missing"},
		"rewritten to the end": {relinked(with(whole, 4, func(f *fact.Fact) { *f = other }), 4), 9, "another hash"},
		"all hashes taken out": {stripped(whole, 9), 9, "another hash"},
		"first hashes out":     {stripped(whole, 3), 4, "follow"},
	} {
		broken := follow(c.facts, last)
		if broken == nil {
			t.Errorf("%s: not found", name)
			continue
		}
		var b *fact.Break
		if !errors.As(broken[0], &b) || b.Seq != c.at || !strings.Contains(b.Error(), c.says) {
			t.Errorf("%s: %v, want one at %d that says %q", name, broken, c.at, c.says)
		}
		if len(broken) > 3 {
			t.Errorf("%s: one break is told %d times: %v", name, len(broken), broken)
		}
	}
}

// with is facts of which one is changed.
func with(facts []fact.Fact, n int, change func(*fact.Fact)) []fact.Fact {
	facts = slices.Clone(facts)
	facts[n].Changes = slices.Clone(facts[n].Changes)
	change(&facts[n])
	return facts
}

// stripped is facts of which the first n are as they were before there were
// hashes.
func stripped(facts []fact.Fact, n int) []fact.Fact {
	facts = slices.Clone(facts)
	for i := range n {
		facts[i].Prev, facts[i].Hash = "", ""
	}
	return facts
}

func TestChainBeginsWithTheFirstFactThatHasAHash(t *testing.T) {
	facts := stripped(chain(5), 5)
	facts[3] = fact.Link("", facts[3])
	facts[4] = fact.Link(facts[3].Hash, facts[4])
	var c fact.Chain
	for _, f := range facts {
		if err := c.Follow(f); err != nil {
			t.Error(err)
		}
	}
	if err := c.End(5, facts[4].Hash); err != nil || c.Unchained != 3 {
		t.Errorf("%v, %d unchained facts, want 3", err, c.Unchained)
	}
}

func TestFactWithoutHashAfterOneWithIsABreakOnce(t *testing.T) {
	facts := chain(5)
	facts[2] = stripped(facts, 3)[2] // as an older program writes it, which leaves the head out
	facts[3] = fact.Link("", facts[3])
	facts[4] = fact.Link(facts[3].Hash, facts[4])
	broken := follow(facts, facts[4])
	var b *fact.Break
	if len(broken) != 1 || !errors.As(broken[0], &b) || b.Seq != 3 {
		t.Errorf("%v, want one break at 3", broken)
	}
}
