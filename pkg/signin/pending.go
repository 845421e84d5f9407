package signin

import (
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// pending is a sign-in that was begun and has not come back. Its state is in the
// cookie's name, by a part, and in the purpose of the seal, so that two tabs
// can sign in at once and none with the state of the other.
type pending struct {
	Nonce    string `json:"n"`
	Verifier string `json:"v"`
	ReturnTo string `json:"r"`
	At       int64  `json:"t"` // Unix milliseconds
}

const (
	pendingCookie = sessionCookie + "-signin-"
	// maxPending is how many sign-ins one browser has under way. More would, one
	// day, make its requests larger than the gateway takes.
	maxPending = 4
	// pendingKept is how long a browser keeps one, that who comes back late can be
	// told so.
	pendingKept = time.Hour
	// stateLength is that of the states of [rand.Text].
	stateLength = 26
	// stateShown is how much of it names the cookie.
	stateShown = 8
)

func (s *SignIn) newPending(returnTo string) (state string, p pending) {
	return rand.Text(), pending{
		Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), ReturnTo: localPath(returnTo), At: s.Now().UnixMilli(),
	}
}

func pendingPurpose(state string) string { return "sign-in " + state }

// keep gives the browser p, and takes from it those before that are too many.
func (s *SignIn) keep(w http.ResponseWriter, r *http.Request, state string, p pending) error {
	text, err := s.seal(r.Context(), pendingPurpose(state), p)
	if err != nil {
		return err
	}
	others := s.pendingNames(r)
	for len(others) >= maxPending {
		http.SetCookie(w, s.cookie(others[0], "", 0))
		others = others[1:]
	}
	http.SetCookie(w, s.cookie(pendingCookie+state[:stateShown], text, pendingKept))
	return nil
}

// pendingNames are the cookies of sign-ins under way, the oldest, which browsers
// send first (RFC 6265, section 5.4), before others.
func (s *SignIn) pendingNames(r *http.Request) []string {
	var names []string
	for _, c := range r.Cookies() {
		if name, ours := strings.CutPrefix(c.Name, s.cookieName("")); ours && strings.HasPrefix(name, pendingCookie) {
			names = append(names, name)
		}
	}
	return names
}

// taken gives the sign-in of a state and takes it from the browser. Errors:
// [ErrState], [ErrExpired] along with the sign-in, [ErrFault].
func (s *SignIn) taken(w http.ResponseWriter, r *http.Request, state string) (pending, error) {
	if len(state) != stateLength || strings.Trim(state, stateAlphabet) != "" {
		return pending{}, ErrState
	}
	name := pendingCookie + state[:stateShown]
	for _, c := range r.CookiesNamed(s.cookieName(name)) {
		var p pending
		if err := s.open(r.Context(), pendingPurpose(state), c.Value, &p); err != nil {
			if errors.Is(err, ErrFault) {
				return pending{}, err
			}
			continue
		}
		http.SetCookie(w, s.cookie(name, "", 0))
		if s.Now().Sub(time.UnixMilli(p.At)) >= PendingFor {
			return p, ErrExpired
		}
		return p, nil
	}
	return pending{}, ErrState
}

const stateAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
