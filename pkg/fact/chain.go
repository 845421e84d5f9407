package fact

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// Hash stands for a fact and for all facts of the same subject before it: the
// version of the encoding and the SHA-256 of it in hex, such as "v1:9f86…".
// Empty: the fact was written before there were hashes, or there is none.
type Hash string

// version is that of [Fact.canonical].
const version = "v1:"

// Link makes f the fact that follows the one with the hash prev, which is empty
// for a subject's first. Nothing that is hashed may change afterwards.
func Link(prev Hash, f Fact) Fact {
	f.Prev = prev
	f.Hash = f.sum()
	return f
}

func (f Fact) sum() Hash {
	sum := sha256.Sum256(f.canonical())
	return version + Hash(hex.EncodeToString(sum[:]))
}

// canonical is what is hashed of a fact: pairs of name and value in one order,
// each text with its length before it in 8 bytes, big-endian. No two facts have
// the same. Values that are empty are left out with their names, so that a field
// that is new leaves the hashes of older facts as they are. It holds everything
// but the hash itself and the Count, which goes up in place: what changes can't
// be part of what must not.
func (f Fact) canonical() []byte {
	b := make(pairs, 0, 512)
	b.add("prev", string(f.Prev))
	b.add("account", f.Account)
	b.add("integration", f.Integration)
	b.add("seq", strconv.FormatInt(f.Seq, 10))
	b.add("type", string(f.Type))
	b.add("at", strconv.FormatInt(f.At.UnixMilli(), 10))
	b.add("actor", f.Actor.ID)
	b.add("email", f.Actor.Email)
	b.add("address", f.Actor.Address)
	b.add("token", string(f.Token))
	b.add("member", f.Member)
	b.add("memberEmail", f.MemberEmail)
	b.add("operation", f.Operation)
	b.add("reason", f.Reason)
	b.add("callerAddress", f.Caller.Address)
	b.add("callerAgent", f.Caller.Agent)
	if f.Caller.Known {
		b.add("callerKnown", "true")
	}
	if !f.Caller.At.IsZero() {
		b.add("callerAt", strconv.FormatInt(f.Caller.At.UnixMilli(), 10))
	}
	for _, d := range f.Changes {
		b.text("field") // even if it is empty: it is what a change begins with
		b.text(d.Field)
		b.add("from", d.From)
		b.add("to", d.To)
	}
	return b
}

type pairs []byte

func (p *pairs) add(name, value string) {
	if value != "" {
		p.text(name)
		p.text(value)
	}
}

func (p *pairs) text(s string) {
	*p = append(binary.BigEndian.AppendUint64(*p, uint64(len(s))), s...)
}

// Break is where a chain does not hold.
type Break struct {
	Seq  int64 // of the fact at which it shows
	What string
}

func (b *Break) Error() string { return fmt.Sprintf("fact %d %s", b.Seq, b.What) }

// Chain follows the facts of one subject, from the oldest on. The zero value is
// before the first.
type Chain struct {
	Seq       int64 // of the fact that was followed last
	Head      Hash  // its hash
	Unchained int64 // facts from before there were hashes, which nothing vouches for
}

// Follow takes the next fact and goes on from there, also after a break. Error:
// [*Break].
func (c *Chain) Follow(f Fact) error {
	before := *c
	c.Seq, c.Head = f.Seq, f.Hash
	if f.Hash == "" {
		c.Unchained++
	}
	broken := func(format string, args ...any) error { return &Break{f.Seq, fmt.Sprintf(format, args...)} }
	switch {
	case f.Seq <= before.Seq:
		return broken("comes after fact %d", before.Seq)
	case f.Seq > before.Seq+1:
		return broken("comes after fact %d: what was between them is missing", before.Seq)
	case f.Hash == "" && before.Head != "":
		return broken("has no hash, and the one before it has: it was put there by hand, or by a version of this program that knew no hashes")
	case f.Hash == "":
		return nil
	case !strings.HasPrefix(string(f.Hash), version):
		return broken("has a hash of a kind that this program does not know: %q", f.Hash)
	case f.Hash != f.sum():
		return broken("is not what was recorded: its content does not give its hash")
	case f.Prev != before.Head:
		return broken("does not follow the one before it: it names another hash than that one has")
	}
	return nil
}

// End holds the chain to what its subject says of it: the number of the newest
// fact, and its hash. Error: [*Break].
func (c Chain) End(seq int64, head Hash) error {
	switch {
	case c.Seq < seq:
		return &Break{c.Seq + 1, fmt.Sprintf("is missing, and all up to number %d", seq)}
	case c.Seq > seq:
		return &Break{seq + 1, "is there, and its subject does not know of it"}
	case c.Head != head:
		return &Break{seq, "is the newest, and its subject names another hash than it has"}
	}
	return nil
}
