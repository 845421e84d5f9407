// Package runner is the whole product in one program on one machine: the very
// Lambda handlers behind stand-ins for the two API Gateways, the schedules, an
// identity provider, and an embedded store in place of DynamoDB.
package runner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/private-integrations/private-integrations/infra/local/apigateway"
	"github.com/private-integrations/private-integrations/infra/local/issuer"
	"github.com/private-integrations/private-integrations/pkg/catalog"
	"github.com/private-integrations/private-integrations/pkg/openapi"
	"github.com/private-integrations/private-integrations/pkg/record"
	"github.com/private-integrations/private-integrations/pkg/signin"
)

// Config is what can be set about a runner.
type Config struct {
	DataDir              string
	Port                 string   // of the management API; "0": any that is free
	APIPort              string   // of API v2.0
	Catalog              []string // OpenAPI files or folders; none: the contacts API
	AllowUnscoped        bool
	Upstream             string // "contacts", "echo", or the URL of an API
	ForwardAuthorization bool
	TokenPrefix          string
	MaxIntegrations      int
	BrandName            string // of the console; empty: the product's own, as for the next two
	BrandLogo            string // an https URL, or a file
	BrandColor           string
	APIBaseURL           string        // where the console's examples have API v2.0; empty: where it is
	SessionLifetime      time.Duration // of who has signed in to the console; 0: the default
	Sample               bool          // put sample contacts into a new data folder
	SweepEvery           time.Duration // 0: only when asked to
	RemindEvery          time.Duration // 0: only when asked to
	UsageEvery           time.Duration // how often usage that is due is written; 0: only when asked to, and at the end
	ThroughJSON          bool          // send every event through JSON, as AWS does
	Now                  func() time.Time
	Begin                time.Time // what the product's clock shows at first, with a new data folder; zero: what Now does
	Log                  *slog.Logger
}

// Runner is the running product.
type Runner struct {
	Clock *Clock
	// ManagementURL and APIURL are where it can be reached.
	ManagementURL, APIURL string
	Catalog               *catalog.Catalog

	config  Config
	data    *data
	uses    *record.Recorder
	deliver *deliveries
	issuer  *issuer.Issuer
	servers [2]*apigateway.Server
	listens [2]net.Listener
}

// host is the only one that is listened on: whoever reaches the runner can
// sign in as anybody.
const host = "127.0.0.1"

// New listens on both ports and opens the data. Whoever gets a Runner has to
// call [Runner.Run].
func New(config Config) (_ *Runner, err error) {
	r := &Runner{config: config, Clock: newClock(config.Now, config.Begin)}
	compiled, err := compile(config)
	if err != nil {
		return nil, err
	}
	r.Catalog = compiled.Catalog
	defer func() {
		if err != nil {
			err = errors.Join(err, r.close())
		}
	}()
	for n, port := range []struct{ variable, number string }{{"PORT", config.Port}, {"API_PORT", config.APIPort}} {
		if r.listens[n], err = listen(port.variable, port.number); err != nil {
			return nil, err
		}
	}
	// After the ports, so that a start in vain leaves no new folder behind.
	if r.data, err = openData(config.DataDir, config.Sample, r.Clock.Now); err != nil {
		return nil, err
	}
	r.ManagementURL, r.APIURL = urlOf(r.listens[0]), urlOf(r.listens[1])
	if r.issuer, err = issuer.New(issuer.Config{
		URL: r.ManagementURL + "/dev/oidc", KeyFile: filepath.Join(config.DataDir, issuerFile), Now: config.Now,
		Clients: []issuer.Client{{ID: clientID}, {
			ID:                     consoleClientID,
			RedirectURIs:           []string{r.ManagementURL + signin.CallbackPath},
			PostLogoutRedirectURIs: []string{r.ManagementURL + "/"},
		}},
		Users: issuer.Users,
	}); err != nil {
		return nil, err
	}
	handlers, err := r.handlers()
	if err != nil {
		return nil, err
	}
	for n, h := range handlers {
		r.servers[n] = apigateway.NewServer(h)
	}
	return r, nil
}

const (
	// clientID is the audience of the JWTs that the management API takes.
	clientID = "private-integrations"
	// consoleClientID is that of the tokens with which people sign in to the
	// console: the API takes none of them.
	consoleClientID = "private-integrations-console"
)

func listen(variable, port string) (net.Listener, error) {
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return nil, fmt.Errorf("%s=%s: must be a number from 0 to 65535; 0 takes any port that is free", variable, port)
	}
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", net.JoinHostPort(host, port))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("port %s is in use by another program: stop that one, or set %s to a free port", port, variable)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s=%s: %w", variable, port, err)
	}
	return apigateway.Listener(l), nil
}

func urlOf(l net.Listener) string {
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return "http://localhost:" + port
}

// Run serves until ctx ends, then lets what is under way finish and closes the
// data.
func (r *Runner) Run(ctx context.Context) error {
	failed := make(chan error, len(r.servers))
	for n, s := range r.servers {
		go func() { failed <- s.Serve(r.listens[n]) }()
	}
	schedules, stop := context.WithCancel(ctx)
	scheduled, written, delivered := r.schedule(schedules), r.writeUsage(schedules), r.deliver.follow(schedules)
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	stop()
	<-scheduled
	<-written
	<-delivered
	return errors.Join(err, r.close())
}

// grace is how long requests that are under way may take when it stops.
const grace = 5 * time.Second

func (r *Runner) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	var errs []error
	for _, s := range r.servers {
		if s == nil {
			continue
		}
		err := s.Shutdown(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			err = errors.Join(fmt.Errorf("requests that were still under way after %s were cut off", grace), s.Close())
		}
		errs = append(errs, err)
	}
	for n, l := range r.listens {
		if l != nil && r.servers[n] == nil {
			errs = append(errs, l.Close())
		}
	}
	// After the last request, so that its use is written too.
	if r.uses != nil {
		errs = append(errs, r.uses.Close(context.Background()))
	}
	if r.deliver != nil {
		errs = append(errs, r.deliver.journal.Close())
	}
	if r.data != nil {
		errs = append(errs, r.data.db.Close())
	}
	return errors.Join(errs...)
}

// compile makes the catalogue of the documents that are named, and says what it
// leaves out.
func compile(config Config) (*openapi.Report, error) {
	files, err := documents(config.Catalog)
	if err != nil {
		return nil, fmt.Errorf("CATALOG: %w", err)
	}
	report, err := openapi.Compile(files, openapi.Options{AllowUnscoped: config.AllowUnscoped})
	if err != nil {
		return nil, fmt.Errorf("CATALOG: %w", err)
	}
	if n := len(report.Refused); n > 0 {
		config.Log.Warn("some operations are refused: make catalog says which and why", "operations", n)
	}
	return report, nil
}
