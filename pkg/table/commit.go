package table

import (
	"context"
	"errors"
	"fmt"

	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// Commit writes a change, its facts, token items and what counts against the
// account's quota in one transaction, on condition that the integration is
// still as the change found it. max bounds the account's integrations; receipt,
// if not nil, is written along.
//
// Errors: [integration.ErrConflict], [integration.ErrNewTokenInUse],
// [integration.ErrQuota], [integration.ErrDuplicate], [integration.ErrAlerted].
func (s *Store) Commit(ctx context.Context, c integration.Change, max int, receipt *integration.Receipt) error {
	writes, err := writesOf(c, max, receipt)
	if err != nil {
		return err
	}
	err = s.backend.Write(ctx, writes)
	if refused := (*Refused)(nil); errors.As(err, &refused) {
		return writes[refused.Writes[0]].Refuse
	}
	if err != nil {
		return fmt.Errorf("commit %s: %w", c.After.ID, err)
	}
	return nil
}

// writesOf lists what c comes to. Where several conditions fail at once the
// first one's meaning is told, so their order is that of what a caller has to
// know first.
func writesOf(c integration.Change, max int, receipt *integration.Receipt) ([]Write, error) {
	var writes []Write
	if receipt != nil {
		writes = append(writes, Write{
			Key: receiptKey(c.After.Account, receipt.Key), Put: encodeReceipt(*receipt),
			If: []Condition{{
				Attribute: attributeReceiptAt, Test: AbsentOrAtMost,
				Number: receipt.At.Add(-integration.ReceiptAge).UnixMilli(),
			}},
			Refuse: integration.ErrDuplicate,
		})
	}
	writes = append(writes, integrationWrite(c))
	writes = append(writes, tokenWrites(c)...)
	if c.Reused != nil {
		writes = withReuse(writes, *c.Reused)
	}
	if live := c.Live(); live != 0 {
		writes = append(writes, countWrite(c.After.Account, live, max))
	}
	for _, f := range c.Facts {
		item, err := encodeFact(f)
		if err != nil {
			return nil, err
		}
		writes = append(writes, Write{
			Key: factKey(f.Account, f.Subject(), f.Seq), Put: item,
			If:     []Condition{{Attribute: "type", Test: Absent}},
			Refuse: integration.ErrConflict,
		})
	}
	return writes, nil
}

func integrationWrite(c integration.Change) Write {
	item := encodeIntegration(c.After)
	if due := c.After.DueAt(); !due.IsZero() {
		item.text(AttributeDueShard, dueShard(c.After.ID))
		item.time(AttributeDueAt, due)
	}
	unchanged := []Condition{{Attribute: "seq", Test: Absent}}
	if before := c.Before; before != nil {
		unchanged = []Condition{{Attribute: "seq", Test: Equal, Number: before.Seq}, {Attribute: "touched", Test: Absent}}
		if before.Touched > 0 {
			unchanged[1] = Condition{Attribute: "touched", Test: Equal, Number: before.Touched}
		}
	}
	return Write{
		Key: integrationKey(c.After.Account, c.After.ID), Put: item,
		If: unchanged, Refuse: integration.ErrConflict,
	}
}

// countWrite moves the number of integrations that count against the quota.
func countWrite(account string, live, max int) Write {
	w := Write{
		Key:    countKey(account),
		Update: &Update{Add: map[string]int64{"live": int64(live)}},
		Refuse: integration.ErrQuota,
	}
	if live > 0 {
		w.If = []Condition{{Attribute: "live", Test: AbsentOrAtMost, Number: int64(max - live)}}
	}
	return w
}

// tokenWrites puts the new token's item and changes, by named attributes only,
// those of the others: what is written on them by the data path stays.
func tokenWrites(c integration.Change) []Write {
	var writes []Write
	deadlines := c.After.Deadlines()
	if m := c.Minted; m != nil {
		writes = append(writes, Write{
			Key: tokenKey(m.ID), Put: encodeCredential(c.After, *m, deadlines[m.ID]),
			If:     []Condition{{Attribute: attributeMAC, Test: Absent}},
			Refuse: integration.ErrConflict,
		})
		delete(deadlines, m.ID)
	}
	for _, e := range c.Ended {
		writes = append(writes, endToken(e, c.Unused))
	}
	if c.Before == nil {
		return writes
	}
	before := c.Before.Deadlines()
	for id, d := range deadlines {
		if d == before[id] && c.After.Scopes.Equal(c.Before.Scopes) {
			continue
		}
		writes = append(writes, changeToken(id, c.After, d))
	}
	return writes
}

var tokenExists = Condition{Attribute: attributeMAC, Test: Present}

func endToken(e integration.Ended, unused token.ID) Write {
	var set Item
	set.time(attributeDeadAt, e.At)
	set.text(attributeDeadReason, string(e.Reason))
	set.ttl(e.At.Add(integration.TombstoneAge))
	w := Write{
		Key: tokenKey(e.ID), Update: &Update{Set: set},
		If: []Condition{tokenExists}, Refuse: integration.ErrConflict,
	}
	if e.ID == unused {
		w.If = append(w.If, Condition{Attribute: attributeFirstUsedAt, Test: Absent})
		w.Refuse = integration.ErrNewTokenInUse
	}
	return w
}

func changeToken(id token.ID, i integration.Integration, d integration.Deadline) Write {
	var set Item
	set.list(attributeScopes, i.Scopes)
	set.deadline(d)
	set.time(attributeRetiringSince, d.RetiringSince)
	update := &Update{Set: set}
	if d.At.IsZero() {
		update.Remove = []string{attributeEndsAt, attributeEndsReason}
	}
	if d.RetiringSince.IsZero() {
		update.Remove = append(update.Remove, attributeRetiringSince)
	}
	return Write{
		Key: tokenKey(id), Update: update,
		If: []Condition{tokenExists}, Refuse: integration.ErrConflict,
	}
}

// withReuse marks on a dead token's item which use was told of. A token whose end
// is only recorded with this change has no such mark yet.
func withReuse(writes []Write, r integration.Reuse) []Write {
	key := tokenKey(r.Token)
	for n := range writes {
		if writes[n].Key == key {
			writes[n].Update.Set.time(attributeReusedAt, r.At)
			return writes
		}
	}
	var set Item
	set.time(attributeReusedAt, r.At)
	return append(writes, Write{
		Key: key, Update: &Update{Set: set}, Refuse: integration.ErrAlerted,
		If: []Condition{tokenExists, {
			Attribute: attributeReusedAt, Test: AbsentOrAtMost, Number: r.At.Add(-integration.ReuseSpan).UnixMilli(),
		}},
	})
}
