package fsck

import "github.com/private-integrations/private-integrations/pkg/fact"

// Fault is one thing that is wrong.
type Fault struct {
	Kind  Kind
	Where string // the account, and the integration, token or item
	What  string
}

func (f Fault) String() string { return f.Where + ": " + f.What }

// Kind is what a fault is about.
type Kind string

// The kinds.
const (
	Damage   Kind = "damage"   // it can't be read
	Tenancy  Kind = "tenancy"  // it lies in the place of another
	Chain    Kind = "chain"    // the audit trail is not as it was recorded
	Trail    Kind = "trail"    // something is not as the audit trail tells
	Tokens   Kind = "tokens"   // a token is not as its integration says
	Due      Kind = "due"      // the schedules would not find it in time
	Timeline Kind = "timeline" // the audit would not show it, or twice
	Quota    Kind = "quota"    // the counter of integrations is wrong
)

// Remedy is what to do about the faults of a kind.
type Remedy struct {
	Kind Kind
	Do   string
}

// Kinds has every kind, the worst first.
var Kinds = []Remedy{
	{Chain, "Somebody, or a program that is not this one, has written to the table. Compare with a backup or an export from before, and find out who could. The chain can't be mended, only the cause."},
	{Trail, "As above. Until you know what is right, expire the tokens of the integrations that are named."},
	{Tokens, "A token may let through what it should not, or die too late. Rotate it with the old one expired now; delete the items of tokens that no integration knows."},
	{Tenancy, "Nothing of this program writes so: treat it as an intrusion. Remove the item, or restore it from a backup."},
	{Damage, "Restore the data file, or the item, from a backup."},
	{Due, "Tokens die on time all the same. Any change of the integration, such as an edit of its description, writes its entry anew."},
	{Timeline, "The facts themselves are there. On DynamoDB `make fsck TABLE=… UPGRADE=1` writes what is missing; a data file is upgraded when the runner opens it."},
	{Quota, "Set the attribute live of the item COUNT of the account to the number that there is."},
}

// own is the subject of facts about the account itself.
var own = fact.Fact{}.Subject()

// where names an account or, of it, an integration.
func where(account, subject string) string {
	if subject == "" || subject == own {
		return "account " + account
	}
	return "account " + account + ", " + subject
}
