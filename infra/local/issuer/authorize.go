package issuer

import (
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// authorize is the authorization endpoint (OpenID Connect Core 1.0, section
// 3.1.2). GET shows the sign-in page; its form posts to the very same URL, so
// that both methods judge the same request.
func (is *Issuer) authorize(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	client, known := is.client(query.Get("client_id"))
	redirectURI := query.Get("redirect_uri")
	switch {
	case repeated(query):
		show(w, http.StatusBadRequest, page{Title: "Can't sign in", Message: "The address repeats a parameter."})
		return
	case !known:
		show(w, http.StatusBadRequest, page{Title: "Can't sign in", Message: "The client_id is missing or unknown."})
		return
	case !slices.Contains(client.RedirectURIs, redirectURI):
		show(w, http.StatusBadRequest, page{Title: "Can't sign in", Message: "The redirect_uri is not one of the client's."})
		return
	}
	if code, description := refusal(query); code != "" {
		sendBack(w, r, redirectURI, url.Values{"error": {code}, "error_description": {description}}, query)
		return
	}
	if r.Method != http.MethodPost {
		show(w, http.StatusOK, page{
			Title:    "Who do you want to be?",
			Message:  "One click signs you in. There are no passwords: this page exists on your machine alone, in place of your company's identity provider.",
			Users:    is.config.Users,
			ReturnTo: redirectURI,
		})
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	user, err := is.user(r.PostFormValue("user"))
	if err != nil {
		show(w, http.StatusBadRequest, page{Title: "Can't sign in", Message: "There is no such user."})
		return
	}
	code := is.grants.add(grant{
		user:        user,
		clientID:    client.ID,
		redirectURI: redirectURI,
		nonce:       query.Get("nonce"),
		challenge:   query.Get("code_challenge"),
		at:          is.config.Now(),
	})
	sendBack(w, r, redirectURI, url.Values{"code": {code}}, query)
}

// refusal judges what a known client asks for. It returns an error code of RFC
// 6749, section 4.1.2.1, or nothing.
func refusal(query url.Values) (code, description string) {
	challenge, err := base64.RawURLEncoding.DecodeString(query.Get("code_challenge"))
	switch {
	case query.Get("response_type") != "code":
		return "unsupported_response_type", "response_type has to be code"
	case !slices.Contains(strings.Fields(query.Get("scope")), "openid"):
		return "invalid_scope", "scope has to hold openid"
	case query.Get("code_challenge_method") != "S256":
		return "invalid_request", "PKCE is required: code_challenge_method has to be S256"
	case err != nil || len(challenge) != 32:
		return "invalid_request", "PKCE is required: code_challenge has to be a SHA-256 in base64url without padding"
	}
	return "", ""
}

// logout is the end_session_endpoint (OpenID Connect RP-Initiated Logout 1.0).
// Nobody stays signed in here, so it only sends the browser back.
func (is *Issuer) logout(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	target := query.Get("post_logout_redirect_uri")
	if target == "" {
		show(w, http.StatusOK, page{Title: "Signed out", Message: "You can close this page."})
		return
	}
	client, _ := is.client(query.Get("client_id"))
	if repeated(query) || !slices.Contains(client.PostLogoutRedirectURIs, target) {
		show(w, http.StatusBadRequest, page{Title: "Signed out", Message: "The post_logout_redirect_uri is not one of the client's, so you stay here."})
		return
	}
	sendBack(w, r, target, url.Values{}, query)
}

// sendBack redirects to a registered address with answer and, if the request had
// one, its state. See Other, so that a POST arrives as GET.
func sendBack(w http.ResponseWriter, r *http.Request, registered string, answer, request url.Values) {
	target, _ := url.Parse(registered) // New has parsed it before
	query := target.Query()
	maps.Copy(query, answer)
	if request.Has("state") {
		query.Set("state", request.Get("state"))
	}
	target.RawQuery = query.Encode()
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, target.String(), http.StatusSeeOther) //nolint:gosec // the target was matched letter by letter with those that the client registered
}

// repeated says whether a parameter stands twice, which RFC 6749, section 3.1,
// forbids: two readers could pick different ones.
func repeated(form url.Values) bool {
	for _, values := range form {
		if len(values) > 1 {
			return true
		}
	}
	return false
}
