package console

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/signin"
)

// visit is one request of somebody, with what is known of them.
type visit struct {
	*http.Request
	w       http.ResponseWriter
	now     time.Time
	zone    *time.Location
	session signin.Session // zero on open pages that nobody has signed in for
	access  manage.Access
	resumed bool // the fields of a form were kept through a new sign-in
}

// stranger is a visit of somebody of whom nothing is known, or need be.
func (c *Console) stranger(r *http.Request) *visit {
	return &visit{Request: r, now: c.instant(), zone: zoneOf(r)}
}

// signedIn reports whether it is known who visits.
func (v *visit) signedIn() bool { return v.session.Account != "" }

// caller is who visits, as package manage knows people.
func (v *visit) caller() manage.Caller {
	return manage.Caller{
		Actor:  fact.Actor{ID: v.session.Subject, Email: v.session.Email, Address: v.address()},
		Issuer: v.session.Issuer,
		Roles:  v.session.Roles,
	}
}

// address is where the request came from.
func (v *visit) address() string {
	host, _, err := net.SplitHostPort(v.RemoteAddr)
	if err != nil {
		return v.RemoteAddr
	}
	return host
}

// target is the integration that the path names, in the version that a form was
// made for, if it says one.
func (v *visit) target() manage.Target {
	return manage.Target{Account: v.Account(), ID: v.PathValue("integrationId"), Versions: versions(v.PostFormValue("version"))}
}

// may reports whether who visits is allowed something. It decides what is shown;
// what is done is decided by package manage.
func (v *visit) may(need account.Permission) bool {
	return v.access.Account.PrivateIntegrations && v.access.Permission.Allows(need)
}

// CanView says whether the menu has Private Integrations.
func (v *visit) CanView() bool { return v.may(account.View) }

// CanManage says whether pages have buttons that change something.
func (v *visit) CanManage() bool { return v.may(account.Manage) }

// Resumed says whether what was entered was kept through a new sign-in.
func (v *visit) Resumed() bool { return v.resumed }

// IsAdmin says whether the menu has My Staff and Labs.
func (v *visit) IsAdmin() bool { return v.access.Role == account.RoleAdmin }

// permit asks package manage whether a page that only leads to an operation may
// be shown.
func (c *Console) permit(v *visit, need account.Permission, operation string) error {
	return c.Service.Permit(v.Context(), v.caller(), v.Account(), need, operation)
}

// maxForm is far above what the longest form of the console comes to.
const maxForm = 64 << 10

// handler is what all pages have in common: who visits, what they may see, how
// an error is told and how a page is sent.
func (c *Console) handler(route Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		v := c.stranger(r)
		v.w = w
		p, err := func() (*page, error) {
			if err := r.ParseForm(); err != nil && v.Method == http.MethodPost {
				return nil, errBadForm
			} else if err != nil {
				return nil, errBadAddress
			}
			if !route.open && c.addressHoldsToken(v) {
				return &page{status: http.StatusSeeOther, location: withheldPath}, nil
			}
			var known bool
			if v.session, known = c.SignIn.Session(r); !known && !route.open {
				if v.inBackground() {
					c.forgetPages(v)
					return &page{status: http.StatusUnauthorized, contentType: "text/plain; charset=utf-8", body: []byte("Your session has ended: sign in again.")}, nil
				}
				return c.sendToSignIn(v)
			}
			if known && !isAsset(route.Template) {
				if err := c.meet(r.Context(), v); err != nil {
					return nil, err
				}
				c.resume(v)
			}
			return route.handle(c, v)
		}()
		if err != nil {
			p = c.refuse(v, err)
		}
		c.show(w, v, p)
	})
}

// meet finds out what somebody may do who has signed in, and sees that a form
// was made for the account that is looked at now: it may have been switched in
// another tab.
func (c *Console) meet(ctx context.Context, v *visit) error {
	var err error
	if v.access, err = c.Service.Access(ctx, v.caller(), v.Account()); err != nil {
		return err
	}
	if v.Method == http.MethodPost && v.PostForm.Has("account") && v.PostFormValue("account") != v.Account() && v.URL.Path != accountPath {
		return errOtherAccount
	}
	if v.Method == http.MethodPost {
		c.SignIn.Forget(v.w, v.Request, draftCookie)
	}
	return nil
}

// refuse is the page of an error. What is not known is a fault of ours.
func (c *Console) refuse(v *visit, err error) *page {
	if errors.Is(err, manage.ErrFeatureDisabled) {
		return labsOff(v)
	}
	p := errorPage(err)
	if p.status == http.StatusInternalServerError {
		c.fault(v.Context(), v.URL.Path, err)
	}
	return p
}

// inBackground says whether a script asks and no person visits: one that went on
// to the sign-in would begin what nobody finishes.
func (v *visit) inBackground() bool { return v.Header.Get("Sec-Fetch-Dest") == "empty" }

func isAsset(template string) bool { return strings.HasPrefix(template, "/assets/") }

// versions reads the version that a form was made for. A form that does not say
// one fits none, and is shown anew.
func versions(text string) []int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return []int64{}
	}
	return []int64{n}
}
