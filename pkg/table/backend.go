// Package table is the store: how integrations, tokens, facts and the rest lie
// in one table, and how a change is written to it in one transaction.
//
// It holds the key design and the item codec once, for two backends: DynamoDB
// in production and an embedded file on one machine. A backend knows nothing
// of integrations; it reads and writes items under conditions.
package table

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrDamaged means that an item is not what this program writes.
var ErrDamaged = errors.New("damaged item")

// Damaged is an ErrDamaged that knows where the item lies, so that whoever looks
// for damage can go on behind it.
type Damaged struct {
	Key Key
	Err error
}

func (d *Damaged) Error() string { return d.Err.Error() }

// Unwrap gives the error, which is [ErrDamaged].
func (d *Damaged) Unwrap() error { return d.Err }

// ErrNoTimeline means that there is no timeline index, since what is read was
// written by a version that had none and may not be changed now.
var ErrNoTimeline = errors.New("there is no timeline index: a version of this program from before it wrote the data")

// Key is where an item lies: its partition and, within it, its place in the
// order of sort keys.
type Key struct{ Partition, Sort string }

func (k Key) String() string { return k.Partition + "/" + k.Sort }

// Row is an item with its key.
type Row struct {
	Key  Key
	Item Item
}

// Backend keeps items. Implementations: bolt, dynamo. Reads see every write
// that was answered before. Safe for concurrent use.
type Backend interface {
	// Get reads one item; nil if there is none.
	Get(ctx context.Context, key Key) (Item, error)
	// GetAll reads some items, nil in the place of those that there are not. No
	// two keys may be the same.
	GetAll(ctx context.Context, keys []Key) ([]Item, error)
	// Query reads a stretch of one partition. Up to a damaged item it gives what
	// there is, with a [*Damaged] for that one.
	Query(ctx context.Context, q Query) ([]Row, error)
	// Due reads the due index: the keys of items whose attribute dueShard is
	// shard and whose dueAt is not after until, earliest first, following
	// after (nil: from the start). The index may lag behind the items.
	Due(ctx context.Context, shard int, until time.Time, after *Due, limit int) ([]Due, error)
	// Timeline reads a stretch of the timeline index. No two items of an account
	// may have the same timeline. The index may lag behind the items. Error:
	// [ErrNoTimeline].
	Timeline(ctx context.Context, q TimelineQuery) ([]Row, error)
	// Scan reads a page, of a size of its own, of all items whose partition
	// begins with prefix, in an order of its own: those that follow the key after
	// (nil: from the start). It tells what the next page follows; nil: there is
	// none. A page may be empty while there are more. An item that is there from
	// the first page to the last is given once. Up to a damaged item it gives what
	// there is, with a [*Damaged] for that one. It reads the whole table and is for
	// what is rarely asked.
	Scan(ctx context.Context, prefix string, after *Key) (page []Row, next *Key, err error)
	// Keys gives the keys of what Scan gives.
	Keys(ctx context.Context, prefix string, after *Key) (page []Key, next *Key, err error)
	// Write does all of writes or, if a condition fails, none. Errors: [*Refused].
	Write(ctx context.Context, writes []Write) error
	// WriteEach does each of writes for itself, in no order, and tells what became
	// of each: nil, [ErrRefused] or a fault. It costs half of what Write does and
	// promises less: a write of which a fault is told may have been done, and what
	// it adds to numbers may have been added twice.
	WriteEach(ctx context.Context, writes []Write) []error
}

// ErrRefused means that a condition of one of several writes, each done for
// itself, failed.
var ErrRefused = errors.New("a condition failed")

// Query asks for up to Limit items of Partition whose sort key begins with
// Prefix, in order of sort keys, or the reverse of it if Descending, those that
// follow the sort key After (empty: from the start), which begins with Prefix
// and need not be there any more.
type Query struct {
	Partition  string
	Prefix     string
	After      string
	Descending bool
	Limit      int
}

// TimelineQuery asks for up to Limit items whose attribute account is Account
// and whose attribute timeline is From or above and below Before, highest first.
type TimelineQuery struct {
	Account string
	From    string
	Before  string
	Limit   int
	// PlacesOnly leaves all of the items away but their attribute timeline.
	PlacesOnly bool
}

// Due is an entry of the due index.
type Due struct {
	Key Key
	At  time.Time
}

// Write is one item's part in a transaction. No two may have the same key. One
// of Put, Update and Remove says what is done.
type Write struct {
	Key    Key
	Put    Item    // the whole item
	Update *Update // some attributes of it; the item is made if it is not there
	Remove bool
	If     []Condition
	Refuse error // what it means that a condition fails
}

// Update changes named attributes and leaves the others alone.
type Update struct {
	Set    Item
	Add    map[string]int64 // to numbers, absent ones being 0
	Remove []string
}

// Condition is one on a single attribute of the item as it is before the write.
type Condition struct {
	Attribute string
	Test      Test
	Number    int64
}

// Test is how a condition looks at its attribute.
type Test int

// The tests.
const (
	Absent         Test = iota // the attribute, or the item, is not there
	Present                    // it is there
	Equal                      // it is Number
	AbsentOrAtMost             // it is not there or not above Number
	Exists                     // the item is there; Attribute is not looked at
)

// Holds reports whether the condition holds for item, nil if there is none.
func (c Condition) Holds(item Item) bool {
	a, found := item.Get(c.Attribute)
	switch c.Test {
	case Absent:
		return !found
	case Present:
		return found
	case Equal:
		return found && a.Kind == Number && a.Number == c.Number
	case AbsentOrAtMost:
		return !found || a.Kind == Number && a.Number <= c.Number
	case Exists:
		return item != nil
	}
	return false
}

// Refused is the answer of a Write of which conditions failed.
type Refused struct{ Writes []int } // ascending, at least one

func (r *Refused) Error() string { return fmt.Sprintf("the conditions of writes %v failed", r.Writes) }

// Attributes that backends know by name.
const (
	AttributeDueShard = "dueShard" // partition of the due index
	AttributeDueAt    = "dueAt"    // order within it
	AttributeAccount  = "account"  // partition of the timeline index
	AttributeTimeline = "timeline" // order within it
	AttributeTTL      = "ttl"      // seconds since 1970 after which the item may be removed
)

// DueShards is how many partitions the due index is spread over.
const DueShards = 16
