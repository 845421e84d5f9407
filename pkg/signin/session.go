package signin

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/private-integrations/private-integrations/pkg/account"
)

// Session is who has signed in. Roles are those of the sign-in until the next;
// what is stored about a member is read with each request, by package manage.
type Session struct {
	Issuer    string
	Subject   string
	Email     string
	Roles     map[string]account.Role // by account; never empty
	Account   string                  // the one that is looked at, one of Roles
	ExpiresAt time.Time
}

// Accounts are those that the person belongs to, in the order of the alphabet.
func (s Session) Accounts() []string { return slices.Sorted(maps.Keys(s.Roles)) }

const (
	sessionCookie = "private-integrations"
	// maxCookie is what every browser keeps of one cookie, attributes included.
	maxCookie = 4093
	// keptFor is how long a session that has ended is kept by the browser: it
	// signs nobody in, and tells which account was looked at.
	keptFor = 24 * time.Hour
)

// stored is a session in its cookie. Short names, and accounts by role, leave
// room for more of them.
type stored struct {
	Subject   string   `json:"s"`
	Email     string   `json:"e"`
	Account   string   `json:"c"`
	Admin     []string `json:"a,omitempty"`
	Staff     []string `json:"f,omitempty"`
	ExpiresAt int64    `json:"x"` // Unix milliseconds
}

// purpose of a session names the provider, so that a console that gets another
// one does not believe in the people of the old.
func (s *SignIn) purpose() string { return "session of " + s.Issuer }

// Session gives who has signed in; false if nobody has, or not lately.
func (s *SignIn) Session(r *http.Request) (Session, bool) {
	session, found := s.remembered(r)
	return session, found && s.Now().Before(session.ExpiresAt)
}

// remembered reads the session, also one that has ended. Of several cookies of
// the name, which on plain http another program of the host can set, the first
// that opens counts.
func (s *SignIn) remembered(r *http.Request) (Session, bool) {
	for _, c := range r.CookiesNamed(s.cookieName(sessionCookie)) {
		var in stored
		err := s.open(r.Context(), s.purpose(), c.Value, &in)
		if err == nil {
			return s.restored(in), true
		}
		if errors.Is(err, ErrFault) {
			s.Log.ErrorContext(r.Context(), "read a session", "error", err)
			return Session{}, false
		}
	}
	return Session{}, false
}

func (s *SignIn) restored(in stored) Session {
	session := Session{
		Issuer: s.Issuer, Subject: in.Subject, Email: in.Email, Account: in.Account,
		Roles: make(map[string]account.Role, len(in.Admin)+len(in.Staff)), ExpiresAt: time.UnixMilli(in.ExpiresAt).UTC(),
	}
	for _, id := range in.Staff {
		session.Roles[id] = account.RoleStaff
	}
	for _, id := range in.Admin {
		session.Roles[id] = account.RoleAdmin
	}
	return session
}

// Save gives the browser the session as it is now, such as with another
// Account; it ends when it did. Errors: [ErrTooLarge], [ErrNoAccount] if Account
// is not one of Roles, [ErrFault].
func (s *SignIn) Save(w http.ResponseWriter, r *http.Request, session Session) error {
	if _, member := session.Roles[session.Account]; !member {
		return ErrNoAccount
	}
	out := stored{
		Subject: session.Subject, Email: session.Email, Account: session.Account, ExpiresAt: session.ExpiresAt.UnixMilli(),
	}
	for _, id := range session.Accounts() {
		if session.Roles[id] == account.RoleAdmin {
			out.Admin = append(out.Admin, id)
		} else {
			out.Staff = append(out.Staff, id)
		}
	}
	text, err := s.seal(r.Context(), s.purpose(), out)
	if err != nil {
		return err
	}
	c := s.cookie(sessionCookie, text, session.ExpiresAt.Add(keptFor).Sub(s.Now()))
	if len(c.String()) > maxCookie {
		return ErrTooLarge
	}
	http.SetCookie(w, c)
	return nil
}
