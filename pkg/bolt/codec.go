package bolt

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/private-integrations/private-integrations/pkg/table"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksumSize is what stands before each record: the CRC-32C of its key and
// what follows, since bbolt checks its meta pages alone.
const checksumSize = 4

// appendRecord appends item as it lies in the file under key.
func appendRecord(dst, key []byte, item table.Item) []byte {
	start := len(dst)
	dst = append(dst, make([]byte, checksumSize)...)
	dst = binary.AppendUvarint(dst, uint64(len(item)))
	for _, a := range item {
		dst = append(dst, byte(a.Kind))
		dst = appendText(dst, a.Name)
		switch a.Kind {
		case table.String, table.Binary:
			dst = appendText(dst, a.Text)
		case table.Number:
			dst = binary.AppendVarint(dst, a.Number)
		case table.List:
			dst = binary.AppendUvarint(dst, uint64(len(a.List)))
			for _, s := range a.List {
				dst = appendText(dst, s)
			}
		}
	}
	binary.LittleEndian.PutUint32(dst[start:], checksum(key, dst[start+checksumSize:]))
	return dst
}

func checksum(key, body []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, body)
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// readRecord reads the record under key. The item shares one copy of the bytes.
func readRecord(key, record []byte) (table.Item, error) {
	if !plausible(key, 0) {
		return nil, errBrokenPage
	}
	if len(record) < checksumSize || binary.LittleEndian.Uint32(record) != checksum(key, record[checksumSize:]) {
		return nil, damage(key, "does not fit its checksum")
	}
	c := cursor{rest: string(record[checksumSize:])}
	item := make(table.Item, c.count())
	for n := range item {
		a := &item[n]
		a.Kind = table.Kind(c.byte())
		a.Name = c.text()
		switch a.Kind {
		case table.String, table.Binary:
			a.Text = c.text()
		case table.Number:
			a.Number = c.number()
		case table.List:
			a.List = make([]string, c.count())
			for m := range a.List {
				a.List[m] = c.text()
			}
		default:
			c.broken = true
		}
	}
	if c.broken || c.rest != "" {
		return nil, damage(key, "can't be read")
	}
	return item, nil
}

func damage(key []byte, how string) error {
	k := parseKey(key)
	return &table.Damaged{Key: k, Err: fmt.Errorf("%w: the record %q %s: restore the data file from a backup", table.ErrDamaged, k, how)}
}

// cursor reads a record from the front. Once broken it gives zeros.
type cursor struct {
	rest   string
	broken bool
}

func (c *cursor) fail() {
	c.rest, c.broken = "", true
}

func (c *cursor) byte() byte {
	if c.rest == "" {
		c.fail()
		return 0
	}
	b := c.rest[0]
	c.rest = c.rest[1:]
	return b
}

func (c *cursor) uvarint() uint64 {
	var n uint64
	for shift := 0; shift < 64; shift += 7 {
		b := c.byte()
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
	}
	c.fail()
	return 0
}

func (c *cursor) number() int64 {
	n := c.uvarint()
	return int64(n>>1) ^ -int64(n&1)
}

// count reads how many things follow, each of a byte or more.
func (c *cursor) count() int {
	n := c.uvarint()
	if n > uint64(len(c.rest)) {
		c.fail()
		return 0
	}
	return int(n)
}

func (c *cursor) text() string {
	n := c.count()
	s := c.rest[:n]
	c.rest = c.rest[n:]
	return s
}
