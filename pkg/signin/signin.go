// Package signin lets people sign in to the console at any OpenID Connect
// provider, and keeps who they are in a sealed cookie. It is the authorization
// code flow with PKCE (RFC 6749, RFC 7636, OpenID Connect Core 1.0); the tokens
// of the provider stay here and reach neither a browser nor a log.
package signin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/private-integrations/private-integrations/pkg/seal"
)

// Why somebody is not signed in. Each says to the console which page to show.
var (
	// ErrState means that no sign-in was begun in this browser for what came
	// back: a bookmark, a sign-in that has ended already, another's link.
	ErrState = errors.New("this browser has begun no such sign-in")
	// ErrExpired means that it was begun longer ago than [PendingFor].
	ErrExpired = errors.New("the sign-in was begun too long ago")
	// ErrRefused means that the provider did not let the person in: its error is
	// in the text, for the log.
	ErrRefused = errors.New("the identity provider refused the sign-in")
	// ErrIssuerDown means that the provider does not answer, or not as it should.
	ErrIssuerDown = errors.New("the identity provider does not answer")
	// ErrToken means that what the provider has signed does not hold.
	ErrToken = errors.New("the identity provider's token does not hold")
	// ErrNoAccount means that the person belongs to no account.
	ErrNoAccount = errors.New("the person belongs to no account")
	// ErrTooLarge means that a session does not fit in a cookie: the person
	// belongs to too many accounts.
	ErrTooLarge = errors.New("the session does not fit in a cookie")
	// ErrFault means that the sealing key can't be had.
	ErrFault = errors.New("the session can't be sealed")
)

// PendingFor is how long a sign-in may take at the provider.
const PendingFor = 10 * time.Minute

const (
	// DefaultLifetime is that of a session, a working day.
	DefaultLifetime = 8 * time.Hour
	// MaxLifetime bounds it: roles are those of the sign-in, and whoever lost
	// one must not have it for longer than a day.
	MaxLifetime = 24 * time.Hour
)

// CallbackPath is where the provider sends people back, below the console's URL.
const CallbackPath = "/signin/callback"

// Keys gives the keys that seal cookies; a keyring.Ring does.
type Keys interface {
	// Current gives the key for what is new.
	Current(ctx context.Context) (version int, key seal.Key, err error)
	// Key gives one version. Errors: keyset.ErrUnknownVersion and faults.
	Key(ctx context.Context, version int) (seal.Key, error)
}

// Config is what a SignIn works with.
type Config struct {
	// Issuer is the provider's identifier, below which it is discovered.
	Issuer   string
	ClientID string
	// Secret gives the client's secret; nil: the client is public and proves
	// itself by PKCE alone.
	Secret func(ctx context.Context) (string, error)
	// URL is the console's own, such as https://console.example.com, without
	// path. Cookies are for https alone if it is one.
	URL string
	// Claim is the name of the claim in the ID token that says who may manage
	// what: a text or a list of texts "account:<id>:admin" or "account:<id>:staff".
	Claim    string
	Lifetime time.Duration // of a session, up to MaxLifetime; 0: DefaultLifetime
	Keys     Keys
	Now      func() time.Time // the provider's clock: real time
	Log      *slog.Logger
}

// SignIn signs people in and out. Safe for concurrent use.
type SignIn struct {
	Config
	host   string // of URL
	secure bool
	client *http.Client
	found  atomic.Pointer[provider] // nil: it has not answered yet
}

// New makes a SignIn and asks nobody: the provider is discovered when somebody
// signs in, and again until it has answered.
func New(c Config) (*SignIn, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || c.URL != u.Scheme+"://"+u.Host {
		return nil, fmt.Errorf("the console's URL %q: want http(s)://host, without a path", c.URL)
	}
	if c.Lifetime == 0 {
		c.Lifetime = DefaultLifetime
	}
	if c.Lifetime < time.Minute || c.Lifetime > MaxLifetime {
		return nil, fmt.Errorf("a session of %s: want one minute to %s", c.Lifetime, MaxLifetime)
	}
	return &SignIn{Config: c, host: u.Host, secure: u.Scheme == "https", client: &http.Client{Timeout: issuerTimeout}}, nil
}

// issuerTimeout is how long the provider may take to answer.
const issuerTimeout = 5 * time.Second
