package table

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
)

// What an account has beside integrations lies in a partition of its own, since
// IAM tells no more than partitions apart: whoever may only read integrations
// still notes who was there and who was denied something.
const (
	memberPrefix = "MEMBER#"
	denialPrefix = "DENIAL#"
	stateSort    = "STATE"
)

func teamPartition(account string) string { return "TEAM#" + account }

func stateKey(account string) Key { return Key{teamPartition(account), stateSort} }

// accountOfState is the inverse of stateKey.
func accountOfState(k Key) (account string, is bool) {
	account, is = strings.CutPrefix(k.Partition, teamPartition(""))
	return account, is && k.Sort == stateSort
}

func memberKey(account, id string) Key { return Key{teamPartition(account), memberPrefix + id} }

func denialKey(account, member, operation string) Key {
	return Key{teamPartition(account), denialPrefix + member + "#" + operation}
}

func accountFactKey(account string, seq int64) Key {
	return Key{teamPartition(account), fmt.Sprintf("%s%012d", factPrefix, seq)}
}

// Account reads an account; that of which nothing is stored is [account.New].
func (s *Store) Account(ctx context.Context, id string) (account.Account, error) {
	item, err := s.backend.Get(ctx, stateKey(id))
	if err != nil {
		return account.Account{}, fmt.Errorf("read account %s: %w", id, err)
	}
	a, err := decodeAccount(id, item)
	if err != nil {
		return account.Account{}, fmt.Errorf("read account %s: %w", id, err)
	}
	return a, nil
}

// Known reads an account and what is known of one of its members; nil for
// nothing.
func (s *Store) Known(ctx context.Context, id, member string) (account.Account, *account.Member, error) {
	items, err := s.backend.GetAll(ctx, []Key{stateKey(id), memberKey(id, member)})
	if err != nil {
		return account.Account{}, nil, fmt.Errorf("read account %s: %w", id, err)
	}
	a, err := decodeAccount(id, items[0])
	if err != nil {
		return account.Account{}, nil, fmt.Errorf("read account %s: %w", id, err)
	}
	if items[1] == nil {
		return a, nil, nil
	}
	m, err := decodeMember(items[1])
	if err != nil {
		return account.Account{}, nil, fmt.Errorf("read member %s of %s: %w", member, id, err)
	}
	return a, &m, nil
}

// memberPage is how many members are read at once.
const memberPage = 100

// Members reads all members of an account, in the order of their ids.
func (s *Store) Members(ctx context.Context, id string) ([]account.Member, error) {
	q := Query{Partition: teamPartition(id), Prefix: memberPrefix, Limit: memberPage}
	var all []account.Member
	for {
		rows, err := s.backend.Query(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("list the members of %s: %w", id, err)
		}
		page, err := decodeRows(rows, decodeMember)
		if err != nil {
			return nil, err
		}
		if all = append(all, page...); len(page) < memberPage {
			return all, nil
		}
		q.After = rows[len(rows)-1].Key.Sort
	}
}

// Meet writes what is known of a member, but for what is stored of what they
// may do. Of two at once both are as good.
func (s *Store) Meet(ctx context.Context, m account.Member) error {
	err := s.backend.Write(ctx, []Write{{
		Key: memberKey(m.Account, m.ID), Update: &Update{Set: encodeMember(m)},
	}})
	if err != nil {
		return fmt.Errorf("note member %s of %s: %w", m.ID, m.Account, err)
	}
	return nil
}

// Denial reads the newest denial of an operation to a member; zero for none.
func (s *Store) Denial(ctx context.Context, id, member, operation string) (account.Denial, error) {
	item, err := s.backend.Get(ctx, denialKey(id, member, operation))
	if err != nil {
		return account.Denial{}, fmt.Errorf("read a denial of %s: %w", id, err)
	}
	if item == nil {
		return account.Denial{}, nil
	}
	r := &reader{item: item}
	r.require("seq", "at")
	d := account.Denial{Member: member, Operation: operation, Seq: r.number("seq"), At: r.time("at")}
	if r.err != nil {
		return account.Denial{}, fmt.Errorf("read a denial of %s: %w", id, r.err)
	}
	return d, nil
}

// AccountFacts reads up to limit facts of the account itself, newest first,
// those with a number below before (0: from the newest).
func (s *Store) AccountFacts(ctx context.Context, id string, before int64, limit int) ([]fact.Fact, error) {
	q := Query{Partition: teamPartition(id), Prefix: factPrefix, Descending: true, Limit: limit}
	if before > 0 {
		q.After = accountFactKey(id, before).Sort
	}
	rows, err := s.backend.Query(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("list the facts of account %s: %w", id, err)
	}
	return decodeRows(rows, decodeAccountFact)
}

