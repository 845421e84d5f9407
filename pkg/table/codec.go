package table

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/token"
)

func encodeIntegration(i integration.Integration) Item {
	item := make(Item, 0, 32)
	item.text("id", i.ID)
	item.text("account", i.Account)
	item.text("name", i.Name)
	item.text("description", i.Description)
	item.list("scopes", i.Scopes)
	item.number("seq", i.Seq)
	item.text("head", string(i.Head))
	item.number("version", i.Version)
	item.time("createdAt", i.CreatedAt)
	item.text("createdBy", i.CreatedBy)
	item.time("updatedAt", i.UpdatedAt)
	item.time("deletedAt", i.DeletedAt)
	item.count("touched", i.Touched)
	item.count("reminderAge", i.Policy.ReminderAge.Milliseconds())
	item.count("quietFor", i.Policy.QuietFor.Milliseconds())
	item.count("idleAfter", i.Policy.IdleAfter.Milliseconds())
	item.time("idleSince", i.Policy.IdleSince)
	if c := i.Current; c != nil {
		encodeLiving(&item, "current", *c)
	}
	if r := i.Retiring; r != nil {
		encodeLiving(&item, "retiring", r.Token)
		item.time("rotatedAt", r.RotatedAt)
		item.time("windowEndsAt", r.WindowEndsAt)
	}
	if l := i.Last; l != nil {
		item.text("lastId", string(l.ID))
		item.time("lastAt", l.At)
		item.text("lastReason", string(l.Reason))
	}
	return item
}

func encodeLiving(item *Item, prefix string, t integration.Token) {
	item.text(prefix+"Id", string(t.ID))
	item.time(prefix+"CreatedAt", t.CreatedAt)
	item.text(prefix+"CreatedBy", t.CreatedBy)
	item.time(prefix+"ExpiresAt", t.ExpiresAt)
	item.time(prefix+"RemindedAt", t.RemindedAt)
	item.count(prefix+"ToldAge", int64(t.Told.Age))
	item.count(prefix+"ToldExpiry", int64(t.Told.Expiry))
	item.count(prefix+"ToldWindow", int64(t.Told.Window))
	item.count(prefix+"ToldIdle", int64(t.Told.Idle))
	item.time(prefix+"ToldIdleAt", t.Told.IdleAt)
	item.time(prefix+"ToldUsedAt", t.Told.UsedAt)
}

func decodeIntegration(item Item) (integration.Integration, error) {
	r := &reader{item: item}
	r.require("id", "account", "name", "seq", "version", "createdAt")
	i := integration.Integration{
		ID: r.text("id"), Account: r.text("account"),
		Name: r.text("name"), Description: r.text("description"), Scopes: r.list("scopes"),
		Seq: r.number("seq"), Head: fact.Hash(r.text("head")), Version: r.number("version"),
		CreatedAt: r.time("createdAt"), CreatedBy: r.text("createdBy"),
		UpdatedAt: r.time("updatedAt"), DeletedAt: r.time("deletedAt"),
		Touched: r.number("touched"),
		Policy: integration.Policy{
			ReminderAge: r.span("reminderAge"), QuietFor: r.span("quietFor"),
			IdleAfter: r.span("idleAfter"), IdleSince: r.time("idleSince"),
		},
	}
	if r.has("currentId") {
		current := decodeLiving(r, "current")
		i.Current = &current
	}
	if r.has("retiringId") {
		r.require("rotatedAt", "windowEndsAt", "currentId")
		i.Retiring = &integration.Retiring{
			Token:     decodeLiving(r, "retiring"),
			RotatedAt: r.time("rotatedAt"), WindowEndsAt: r.time("windowEndsAt"),
		}
	}
	if r.has("lastId") {
		r.require("lastAt", "lastReason")
		i.Last = &integration.Ended{
			ID: token.ID(r.text("lastId")), At: r.time("lastAt"),
			Reason: integration.Reason(r.text("lastReason")),
		}
	}
	return i, r.err
}

