package table

import (
	"fmt"
	"time"
)

// Kind is the type of an attribute's value, one of DynamoDB's.
type Kind byte

// The kinds that are used.
const (
	String Kind = 'S'
	Number Kind = 'N' // an int64; instants are milliseconds since 1970
	Binary Kind = 'B'
	List   Kind = 'L' // of strings
)

// Attribute is one named value of an item.
type Attribute struct {
	Name   string
	Kind   Kind
	Text   string // of a String, or the bytes of a Binary
	Number int64
	List   []string
}

// Item is a row of the table without its keys: attributes in any order, none
// twice.
type Item []Attribute

// Get finds an attribute.
func (i Item) Get(name string) (*Attribute, bool) {
	for n := range i {
		if i[n].Name == name {
			return &i[n], true
		}
	}
	return nil, false
}

// The writers leave out what is empty, so that "absent" has one form.

func (i *Item) text(name, s string) {
	if s != "" {
		*i = append(*i, Attribute{Name: name, Kind: String, Text: s})
	}
}

func (i *Item) binary(name string, b []byte) {
	*i = append(*i, Attribute{Name: name, Kind: Binary, Text: string(b)})
}

func (i *Item) number(name string, n int64) {
	*i = append(*i, Attribute{Name: name, Kind: Number, Number: n})
}

func (i *Item) time(name string, t time.Time) {
	if !t.IsZero() {
		i.number(name, t.UnixMilli())
	}
}

func (i *Item) bool(name string, b bool) {
	n := int64(0)
	if b {
		n = 1
	}
	i.number(name, n)
}

// count adds a number that is absent as long as it is 0.
func (i *Item) count(name string, n int64) {
	if n != 0 {
		i.number(name, n)
	}
}

// span adds a length of time, in milliseconds.
func (i *Item) span(name string, d time.Duration) { i.number(name, d.Milliseconds()) }

func (i *Item) list(name string, l []string) {
	*i = append(*i, Attribute{Name: name, Kind: List, List: l})
}

// reader reads attributes and keeps the first fault: an item that is not what
// this program writes must stop whoever reads it, not look empty.
type reader struct {
	item Item
	err  error
}

// missing is what is read of an attribute that is not there.
var missing Attribute

func (r *reader) get(name string, kind Kind) *Attribute {
	a, found := r.item.Get(name)
	if !found {
		return &missing
	}
	if a.Kind != kind {
		r.fault("attribute %s has type %c, not %c", name, a.Kind, kind)
		return &missing
	}
	return a
}

func (r *reader) fault(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: "+format, append([]any{ErrDamaged}, args...)...)
	}
}

func (r *reader) has(name string) bool {
	_, found := r.item.Get(name)
	return found
}

// require faults unless the attributes are there.
func (r *reader) require(names ...string) {
	for _, n := range names {
		if !r.has(n) {
			r.fault("attribute %s is missing", n)
		}
	}
}

func (r *reader) text(name string) string   { return r.get(name, String).Text }
func (r *reader) binary(name string) string { return r.get(name, Binary).Text }
func (r *reader) number(name string) int64  { return r.get(name, Number).Number }
func (r *reader) list(name string) []string { return r.get(name, List).List }

// bool faults on what is neither 0 nor 1.
func (r *reader) bool(name string) bool {
	n := r.number(name)
	if n != 0 && n != 1 {
		r.fault("attribute %s is %d, not 0 or 1", name, n)
	}
	return n == 1
}

func (r *reader) span(name string) time.Duration {
	return time.Duration(r.number(name)) * time.Millisecond
}

func (r *reader) time(name string) time.Time {
	if a := r.get(name, Number); a.Name != "" {
		return time.UnixMilli(a.Number).UTC()
	}
	return time.Time{}
}
