package signin

import "net/http"

type provider struct{}

// Begin sends the browser to the provider. It comes back to returnTo, if that is
// a path of the console's own; else to "/". On an error nothing is written.
// Errors: [ErrIssuerDown], [ErrFault].
func (s *SignIn) Begin(w http.ResponseWriter, r *http.Request, returnTo string) error { panic("soon") }

// Callback signs in whoever comes back from the provider and sends them on to
// where they wanted to go. On an error only cookies may have been set, and the
// console shows a page. Errors: all of this package's; [ReturnTo] tells where a
// new try may lead.
func (s *SignIn) Callback(w http.ResponseWriter, r *http.Request) error { panic("soon") }

// ReturnTo is where the person wanted to go whose sign-in failed with err: a
// path of the console's own, "/" if that is not known.
func ReturnTo(err error) string { panic("soon") }

// SignOut ends the session in this browser and sends it to the provider, that
// it may end its own, and from there to "/". It is for a POST that the console
// has found to be its own.
func (s *SignIn) SignOut(w http.ResponseWriter, r *http.Request) { panic("soon") }
