package signin

import (
	"errors"
	"net/http"
	"time"
)

// MaxKept is how many bytes a cookie of [SignIn.Keep] comes to at most. With the
// session beside it, requests stay within what the gateway takes.
const MaxKept = 3500

func (s *SignIn) keptPurpose(name string) string { return "kept " + name + " of " + s.Issuer }

// Keep has the browser keep v, which no script and no other purpose can read,
// for [SignIn.Kept] to get back. How long v counts is for v to say: the lifetime
// is a wish to the browser. Errors: [ErrTooLarge], [ErrFault].
func (s *SignIn) Keep(w http.ResponseWriter, r *http.Request, name string, v any, lifetime time.Duration) error {
	text, err := s.seal(r.Context(), s.keptPurpose(name), v)
	if err != nil {
		return err
	}
	c := s.cookie(sessionCookie+"-"+name, text, lifetime)
	if len(c.String()) > MaxKept {
		return ErrTooLarge
	}
	http.SetCookie(w, c)
	return nil
}

// Kept reads what the browser keeps under name into v; false if there is nothing.
func (s *SignIn) Kept(r *http.Request, name string, v any) bool {
	for _, c := range r.CookiesNamed(s.cookieName(sessionCookie + "-" + name)) {
		err := s.open(r.Context(), s.keptPurpose(name), c.Value, v)
		if err == nil {
			return true
		}
		if errors.Is(err, ErrFault) {
			s.Log.ErrorContext(r.Context(), "read what was kept", "error", err)
			return false
		}
	}
	return false
}

// Forget has the browser keep what is under name no longer.
func (s *SignIn) Forget(w http.ResponseWriter, r *http.Request, name string) {
	if cookie := s.cookieName(sessionCookie + "-" + name); len(r.CookiesNamed(cookie)) > 0 {
		http.SetCookie(w, s.cookie(sessionCookie+"-"+name, "", 0))
	}
}

// Ended gives the session that this browser had, if it is not over for long. It
// lets nobody in: it says whose something was.
func (s *SignIn) Ended(r *http.Request) (Session, bool) { return s.remembered(r) }