func decodeLiving(r *reader, prefix string) integration.Token {
	r.require(prefix + "CreatedAt")
	t := integration.Token{
		ID:        token.ID(r.text(prefix + "Id")),
		CreatedAt: r.time(prefix + "CreatedAt"), CreatedBy: r.text(prefix + "CreatedBy"),
		ExpiresAt: r.time(prefix + "ExpiresAt"), RemindedAt: r.time(prefix + "RemindedAt"),
		Told: integration.Told{
			Age: int(r.number(prefix + "ToldAge")), Expiry: int(r.number(prefix + "ToldExpiry")),
			Window: int(r.number(prefix + "ToldWindow")), Idle: int(r.number(prefix + "ToldIdle")),
			IdleAt: r.time(prefix + "ToldIdleAt"), UsedAt: r.time(prefix + "ToldUsedAt"),
		},
	}
	if t.Told.Age == 0 && !t.RemindedAt.IsZero() {
		t.Told.Age = 2 // it was written when one age alone was told, the second of those of today
	}
	return t
}

// Attributes of token items. The names are part of the IAM policies: only
// attributeFirstUsedAt is written by the authorizer.
const (
	attributeMAC           = "mac"
	attributeScopes        = "scopes"
	attributeEndsAt        = "endsAt"
	attributeEndsReason    = "endsReason"
	attributeRetiringSince = "retiringSince"
	attributeDeadAt        = "deadAt"
	attributeDeadReason    = "deadReason"
	attributeFirstUsedAt   = "firstUsedAt"
	attributeReusedAt      = "reusedAt"
)

func encodeCredential(i integration.Integration, m integration.Minted, d integration.Deadline) Item {
	item := make(Item, 0, 12)
	item.text("account", i.Account)
	item.text("integration", i.ID)
	item.list(attributeScopes, i.Scopes)
	item.binary(attributeMAC, m.MAC[:])
	item.number("pepper", int64(m.PepperVersion))
	item.time("createdAt", i.Current.CreatedAt)
	item.deadline(d)
	return item
}

// deadline adds a planned end, if there is one.
func (i *Item) deadline(d integration.Deadline) {
	if !d.At.IsZero() {
		i.time(attributeEndsAt, d.At)
		i.text(attributeEndsReason, string(d.Reason))
	}
}

// deadline reads an end and its reason. A token of which one was lost must not
// seem to live on.
func (r *reader) deadline(at, reason string) integration.Deadline {
	if r.has(at) || r.has(reason) {
		r.require(at, reason)
	}
	return integration.Deadline{At: r.time(at), Reason: integration.Reason(r.text(reason))}
}

func decodeCredential(id token.ID, item Item) (integration.Credential, error) {
	r := &reader{item: item}
	r.require("account", "integration", attributeScopes, attributeMAC, "pepper", "createdAt")
	c := integration.Credential{
		ID: id, Account: r.text("account"), Integration: r.text("integration"),
		Scopes: r.list(attributeScopes), PepperVersion: int(r.number("pepper")),
		CreatedAt:   r.time("createdAt"),
		Deadline:    r.deadline(attributeEndsAt, attributeEndsReason),
		Dead:        r.deadline(attributeDeadAt, attributeDeadReason),
		FirstUsedAt: r.time(attributeFirstUsedAt), ReusedAt: r.time(attributeReusedAt),
	}
	c.Deadline.RetiringSince = r.time(attributeRetiringSince)
	mac := r.binary(attributeMAC)
	if len(mac) != len(c.MAC) {
		r.fault("attribute %s has %d bytes, not %d", attributeMAC, len(mac), len(c.MAC))
	}
	copy(c.MAC[:], mac)
	if r.err != nil {
		return integration.Credential{}, fmt.Errorf("token %s: %w", id, r.err)
	}
	return c, nil
}

