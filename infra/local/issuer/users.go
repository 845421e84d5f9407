package issuer

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// User is someone who can sign in.
type User struct {
	Email string
	// Subject is the `sub` claim: opaque, and the same for ever.
	Subject string
	// Groups are the `cognito:groups` claim, values like `account:acme:admin`.
	Groups []string
}

// Users are the people of the local runner's two accounts, acme and globex.
var Users = []User{
	{"admin@acme.test", "5a3f0c1e-7d42-4b86-9e15-c0d8a2f47b31", []string{"account:acme:admin"}},
	{"staff@acme.test", "e81b6d94-2f07-4c5a-b3d9-14f6a07c82e5", []string{"account:acme:staff"}},
	{"admin@globex.test", "0c97e2b8-61ad-4f33-8a50-d75b1e3f9c64", []string{"account:globex:admin"}},
	{"agency@acme.test", "b24d81f7-93c6-4e0b-a1f8-6e5c39d0a78b", []string{"account:acme:admin", "account:globex:admin"}},
}

// ErrUnknownUser is for an address that no user has.
var ErrUnknownUser = errors.New("unknown user")

// user finds by e-mail address; its only error is [ErrUnknownUser].
func (is *Issuer) user(email string) (User, error) {
	var known []string
	for _, u := range is.config.Users {
		known = append(known, u.Email)
	}
	i := slices.Index(known, email)
	if i < 0 {
		return User{}, fmt.Errorf("%w %q: use one of %s", ErrUnknownUser, email, strings.Join(known, ", "))
	}
	return is.config.Users[i], nil
}
