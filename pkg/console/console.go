// Package console is where an account's admins live: Settings → Private
// Integrations, with Roles & Permissions and Labs. Its pages are rendered here
// and work without JavaScript, but for copying.
//
// It is a face of package manage, as the API is: every right is checked there.
// Tokens of the identity provider never reach the browser.
package console

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/private-integrations/private-integrations/pkg/catalog"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/signin"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// Config is what a console works with.
type Config struct {
	Service *manage.Service
	SignIn  *signin.SignIn
	Catalog *catalog.Catalog
	Format  token.Format
	Brand   Brand
	// URL is where the console itself is reached, and APIURL where API v2.0 is,
	// both without a slash at the end. The second stands in every example.
	URL, APIURL string
	Now         func() time.Time // the product's clock
	Log         *slog.Logger
}

// Console serves the pages. Safe for concurrent use.
type Console struct {
	Config
	style []byte // the stylesheet, with the brand's colours
	icon  []byte // the key, in them
	guide func() (guide, error)
	mux   *http.ServeMux
}

// New makes the console. It is served at the root of its URL, behind a gateway
// that lets through what [Routes] names, and [Greedy].
func New(config Config) *Console {
	c := &Console{Config: config, style: append(config.Brand.style(), style...), icon: config.Brand.icon(), guide: readGuide(config.APIURL), mux: http.NewServeMux()}
	for _, r := range routes {
		c.mux.Handle(r.Method+" "+exact(r.Template), c.handler(r))
	}
	c.mux.Handle("/", c.handler(nowhere))
	return c
}

// ServeHTTP answers one request. A form of another site's is refused by what
// browsers say of where a request comes from.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.show(w, c.stranger(r), errorPage(errForeignForm))
	}))
	var pages http.Handler = c.mux
	if !unambiguous(r.URL.Path) {
		pages = c.handler(nowhere)
	}
	protection.Handler(pages).ServeHTTP(w, r)
}

// exact keeps ServeMux from taking "/" for every path.
func exact(template string) string {
	if template == "/" {
		return "/{$}"
	}
	return template
}

// instant is the product's clock, to the millisecond.
func (c *Console) instant() time.Time { return c.Now().UTC().Truncate(time.Millisecond) }

func (c *Console) fault(ctx context.Context, what string, err error) {
	c.Log.ErrorContext(ctx, "console fault", "page", what, "error", err)
}
