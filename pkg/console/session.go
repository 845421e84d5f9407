package console

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/private-integrations/private-integrations/pkg/signin"
)

const accountPath = "/account"

// sendToSignIn sends whoever has not signed in, or no longer, to do so and back.
// What a form held would be lost on the way: the page says so first.
func (c *Console) sendToSignIn(v *visit) (*page, error) {
	c.forgetPages(v)
	if v.Method == http.MethodPost {
		return c.keepDraft(v)
	}
	return &page{status: http.StatusFound, location: signInPath + "?return=" + url.QueryEscape(v.URL.RequestURI())}, nil
}

// forgetPages has the browser forget what it was let keep of a session that is
// over, for going back.
func (c *Console) forgetPages(v *visit) {
	if _, over := c.SignIn.Ended(v.Request); over {
		v.w.Header().Set("Clear-Site-Data", `"cache"`)
	}
}

func (c *Console) signIn(v *visit) (*page, error) {
	if err := c.SignIn.Begin(v.w, v.Request, v.FormValue("return")); err != nil {
		return c.tryAgain(v, err), nil
	}
	return new(page), nil
}

// signedIn is where the identity provider sends people back.
func (c *Console) signedIn(v *visit) (*page, error) {
	session, to, err := c.SignIn.Callback(v.w, v.Request)
	if err != nil {
		return c.tryAgain(v, err), nil
	}
	c.introduce(v, session)
	return &page{status: http.StatusSeeOther, location: to}, nil
}

// maxIntroduced bounds how long a sign-in may take for whoever belongs to many
// accounts. In the others they are known once they look at them.
const maxIntroduced = 25

// introduce makes somebody known in all of their accounts, that its admins find
// them under My Staff whichever they look at first. What fails is made up for by
// looking at the account.
func (c *Console) introduce(v *visit, session signin.Session) {
	v.session = session
	for n, id := range session.Accounts() {
		if n == maxIntroduced {
			return
		}
		if _, err := c.Service.Access(v.Context(), v.caller(), id); err != nil {
			c.fault(v.Context(), v.URL.Path, err)
		}
		if v.Context().Err() != nil {
			return
		}
	}
}

// tryAgain is the page of a sign-in that failed. A new one leads to where this
// one was to lead.
func (c *Console) tryAgain(v *visit, err error) *page {
	p := c.refuse(v, err)
	if t, is := p.data.(trouble); is && t.Path == signInPath {
		t.Path += "?return=" + url.QueryEscape(signin.ReturnTo(err))
		p.data = t
	}
	return p
}

// signOut ends the session here. Its page sends the browser on to the identity
// provider, which a redirect could not: form-action holds for that as well.
func (c *Console) signOut(v *visit) (*page, error) {
	c.SignIn.SignOut(v.w, v.Request)
	c.SignIn.Forget(v.w, v.Request, draftCookie)
	v.session = signin.Session{}
	// Pages that the browser was let keep, for going back.
	v.w.Header().Set("Clear-Site-Data", `"cache"`)
	return &page{template: "signed-out", title: "Signed out"}, nil
}

func (c *Console) leave(v *visit) (*page, error) {
	c.SignIn.Leave(v.w, v.Request)
	return new(page), nil
}

// switchAccount looks at another account of the same person.
func (c *Console) switchAccount(v *visit) (*page, error) {
	picked := v.session
	if picked.Account = v.PostFormValue("account"); !slices.Contains(picked.Accounts(), picked.Account) {
		return nil, errNotOfAccount
	}
	if err := c.SignIn.Save(v.w, v.Request, picked); err != nil {
		return nil, err
	}
	return &page{status: http.StatusSeeOther, location: home}, nil
}
