package fsck

import (
	"errors"

	"github.com/private-integrations/private-integrations/pkg/fact"
)

// Head is the newest fact of a chain. Kept where those who can write to the
// table can't, it shows later whether the chain was made anew as a whole.
type Head struct {
	Account string    `json:"account"`
	Subject string    `json:"subject"`
	Seq     int64     `json:"seq"`
	Hash    fact.Hash `json:"hash"`
}

// Heads are those of an earlier check, by account and subject.
type Heads map[name]Head

// Add enters a head.
func (h Heads) Add(head Head) { h[name{head.Account, head.Subject}] = head }

// chain follows the facts of one subject to the head that the subject names.
func (c *check) chain(account, subject string, facts []fact.Fact, seq int64, head fact.Hash) {
	at := where(account, subject)
	kept, expected := c.heads[name{account, subject}]
	delete(c.heads, name{account, subject})
	var chain fact.Chain
	for _, f := range facts {
		if err := chain.Follow(f); err != nil {
			c.broken(at, err)
		}
		if expected && f.Seq == kept.Seq {
			expected = false
			if f.Hash != kept.Hash {
				c.fault(Chain, at, "fact %d has another hash than was kept of it: the chain was made anew", f.Seq)
			}
		}
	}
	if err := chain.End(seq, head); err != nil {
		c.broken(at, err)
	}
	if expected {
		c.fault(Chain, at, "fact %d, whose hash was kept, is gone", kept.Seq)
	}
	c.report.Facts += len(facts)
	c.report.Unchained += int(chain.Unchained)
	if c.head != nil && chain.Head != "" {
		c.head(Head{account, subject, chain.Seq, chain.Head})
	}
}

func (c *check) broken(at string, err error) {
	var b *fact.Break
	if errors.As(err, &b) {
		c.fault(Chain, at, "%v", b)
	}
}

// missingHeads tells of kept heads whose subjects were not met.
func (c *check) missingHeads() {
	for n, kept := range c.heads {
		c.fault(Chain, n.String(), "all of it is gone, and the hash of fact %d was kept", kept.Seq)
	}
}