// CommitAccount writes a change of an account, its facts and what is stored for
// a member in one transaction, on condition that the account is still as the
// change found it. Error: [integration.ErrConflict].
func (s *Store) CommitAccount(ctx context.Context, c account.Change) error {
	writes, err := accountWrites(c)
	if err != nil {
		return err
	}
	err = s.backend.Write(ctx, writes)
	if refused := (*Refused)(nil); errors.As(err, &refused) {
		return integration.ErrConflict
	}
	if err != nil {
		return fmt.Errorf("commit account %s: %w", c.After.ID, err)
	}
	return nil
}

func accountWrites(c account.Change) ([]Write, error) {
	id := c.After.ID
	if c.Again != 0 {
		return []Write{{
			Key: accountFactKey(id, c.Again), Update: &Update{Add: map[string]int64{attributeCount: 1}},
			If: []Condition{{Attribute: attributeCount, Test: Present}},
		}}, nil
	}
	unchanged := Condition{Attribute: "seq", Test: Absent}
	if c.Before.Seq > 0 {
		unchanged = Condition{Attribute: "seq", Test: Equal, Number: c.Before.Seq}
	}
	item := encodeAccount(c.After)
	if at := c.After.UntoldSince; !at.IsZero() {
		item.time("untoldSince", at)
		item.text(AttributeDueShard, dueShard(id))
		item.time(AttributeDueAt, at)
	}
	writes := []Write{{Key: stateKey(id), Put: item, If: []Condition{unchanged}}}
	if m := c.Member; m != nil {
		var set Item
		set.text(attributePermission, string(m.Stored))
		writes = append(writes, Write{
			Key: memberKey(id, m.ID), Update: &Update{Set: set},
			If: []Condition{{Attribute: "subject", Test: Present}},
		})
	}
	if d := c.Denial; d != nil {
		var item Item
		item.number("seq", d.Seq)
		item.time("at", d.At)
		item.ttl(d.Forgotten().Add(time.Second)) // which is cut to the second
		writes = append(writes, Write{Key: denialKey(id, d.Member, d.Operation), Put: item})
	}
	for _, f := range c.Facts {
		item, err := encodeFact(f)
		if err != nil {
			return nil, err
		}
		writes = append(writes, Write{
			Key: accountFactKey(id, f.Seq), Put: item,
			If: []Condition{{Attribute: "type", Test: Absent}},
		})
	}
	return writes, nil
}

// attributePermission is written by [Store.CommitAccount] alone.
const attributePermission = "permission"

// attributeCount is the one of facts that changes.
const attributeCount = "count"

// encodeAccount leaves the settings out until one is changed, so that a denial
// does not keep an account from what later defaults may be.
func encodeAccount(a account.Account) Item {
	item := make(Item, 0, 10)
	item.number("seq", a.Seq)
	item.text("head", string(a.Head))
	item.number("version", a.Version)
	if a.UpdatedAt.IsZero() {
		return item
	}
	item.time("updatedAt", a.UpdatedAt)
	item.bool("privateIntegrations", a.PrivateIntegrations)
	item.span("grace", a.Grace)
	item.span("reminderAge", a.ReminderAge)
	item.span("quietFor", a.QuietFor)
	item.span("idleAfter", a.IdleAfter)
	return item
}

// decodeAccount reads an account, nil for one of which nothing is stored.
func decodeAccount(id string, item Item) (account.Account, error) {
	a := account.New(id)
	if item == nil {
		return a, nil
	}
	r := &reader{item: item}
	r.require("seq", "version")
	a.Seq, a.Head = r.number("seq"), fact.Hash(r.text("head"))
	a.Version, a.UpdatedAt = r.number("version"), r.time("updatedAt")
	a.UntoldSince = r.time("untoldSince")
	if a.Version > 1 || r.has("updatedAt") {
		r.require("updatedAt", "privateIntegrations", "grace", "reminderAge", "quietFor", "idleAfter")
		a.Settings = account.Settings{
			PrivateIntegrations: r.bool("privateIntegrations"),
			Grace:               r.span("grace"), ReminderAge: r.span("reminderAge"),
			QuietFor: r.span("quietFor"), IdleAfter: r.span("idleAfter"),
		}
	}
	return a, r.err
}

// encodeMember has all but what is stored of what a member may do.
func encodeMember(m account.Member) Item {
	item := make(Item, 0, 8)
	item.text("account", m.Account)
	item.text("id", m.ID)
	item.text("issuer", m.Issuer)
	item.text("subject", m.Subject)
	item.text("email", strings.ToValidUTF8(m.Email, "\ufffd"))
	item.text("role", string(m.Role))
	item.time("seenAt", m.SeenAt)
	return item
}

func decodeMember(item Item) (account.Member, error) {
	r := &reader{item: item}
	r.require("account", "id", "subject", "role", "seenAt")
	return account.Member{
		Account: r.text("account"), ID: r.text("id"), Issuer: r.text("issuer"), Subject: r.text("subject"),
		Email: r.text("email"), Role: account.Role(r.text("role")),
		Stored: account.Permission(r.text(attributePermission)), SeenAt: r.time("seenAt"),
	}, r.err
}
