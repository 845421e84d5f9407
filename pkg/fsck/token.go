package fsck

import (
	"time"

	"github.com/private-integrations/private-integrations/pkg/integration"
)

// integration checks one integration with its facts and living tokens.
func (c *check) integration(h Holding, i Stored) {
	c.report.Integrations++
	n := name{h.Account.ID, i.ID}
	at := n.String()
	c.known[n] = true
	facts := h.Facts[i.ID]
	c.chain(n.account, n.id, facts, i.Seq, i.Head)
	c.trail(at, i, facts)
	for id, deadline := range i.Deadlines() {
		c.named[id] = true
		is, found := h.Tokens[id]
		if !found {
			c.fault(Tokens, at, "the item of its token %s is missing", id)
			continue
		}
		c.credential(at, i, is, deadline)
	}
	due := i.DueAt()
	// One without a policy was written by a version that reminded of less. What is
	// due for it is worked out anew when it is written next.
	if !due.Equal(i.Due) && i.Policy != (integration.Policy{}) {
		c.fault(Due, at, "something is due %s, and the item says %s", when(due), when(i.Due))
	}
	if !i.Due.IsZero() {
		c.due[n] = i.Due
	}
}

// credential holds a living token's item to its integration.
func (c *check) credential(at string, i Stored, is integration.Credential, deadline integration.Deadline) {
	retiringSince := deadline.RetiringSince
	if deadline.At.IsZero() {
		deadline = integration.Deadline{}
	}
	switch {
	case is.Account != i.Account || is.Integration != i.ID:
		c.fault(Tenancy, at, "the item of its token %s is of account %s, %s", is.ID, is.Account, is.Integration)
	case !is.Dead.At.IsZero():
		c.fault(Tokens, at, "its token %s is dead since %s (%s), and the integration takes it to live", is.ID, when(is.Dead.At), is.Dead.Reason)
	case !is.Scopes.Equal(i.Scopes):
		c.fault(Tokens, at, "its token %s has the scopes %q, and the integration %q", is.ID, is.Scopes, i.Scopes)
	case !is.Deadline.At.Equal(deadline.At) || is.Deadline.Reason != deadline.Reason:
		c.fault(Tokens, at, "its token %s ends %s (%s), and by the integration %s (%s)",
			is.ID, when(is.Deadline.At), is.Deadline.Reason, when(deadline.At), deadline.Reason)
	case !is.Deadline.RetiringSince.Equal(retiringSince):
		// By it uses are counted apart, which tell whether the token can be ended.
		c.fault(Tokens, at, "its token %s began to retire %s, and by the integration %s", is.ID, when(is.Deadline.RetiringSince), when(retiringSince))
	}
}

// token holds a token to be one that is dead or that its integration names.
func (c *check) token(is integration.Credential) {
	c.report.Tokens++
	n := name{is.Account, is.Integration}
	switch at := "token " + string(is.ID); {
	case !c.known[n]:
		c.fault(Tokens, at, "it is of account %s, %s, and there is no such integration", is.Account, is.Integration)
	case is.Dead.At.IsZero() && !c.named[is.ID]:
		c.fault(Tokens, at, "it lives, and its integration does not know it: account %s, %s", is.Account, is.Integration)
	}
}

// dueEntry holds an entry of the due index to its integration.
func (c *check) dueEntry(account, id string, at time.Time) {
	n := name{account, id}
	due, found := c.due[n]
	switch {
	case !found:
		c.fault(Due, n.String(), "the due index has it %s, and nothing is due, or has it twice", when(at))
	case !due.Equal(at):
		c.fault(Due, n.String(), "the due index has it %s, and the item says %s", when(at), when(due))
	}
	delete(c.due, n)
}

// missingDue tells of what the due index lacks.
func (c *check) missingDue() {
	for n, due := range c.due {
		c.fault(Due, n.String(), "the due index lacks it: something is due %s", when(due))
	}
}

func when(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return "at " + instant(t)
}
