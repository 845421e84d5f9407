// Package contacts is a small, real API v2.0: the contacts of an account. It is
// what private integrations are tried out on, and an example of an API behind
// the authorizer: it takes the account from what the authorizer says, and from
// nowhere else.
package contacts

import (
	"context"
	"errors"
	"time"
)

// Contact is a person or company that an account knows. Instants are in UTC and
// whole milliseconds.
type Contact struct {
	ID string `json:"id"`
	Fields
	DateAdded   time.Time `json:"dateAdded"`
	DateUpdated time.Time `json:"dateUpdated"`
}

// Fields are what clients set of a contact; a text is empty if it is not known.
type Fields struct {
	FirstName   string   `json:"firstName"`
	LastName    string   `json:"lastName"`
	Email       string   `json:"email"`
	Phone       string   `json:"phone"` // E.164
	CompanyName string   `json:"companyName"`
	Tags        []string `json:"tags"` // never nil
}

// ErrNotFound means that the account has no contact of that id.
var ErrNotFound = errors.New("no such contact")

// Store keeps contacts. An account sees none but its own.
type Store interface {
	// Get reads one contact. Errors: [ErrNotFound].
	Get(ctx context.Context, account, id string) (Contact, error)
	// List reads up to limit contacts, by id from the highest down, those below
	// the id before (empty: from the first).
	List(ctx context.Context, account, before string, limit int) ([]Contact, error)
	// Create writes a contact with an id that is new.
	Create(ctx context.Context, account string, c Contact) error
	// Replace writes a contact in the place of the one with its id. It never
	// brings back a deleted one. Errors: [ErrNotFound].
	Replace(ctx context.Context, account string, c Contact) error
	// Delete removes a contact. Errors: [ErrNotFound].
	Delete(ctx context.Context, account, id string) error
}

// Samples are the contacts that a new data folder has, for the first call.
func Samples(now time.Time) []Contact {
	now = now.UTC().Truncate(time.Millisecond)
	sample := func(id string, f Fields) Contact { return Contact{id, f, now, now} }
	return []Contact{
		sample("ada", Fields{"Ada", "Lovelace", "ada@example.com", "+442079460001", "Analytical Engines", []string{"customer"}}),
		sample("grace", Fields{"Grace", "Hopper", "grace@example.com", "+12025550102", "Compiler Works", []string{"customer", "partner"}}),
		sample("linus", Fields{"Linus", "Torvalds", "linus@example.com", "+12025550103", "", []string{}}),
	}
}
