package console

import (
	"errors"
	"net/http"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/signin"
)

// What can be wrong with a request to the console itself.
var (
	errNoPage       = errors.New("no such page")
	errBadAddress   = errors.New("the address can't be read")
	errNotOfAccount = errors.New("another account than those of the person")
	errBadForm      = errors.New("the form can't be read")
	errForeignForm  = errors.New("the form was sent from another site")
	errOtherAccount = errors.New("another account is looked at by now")
)

// trouble is a page that says what went wrong and what to do.
type trouble struct {
	Title, Text  string
	Action, Path string // what to do, and where; empty: nothing
}

// troubles says how each error is told.
// Where the identity provider signs the same person in again without asking, the
// way out is to sign out there.
var troubles = []struct {
	err    error
	status int
	trouble
}{
	{errNoPage, http.StatusNotFound, trouble{"There is no such page", "The address may be mistyped, or what it named has been deleted.", "Go to Private Integrations", home}},
	{integration.ErrNotFound, http.StatusNotFound, trouble{"There is no such integration", "It may have been deleted, or it belongs to another account than the one you look at.", "Go to Private Integrations", home}},
	{account.ErrNoMember, http.StatusNotFound, trouble{"There is no such person", "Nobody of this address is known in the account. People appear under My Staff once they have signed in.", "Go to My Staff", staffPath}},
	{errBadAddress, http.StatusBadRequest, trouble{"The address can't be read", "What stands behind the question mark is not well-formed: it may be mistyped, or cut off.", "Go to Private Integrations", home}},
	{errNotOfAccount, http.StatusForbidden, trouble{"You don't belong to this account", "You look at the same account as before. Pick another one of yours in the menu at the top, or ask an admin of that account.", "Go to Private Integrations", home}},
	{errBadForm, http.StatusBadRequest, trouble{"The form could not be read", "Nothing was changed. It may have been cut off on its way, or be too large.", "Go to Private Integrations", home}},
	{errForeignForm, http.StatusForbidden, trouble{"This form was sent from another site", "Nothing was changed. Use the pages here to make changes.", "Go to Private Integrations", home}},
	{errOtherAccount, http.StatusConflict, trouble{"You have switched to another account", "Nothing was changed. The form was made for another account than the one that you look at now. Switch back to it and try again.", "Go to Private Integrations", home}},
	{manage.ErrForbidden, http.StatusForbidden, trouble{"You don't have access to this page", "Your role or permission in this account does not allow it. An admin of the account can switch it on under Settings → My Staff → Edit → Roles & Permissions.", "", ""}},
	{integration.ErrConflict, http.StatusConflict, trouble{"Others were faster", "The integration was being changed by others at the same time. Nothing was changed by you. Look at it again, then repeat what you wanted to do.", "Go to Private Integrations", home}},
	{integration.ErrQuota, http.StatusConflict, trouble{"The account has all the integrations it may have", "Delete an integration that is no longer needed, then create the new one; or ask the operator for more.", "Go to Private Integrations", home}},
	{integration.ErrNoLiveToken, http.StatusConflict, trouble{"No token works any more", "Nothing was changed. The token has expired, or somebody has ended it, since you opened the page. You can generate a new one.", "Go to Private Integrations", home}},
	{integration.ErrRotationPending, http.StatusConflict, trouble{"A rotation is in progress already", "Nothing was changed. Until it is over, or is cancelled, there can be no further one that leaves the old token working. You can rotate and expire every token now.", "Go to Private Integrations", home}},
	{integration.ErrNoRotation, http.StatusConflict, trouble{"No rotation is in progress any more", "Nothing was changed. The old token's time is over, or somebody has ended or cancelled the rotation, since you opened the page.", "Go to Private Integrations", home}},
	{integration.ErrNewTokenInUse, http.StatusConflict, trouble{"The new token is in use", "Nothing was changed. Look at the integration again before you cancel its rotation.", "Go to Private Integrations", home}},
	{errNothingToNarrow, http.StatusConflict, trouble{"There is nothing to narrow", "Nothing was changed. Each scope has been used or granted lately, or it is not known for long enough which are used.", "Go to Private Integrations", home}},
	{manage.ErrKeyReused, http.StatusConflict, trouble{"This form was sent before, with other contents", "Nothing more was done. If you want another one, start anew.", "Go to Private Integrations", home}},

	{signin.ErrState, http.StatusBadRequest, trouble{"This sign-in was not begun here", "You may have opened a bookmark or gone back to a sign-in that had ended.", "Sign in", signInPath}},
	{signin.ErrExpired, http.StatusBadRequest, trouble{"The sign-in took too long", "For your safety a sign-in has to be finished within ten minutes.", "Sign in", signInPath}},
	{signin.ErrRefused, http.StatusForbidden, trouble{"The identity provider did not let you in", "Try again, or ask the admin of your identity provider.", "Sign in", signInPath}},
	{signin.ErrNoAccount, http.StatusForbidden, trouble{"You don't belong to an account yet", "You have signed in, but nobody has added you to an account. Ask an admin of your account, then sign in again; or sign in as somebody else.", "Sign in as somebody else", leavePath}},
	{signin.ErrTooLarge, http.StatusForbidden, trouble{"You belong to too many accounts", "The sign-in can't hold all of your accounts. Ask the operator to split them between two users, or sign in as somebody else.", "Sign in as somebody else", leavePath}},
	{signin.ErrIssuerDown, http.StatusBadGateway, trouble{"The identity provider does not answer", "You can't sign in at the moment. Tokens go on working. Try again in a minute.", "Try again", signInPath}},
	{signin.ErrToken, http.StatusBadGateway, trouble{"The identity provider's answer does not hold", "You were not signed in. Try again; if it goes on, tell the operator.", "Try again", signInPath}},
}

// errorPage is the page of an error: the one place where errors meet people.
func errorPage(err error) *page {
	for _, t := range troubles {
		if errors.Is(err, t.err) {
			return &page{status: t.status, template: "trouble", title: t.Title, data: t.trouble}
		}
	}
	return &page{
		status: http.StatusInternalServerError, template: "trouble", title: "Something went wrong on our side",
		data: trouble{"Something went wrong on our side", "We could not finish what you asked for. Look whether it had an effect before you repeat it. If it goes on, tell the operator.", "Go to Private Integrations", home},
	}
}
