package signin

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/private-integrations/private-integrations/pkg/account"
)

// Begin sends the browser to the provider. It comes back to returnTo, if that is
// a path of the console's own; else to "/". On an error, which is logged, nothing
// is written. Errors: [ErrIssuerDown], [ErrFault].
func (s *SignIn) Begin(w http.ResponseWriter, r *http.Request, returnTo string) error {
	if target := s.elsewhere(r); target != "" {
		redirect(w, r, target)
		return nil
	}
	state, p := s.newPending(returnTo)
	found, err := s.discover(r.Context())
	if err != nil {
		return s.failed(r, err, p)
	}
	if err := s.keep(w, r, state, p); err != nil {
		return s.failed(r, err, p)
	}
	redirect(w, r, found.oauth.AuthCodeURL(state, oidc.Nonce(p.Nonce), oauth2.S256ChallengeOption(p.Verifier)))
	return nil
}

// movedParameter marks a request that was sent on to the console's own host.
const movedParameter = "moved"

// elsewhere is the same request at the console's own URL, for who came by
// another name of the host, such as 127.0.0.1 or that of the gateway: the
// provider sends people back to the one, where the other's cookies are not. It
// is tried once: a proxy in front may call the host what it likes.
func (s *SignIn) elsewhere(r *http.Request) string {
	query := r.URL.Query()
	if r.Host == s.host || query.Has(movedParameter) {
		return ""
	}
	query.Set(movedParameter, "1")
	return s.URL + r.URL.EscapedPath() + "?" + query.Encode()
}

// Callback signs in whoever comes back from the provider, and tells where they
// wanted to go: a path of the console's own. Only cookies have been set then,
// also on an error, which is logged. Errors: all of this package's; [ReturnTo]
// tells where a new try may lead.
func (s *SignIn) Callback(w http.ResponseWriter, r *http.Request) (session Session, returnTo string, err error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil || repeated(query) {
		return Session{}, "", s.failed(r, ErrState, pending{})
	}
	p, err := s.taken(w, r, query.Get("state"))
	if err == nil {
		session, err = s.finish(w, r, query, p)
	}
	if err != nil {
		return Session{}, "", s.failed(r, err, p)
	}
	return session, p.ReturnTo, nil
}

// finish makes a session of what the provider answered to p. The session is
// always a new one: what the browser had before only tells which account was
// looked at.
func (s *SignIn) finish(w http.ResponseWriter, r *http.Request, answer url.Values, p pending) (Session, error) {
	switch {
	case answer.Has("iss") && answer.Get("iss") != s.Issuer: // RFC 9207
		return Session{}, refusal("another issuer")
	case answer.Has("error"):
		return Session{}, refusal(answer.Get("error"))
	case !answer.Has("code"):
		return Session{}, ErrState
	}
	found, err := s.discover(r.Context())
	if err != nil {
		return Session{}, err
	}
	raw, err := s.exchange(r.Context(), found, answer.Get("code"), p.Verifier)
	if err != nil {
		return Session{}, err
	}
	c, err := s.verify(r.Context(), found, raw, p.Nonce)
	if err != nil {
		return Session{}, err
	}
	session := Session{
		Issuer: s.Issuer, Subject: c.Subject, Email: c.Email, Roles: account.RolesOf(c.Membership),
		ExpiresAt: s.Now().Add(s.Lifetime),
	}
	if len(session.Roles) == 0 {
		return Session{}, ErrNoAccount
	}
	session.Account = session.Accounts()[0]
	if before, found := s.remembered(r); found && before.Subject == session.Subject && slices.Contains(session.Accounts(), before.Account) {
		session.Account = before.Account
	}
	return session, s.Save(w, r, session)
}

// SignOut ends the session in this browser. It is for a POST that the console
// has found to be its own. [SignIn.Leave] comes after it.
func (s *SignIn) SignOut(w http.ResponseWriter, r *http.Request) {
	for _, name := range append(s.pendingNames(r), sessionCookie) {
		http.SetCookie(w, s.cookie(name, "", 0))
	}
}

// Leave sends the browser to the provider, that it may end its own session, and
// from there to "/". It must not be what a form's POST is redirected to: a
// Content-Security-Policy without the provider among its form-actions would
// forbid it, and the provider's address is known only once it has answered.
func (s *SignIn) Leave(w http.ResponseWriter, r *http.Request) { redirect(w, r, s.logoutURL(r)) }

// logoutURL is that of OpenID Connect RP-Initiated Logout 1.0, and of Cognito,
// which wants the address by another name. Without a provider, or with one that
// has no such place, it is the console's own.
func (s *SignIn) logoutURL(r *http.Request) string {
	found, err := s.discover(r.Context())
	if err != nil || found.logout == "" {
		return home
	}
	u, err := url.Parse(found.logout)
	if err != nil {
		return home
	}
	query := u.Query()
	query.Set("client_id", s.ClientID)
	query.Set("post_logout_redirect_uri", s.URL+home)
	query.Set("logout_uri", s.URL+home)
	u.RawQuery = query.Encode()
	return u.String()
}

// redirect sends the browser on, with GET whatever the method was.
func redirect(w http.ResponseWriter, r *http.Request, target string) {
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, target, http.StatusSeeOther) //nolint:gosec // a path that localPath let pass, or an address of the console or its provider
}

// repeated says whether a parameter stands twice, which RFC 6749, section 3.1,
// forbids: two readers could pick different ones.
func repeated(query url.Values) bool {
	for _, values := range query {
		if len(values) > 1 {
			return true
		}
	}
	return false
}

// failure is an error of a sign-in that knows where it was to lead.
type failure struct {
	error
	returnTo string
}

func (f *failure) Unwrap() error { return f.error }

// failed logs err, for whose text this package answers, and gives it back.
func (s *SignIn) failed(r *http.Request, err error, p pending) error {
	s.Log.WarnContext(r.Context(), "nobody was signed in", "error", err)
	return &failure{err, p.ReturnTo}
}

// ReturnTo is where the person wanted to go whose sign-in failed with err: a
// path of the console's own, "/" if that is not known.
func ReturnTo(err error) string {
	if f := (*failure)(nil); errors.As(err, &f) && f.returnTo != "" {
		return f.returnTo
	}
	return home
}
