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

// In tells what the user is where, such as "Admin of acme and globex".
func (u User) In() string {
	var parts []string
	for _, role := range []string{"admin", "staff"} {
		if accounts := u.accounts(role); len(accounts) > 0 {
			parts = append(parts, role+" of "+strings.Join(accounts, " and "))
		}
	}
	if len(parts) == 0 {
		return "In no account"
	}
	text := strings.Join(parts, ", ")
	return strings.ToUpper(text[:1]) + text[1:]
}

// Can tells what comes with that in the console.
func (u User) Can() string {
	switch admin, staff := u.accounts("admin"), u.accounts("staff"); {
	case len(admin) > 1:
		return "Manages integrations, staff and Labs of each, and can switch between them."
	case len(admin) > 0:
		return "Manages integrations, staff and Labs."
	case len(staff) > 0:
		return "Sees no integrations until an admin allows it."
	}
	return "Can sign in, and is then told so."
}

// accounts are those in which the user has a role.
func (u User) accounts(role string) []string {
	var accounts []string
	for _, group := range u.Groups {
		if parts := strings.Split(group, ":"); len(parts) == 3 && parts[0] == "account" && parts[2] == role {
			accounts = append(accounts, parts[1])
		}
	}
	return accounts
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
