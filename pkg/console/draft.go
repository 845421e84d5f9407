package console

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/private-integrations/private-integrations/pkg/signin"
)

const (
	draftCookie = "draft"
	// draftFor is how long a form waits for a new sign-in.
	draftFor = 30 * time.Minute
	// maxDraft bounds a form that is kept, before it is compressed.
	maxDraft = 16 << 10
)

// draft is a form that was sent after the session had ended, kept by the
// browser until its sender has signed in again.
type draft struct {
	Path    string     `json:"p"`
	Account string     `json:"c"`           // that the form was made for
	Subject string     `json:"s,omitempty"` // who sent it; empty: it is not known who was signed in
	Fields  url.Values `json:"f"`
	Until   int64      `json:"t"` // Unix milliseconds
}

// ended is the data of the page that says that the session has ended.
type ended struct {
	Path string // where to sign in and go on
	Kept bool   // what was entered is kept
	Lost bool   // it is too much for that
}

// keepDraft answers a form that was sent after the session had ended. Nothing of
// it was done; it is kept for after a new sign-in, and what was not entered by
// hand is made anew then.
func (c *Console) keepDraft(v *visit) (*page, error) {
	back := home
	if c.answersGet(v.URL.Path) {
		back = v.URL.Path
	}
	d := draft{Path: v.URL.Path, Account: v.PostFormValue("account"), Fields: c.worthKeeping(v.PostForm)}
	d.Until = c.SignIn.Now().Add(draftFor).UnixMilli()
	if before, known := c.SignIn.Ended(v.Request); known {
		d.Subject = before.Subject
	}
	e := ended{}
	if entered(d.Fields) && back == d.Path {
		err := signin.ErrTooLarge
		if len(d.Fields.Encode()) <= maxDraft {
			err = c.SignIn.Keep(v.w, v.Request, draftCookie, d, draftFor)
		}
		if err != nil && !errors.Is(err, signin.ErrTooLarge) {
			return nil, err
		}
		e.Kept, e.Lost = err == nil, err != nil
	}
	if e.Kept {
		back += "?resumed=1"
	}
	e.Path = signInPath + "?return=" + url.QueryEscape(back)
	return &page{status: http.StatusUnauthorized, template: "ended", title: "Your session has ended", data: e}, nil
}

// answersGet reports whether there is a page at a path.
func (c *Console) answersGet(path string) bool {
	_, pattern := c.mux.Handler(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: path}})
	return pattern != "" && pattern != "/"
}

// worthKeeping are the fields that somebody has filled in, and what they were
// filled in for. Tokens are not kept, wherever one was pasted.
func (c *Console) worthKeeping(form url.Values) url.Values {
	kept := url.Values{}
	for name, values := range form {
		switch name {
		case "account", "key", "force", "confirm", "token", "sure", "step", "stays", "return":
			continue
		}
		for _, value := range values {
			if value != "" && c.tokenIn(value) == "" {
				kept.Add(name, value)
			}
		}
	}
	return kept
}

// entered reports whether anything of it was entered, rather than put there by
// the page.
func entered(fields url.Values) bool {
	for name := range fields {
		switch name {
		case "version", "seen", "zone":
		default:
			return true
		}
	}
	return false
}

// resume fills the fields of a page in that was kept through a new sign-in, if
// it is the same person who looks at the same account.
func (c *Console) resume(v *visit) {
	var d draft
	if v.Method != http.MethodGet || v.URL.Query().Get("resumed") != "1" || !c.SignIn.Kept(v.Request, draftCookie, &d) {
		return
	}
	if d.Path != v.URL.Path || c.SignIn.Now().UnixMilli() >= d.Until ||
		d.Account != "" && d.Account != v.Account() || d.Subject != "" && d.Subject != v.session.Subject {
		c.SignIn.Forget(v.w, v.Request, draftCookie)
		return
	}
	for name, values := range d.Fields {
		v.Form[name] = values
	}
	v.resumed = true
}
