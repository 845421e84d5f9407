package table

import (
	"context"
	"errors"
	"fmt"

	"github.com/private-integrations/private-integrations/pkg/contacts"
)

// Contacts keeps the contacts of the sample API on a backend.
type Contacts struct{ backend Backend }

var _ contacts.Store = (*Contacts)(nil)

// NewContacts makes the store on backend.
func NewContacts(backend Backend) *Contacts { return &Contacts{backend} }

const contactPrefix = "CONTACT#"

func contactPartition(account string) string { return "CONTACTS#" + account }

func contactKey(account, id string) Key { return Key{contactPartition(account), contactPrefix + id} }

// Get reads one contact of account.
func (s *Contacts) Get(ctx context.Context, account, id string) (contacts.Contact, error) {
	item, err := s.backend.Get(ctx, contactKey(account, id))
	if err != nil {
		return contacts.Contact{}, fmt.Errorf("read contact %s: %w", id, err)
	}
	if item == nil {
		return contacts.Contact{}, contacts.ErrNotFound
	}
	c, err := decodeContact(item)
	if err != nil {
		return contacts.Contact{}, fmt.Errorf("read contact %s: %w", id, err)
	}
	return c, nil
}

// List reads up to limit contacts of account, highest id first, those below the
// id before.
func (s *Contacts) List(ctx context.Context, account, before string, limit int) ([]contacts.Contact, error) {
	q := Query{Partition: contactPartition(account), Prefix: contactPrefix, Descending: true, Limit: limit}
	if before != "" {
		q.After = contactPrefix + before
	}
	rows, err := s.backend.Query(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("list the contacts of %s: %w", account, err)
	}
	return decodeRows(rows, decodeContact)
}

// Create writes a new contact.
func (s *Contacts) Create(ctx context.Context, account string, c contacts.Contact) error {
	return s.write(ctx, Write{
		Key: contactKey(account, c.ID), Put: encodeContact(c),
		If:     []Condition{{Attribute: "id", Test: Absent}},
		Refuse: errors.New("the id is taken"),
	})
}

// Replace writes a contact over the one with its id.
func (s *Contacts) Replace(ctx context.Context, account string, c contacts.Contact) error {
	return s.write(ctx, Write{
		Key: contactKey(account, c.ID), Put: encodeContact(c),
		If:     []Condition{{Attribute: "id", Test: Present}},
		Refuse: contacts.ErrNotFound,
	})
}

// Delete removes a contact.
func (s *Contacts) Delete(ctx context.Context, account, id string) error {
	return s.write(ctx, Write{
		Key: contactKey(account, id), Remove: true,
		If:     []Condition{{Attribute: "id", Test: Present}},
		Refuse: contacts.ErrNotFound,
	})
}

func (s *Contacts) write(ctx context.Context, w Write) error {
	err := s.backend.Write(ctx, []Write{w})
	if refused := (*Refused)(nil); errors.As(err, &refused) {
		err = w.Refuse
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", w.Key, err)
	}
	return nil
}

func encodeContact(c contacts.Contact) Item {
	item := make(Item, 0, 9)
	item.text("id", c.ID)
	item.text("firstName", c.FirstName)
	item.text("lastName", c.LastName)
	item.text("email", c.Email)
	item.text("phone", c.Phone)
	item.text("companyName", c.CompanyName)
	item.list("tags", c.Tags)
	item.time("dateAdded", c.DateAdded)
	item.time("dateUpdated", c.DateUpdated)
	return item
}

func decodeContact(item Item) (contacts.Contact, error) {
	r := &reader{item: item}
	r.require("id", "tags", "dateAdded", "dateUpdated")
	return contacts.Contact{
		ID: r.text("id"),
		Fields: contacts.Fields{
			FirstName: r.text("firstName"), LastName: r.text("lastName"),
			Email: r.text("email"), Phone: r.text("phone"), CompanyName: r.text("companyName"),
			Tags: append([]string{}, r.list("tags")...),
		},
		DateAdded: r.time("dateAdded"), DateUpdated: r.time("dateUpdated"),
	}, r.err
}
