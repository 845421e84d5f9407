package runner

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/private-integrations/private-integrations/infra/local/apigateway"
	"github.com/private-integrations/private-integrations/pkg/api"
	"github.com/private-integrations/private-integrations/pkg/authorize"
	"github.com/private-integrations/private-integrations/pkg/console"
	"github.com/private-integrations/private-integrations/pkg/contacts"
	"github.com/private-integrations/private-integrations/pkg/gateway"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/openapi"
	"github.com/private-integrations/private-integrations/pkg/remind"
	"github.com/private-integrations/private-integrations/pkg/signin"
	"github.com/private-integrations/private-integrations/pkg/sweep"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// documents reads the catalogue's documents; the contacts API's own if none is
// named.
func documents(paths []string) ([]openapi.File, error) {
	if len(paths) == 0 {
		return []openapi.File{{Name: "contacts.yaml", Data: contacts.OpenAPI}}, nil
	}
	return openapi.Read(paths...)
}

// handlers are the management API, with the paths for scripts, and API v2.0.
func (r *Runner) handlers() ([2]http.Handler, error) {
	format, err := token.NewFormat(r.config.TokenPrefix)
	if err != nil {
		return [2]http.Handler{}, fmt.Errorf("TOKEN_PREFIX: %w", err)
	}
	if r.deliver, err = r.newDeliveries(format, cmp.Or(r.config.BrandName, console.DefaultName)); err != nil {
		return [2]http.Handler{}, err
	}
	upstream, err := r.upstream()
	if err != nil {
		return [2]http.Handler{}, fmt.Errorf("UPSTREAM is contacts, echo or a URL: %w", err)
	}
	r.uses = r.recorder()
	authorizer := authorize.New(format, r.data.table, r.data.peppers, r.Catalog, r.uses, r.Clock.Now)
	v2 := apigateway.NewREST(apigateway.RESTConfig{
		Authorizer:           gateway.NewAuthorizer(authorizer, r.config.Log).Handle,
		Introspect:           gateway.REST(gateway.Introspect),
		Upstream:             upstream,
		ServesV1:             r.Catalog.ServesV1(),
		ForwardAuthorization: r.config.ForwardAuthorization,
		ThroughJSON:          r.config.ThroughJSON,
		Log:                  r.config.Log,
	})
	management, err := r.management(format)
	if err != nil {
		return [2]http.Handler{}, err
	}
	dev := r.dev()
	both := http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if strings.HasPrefix(q.URL.Path, "/dev/") {
			dev.ServeHTTP(w, q)
			return
		}
		management.ServeHTTP(w, q)
	})
	return [2]http.Handler{both, v2}, nil
}

func (r *Runner) management(format token.Format) (http.Handler, error) {
	service := manage.New(manage.Config{
		Store: r.data.table, Peppers: r.data.peppers, Format: format, Offer: r.Catalog, Catalog: r.Catalog,
		Max: r.config.MaxIntegrations, Now: r.Clock.Now,
	})
	a := &api.API{
		Service: service, Catalog: r.Catalog, Cursors: r.data.signing, Format: format, Claim: api.DefaultClaim, Log: r.config.Log,
	}
	var routes []apigateway.Route
	for _, o := range api.Operations {
		routes = append(routes, apigateway.Route{Method: o.Method, Template: o.Path, Handler: gateway.HTTP(o.Handler(a))})
	}
	for _, p := range api.PublicRoutes() {
		routes = append(routes, apigateway.Route{Method: p.Method, Template: p.Path, Handler: gateway.HTTP(p.Handler), Public: true})
	}
	pages, err := r.console(service, format)
	if err != nil {
		return nil, err
	}
	shown := gateway.Pages(pages)
	for _, p := range console.Routes() {
		routes = append(routes, apigateway.Route{Method: p.Method, Template: p.Template, Handler: shown, Public: true})
	}
	return apigateway.NewHTTP(apigateway.HTTPConfig{
		Routes:      routes,
		Greedy:      &apigateway.Route{Method: http.MethodGet, Template: console.Greedy, Handler: shown, Public: true},
		Verify:      apigateway.Verifier(r.ManagementURL+"/dev/oidc", clientID),
		ThroughJSON: r.config.ThroughJSON,
		Log:         r.config.Log,
	})
}

