package signin

import (
	"net/http"
	"time"

	"github.com/private-integrations/private-integrations/pkg/manage"
)

// Session is who has signed in. Roles are those of the sign-in until the next;
// what is stored about a member is read with each request, by package manage.
type Session struct {
	Issuer    string
	Subject   string
	Email     string
	Roles     map[string]manage.Role // by account; never empty
	Account   string                 // the one that is looked at, one of Roles
	ExpiresAt time.Time
}

// Accounts are those that the person belongs to, in the order of the alphabet.
func (s Session) Accounts() []string { panic("soon") }

// Session gives who has signed in; false if nobody has, or not lately.
func (s *SignIn) Session(r *http.Request) (Session, bool) { panic("soon") }

// Save gives the browser the session as it is now, such as with another
// Account; it ends when it did. Errors: [ErrTooLarge], [ErrNoAccount] if Account
// is not one of Roles, [ErrFault].
func (s *SignIn) Save(w http.ResponseWriter, r *http.Request, session Session) error { panic("soon") }