func encodeFact(f fact.Fact) (Item, error) {
	item := make(Item, 0, 16)
	item.text("integration", f.Integration)
	item.text(AttributeAccount, f.Account)
	item.text(AttributeTimeline, string(f.Place()))
	item.number("seq", f.Seq)
	item.text("type", string(f.Type))
	item.time("at", f.At)
	item.text("actor", f.Actor.ID)
	item.text("email", f.Actor.Email)
	item.text("address", f.Actor.Address)
	item.text("token", string(f.Token))
	item.text("member", f.Member)
	item.text("memberEmail", f.MemberEmail)
	item.text("operation", f.Operation)
	item.text("reason", f.Reason)
	item.text("prev", string(f.Prev))
	item.text("hash", string(f.Hash))
	if f.Count > 0 {
		item.number(attributeCount, f.Count)
	}
	if c := f.Caller; !c.At.IsZero() {
		item.text("callerAddress", c.Address)
		item.text("callerAgent", c.Agent)
		item.bool("callerKnown", c.Known)
		item.time("callerAt", c.At)
	}
	if len(f.Changes) > 0 {
		changes, err := json.Marshal(f.Changes)
		if err != nil {
			return nil, fmt.Errorf("encode fact %s: %w", f.ID(), err)
		}
		item.text("changes", string(changes))
	}
	return item, nil
}

// decodeFact reads a fact of an integration.
func decodeFact(item Item) (fact.Fact, error) {
	r := &reader{item: item}
	r.require("integration")
	return r.fact()
}

// decodeAccountFact reads a fact of the account itself.
func decodeAccountFact(item Item) (fact.Fact, error) {
	r := &reader{item: item}
	return r.fact()
}

func (r *reader) fact() (fact.Fact, error) {
	r.require("account", "seq", "type", "at", "actor")
	f := fact.Fact{
		Integration: r.text("integration"), Account: r.text("account"), Seq: r.number("seq"),
		Type: fact.Type(r.text("type")), At: r.time("at"),
		Actor:  fact.Actor{ID: r.text("actor"), Email: r.text("email"), Address: r.text("address")},
		Token:  token.ID(r.text("token")),
		Member: r.text("member"), MemberEmail: r.text("memberEmail"),
		Operation: r.text("operation"), Reason: r.text("reason"), Count: r.number(attributeCount),
		Prev: fact.Hash(r.text("prev")), Hash: fact.Hash(r.text("hash")),
	}
	if r.has("callerAt") {
		r.require("callerKnown")
		f.Caller = fact.Caller{
			Address: r.text("callerAddress"), Agent: r.text("callerAgent"),
			Known: r.bool("callerKnown"), At: r.time("callerAt"),
		}
	}
	if changes := r.text("changes"); changes != "" {
		if err := json.Unmarshal([]byte(changes), &f.Changes); err != nil {
			r.fault("attribute changes is not JSON")
		}
	}
	return f, r.err
}

// A receipt's item is that of the integration as it was answered, with the
// receipt's own attributes beside it.
func encodeReceipt(r integration.Receipt) Item {
	item := encodeIntegration(r.Answer)
	item.text("fingerprint", r.Fingerprint)
	item.time(attributeReceiptAt, r.At)
	item.time("retiringUsedAt", r.RetiringUsedAt)
	item.time("retiringLastUsedAt", r.RetiringLastUsedAt)
	item.ttl(r.At.Add(integration.ReceiptAge))
	return item
}

const attributeReceiptAt = "receiptAt"

// ttl says from when on the item may be removed, in seconds since 1970 as
// DynamoDB wants it.
func (i *Item) ttl(t time.Time) { i.number(AttributeTTL, t.Unix()) }

func decodeReceipt(key string, item Item) (integration.Receipt, error) {
	answer, err := decodeIntegration(item)
	if err != nil {
		return integration.Receipt{}, err
	}
	r := &reader{item: item}
	r.require("fingerprint", attributeReceiptAt)
	return integration.Receipt{
		Key: key, Answer: answer,
		Fingerprint: r.text("fingerprint"), At: r.time(attributeReceiptAt),
		RetiringUsedAt: r.time("retiringUsedAt"), RetiringLastUsedAt: r.time("retiringLastUsedAt"),
	}, r.err
}