// console are the pages. Sign-in goes by real time, as the issuer does, whatever
// the product's clock says.
func (r *Runner) console(service *manage.Service, format token.Format) (http.Handler, error) {
	brand, err := console.NewBrand(cmp.Or(r.config.BrandName, console.DefaultName), r.config.BrandLogo, cmp.Or(r.config.BrandColor, console.DefaultColor))
	if err != nil {
		return nil, err
	}
	apiURL, err := console.BaseURL(cmp.Or(r.config.APIBaseURL, r.APIURL))
	if err != nil {
		return nil, fmt.Errorf("API_BASE_URL=%w", err)
	}
	signIn, err := signin.New(signin.Config{
		Issuer: r.ManagementURL + "/dev/oidc", ClientID: consoleClientID, URL: r.ManagementURL, Claim: api.DefaultClaim,
		Lifetime: r.config.SessionLifetime, Keys: r.data.sealing, Now: r.config.Now, Log: r.config.Log,
	})
	if err != nil {
		return nil, fmt.Errorf("SESSION_LIFETIME: %w", err)
	}
	return console.New(console.Config{
		Service: service, SignIn: signIn, Catalog: r.Catalog, Format: format, Brand: brand,
		URL: r.ManagementURL, APIURL: apiURL, Now: r.Clock.Now, Log: r.config.Log,
	}), nil
}

func (r *Runner) upstream() (apigateway.Upstream, error) {
	switch r.config.Upstream {
	case "contacts":
		handler := contacts.New(r.data.contacts, r.Clock.Now, func() string { return strings.ToLower(ulid.Make().String()) })
		return apigateway.Lambda(gateway.REST(handler)), nil
	case "echo":
		return apigateway.Echo(), nil
	}
	return apigateway.Proxy(r.config.Upstream)
}

// schedule runs the schedules until ctx ends, and then closes the channel.
func (r *Runner) schedule(ctx context.Context) <-chan struct{} {
	done := make(chan struct{})
	sweeps, reminders := ticks(r.config.SweepEvery), ticks(r.config.RemindEvery)
	go func() {
		defer close(done)
		for {
			select {
			case <-ctx.Done():
				return
			case <-sweeps:
				r.log(ctx, "sweep", r.sweep)
			case <-reminders:
				r.log(ctx, "remind", func(ctx context.Context) (sweep.Report, error) {
					return remind.Run(ctx, r.data.table, r.Clock.Now())
				})
			}
		}
	}()
	return done
}

// ticks gives a tick each time that every has passed; never, if it is 0.
func ticks(every time.Duration) <-chan time.Time {
	if every == 0 {
		return nil
	}
	return time.Tick(every)
}

func (r *Runner) log(ctx context.Context, what string, run func(context.Context) (sweep.Report, error)) {
	report, err := run(ctx)
	switch {
	case err != nil:
		r.config.Log.ErrorContext(ctx, what, "report", report, "error", err)
	case report.Changed > 0:
		r.config.Log.InfoContext(ctx, what, "changed", report.Changed)
	}
}

// purgeBatch is how many items one sweep removes whose time to live is over;
// DynamoDB does that by itself.
const purgeBatch = 1000

func (r *Runner) sweep(ctx context.Context) (sweep.Report, error) {
	report, err := sweep.Run(ctx, r.data.table, r.Clock.Now())
	if err != nil {
		return report, err
	}
	_, err = r.data.db.Purge(ctx, r.Clock.Now(), purgeBatch)
	return report, err
}
