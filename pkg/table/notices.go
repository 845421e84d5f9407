package table

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/notice"
)

// Notices lie beside the people whom they are for. Who was told lies in a
// partition of its own, by event.
const (
	noticePrefix   = "NOTICE#"
	deliveryPrefix = "DELIVERY#" // of partitions
	mailPrefix     = "MAIL#"
)

func noticeKey(n notice.Notice) Key {
	return Key{teamPartition(n.Account), noticePrefix + n.Place()}
}

func mailKey(event, member string) Key { return Key{deliveryPrefix + event, mailPrefix + member} }

// Note keeps a notice for the account's list. One that is there already stays as
// it is.
func (s *Store) Note(ctx context.Context, n notice.Notice) error {
	err := s.backend.Write(ctx, []Write{{
		Key: noticeKey(n), Put: encodeNotice(n), If: []Condition{{Attribute: "id", Test: Absent}},
	}})
	if refused := (*Refused)(nil); err != nil && !errors.As(err, &refused) {
		return fmt.Errorf("note %s: %w", n.ID, err)
	}
	return nil
}

// Notices reads up to limit notices of an account, newest first, those before
// the place of one (empty: from the newest). Some may be older than they are
// kept for.
func (s *Store) Notices(ctx context.Context, account, before string, limit int) ([]notice.Notice, error) {
	q := Query{Partition: teamPartition(account), Prefix: noticePrefix, Descending: true, Limit: limit}
	if before != "" {
		q.After = noticePrefix + before
	}
	rows, err := s.backend.Query(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("list the notices of %s: %w", account, err)
	}
	return decodeRows(rows, decodeNotice)
}

func encodeNotice(n notice.Notice) Item {
	item := make(Item, 0, 10)
	item.text("id", n.ID)
	item.text("type", string(n.Type))
	item.time("at", n.At)
	item.text("account", n.Account)
	item.text("integration", n.Integration)
	item.text("title", n.Title)
	item.text("text", n.Text)
	item.text("link", n.Link.Path)
	item.text("linkSays", n.Link.Says)
	item.ttl(n.At.Add(notice.Age))
	return item
}

func decodeNotice(item Item) (notice.Notice, error) {
	r := &reader{item: item}
	r.require("id", "type", "at", "account", "title")
	return notice.Notice{
		ID: r.text("id"), Type: fact.Type(r.text("type")), At: r.time("at"),
		Account: r.text("account"), Integration: r.text("integration"),
		Title: r.text("title"), Text: r.text("text"), Link: notice.Link{Path: r.text("link"), Says: r.text("linkSays")},
	}, r.err
}

// Attributes of who was told.
const (
	attributeClaimedAt = "claimedAt"
	attributeToldAt    = "toldAt"
)

// Claim reserves it, from now on for [notice.ClaimAge], to tell a member of an
// event. Errors: [notice.ErrTold], [notice.ErrClaimed].
func (s *Store) Claim(ctx context.Context, event, member string, now time.Time) error {
	key := mailKey(event, member)
	var set Item
	set.time(attributeClaimedAt, now)
	set.ttl(now.Add(notice.LedgerAge))
	err := s.backend.Write(ctx, []Write{{
		Key: key, Update: &Update{Set: set},
		If: []Condition{
			{Attribute: attributeToldAt, Test: Absent},
			{Attribute: attributeClaimedAt, Test: AbsentOrAtMost, Number: now.Add(-notice.ClaimAge).UnixMilli()},
		},
	}})
	if refused := (*Refused)(nil); !errors.As(err, &refused) {
		return err
	}
	item, err := s.backend.Get(ctx, key)
	if err != nil {
		return err
	}
	if _, told := item.Get(attributeToldAt); told {
		return notice.ErrTold
	}
	return notice.ErrClaimed
}

// Told notes that a member was told of an event.
func (s *Store) Told(ctx context.Context, event, member string, now time.Time) error {
	var set Item
	set.time(attributeToldAt, now)
	return s.backend.Write(ctx, []Write{{Key: mailKey(event, member), Update: &Update{Set: set}}})
}

// Release gives back the claim that was made at an instant, unless another has
// taken it over.
func (s *Store) Release(ctx context.Context, event, member string, claimed time.Time) error {
	err := s.backend.Write(ctx, []Write{{
		Key: mailKey(event, member), Update: &Update{Remove: []string{attributeClaimedAt}},
		If: []Condition{{Attribute: attributeClaimedAt, Test: Equal, Number: claimed.UnixMilli()}},
	}})
	if refused := (*Refused)(nil); errors.As(err, &refused) {
		return nil
	}
	return err
}
