package runner

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/private-integrations/private-integrations/infra/local/issuer"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/rekey"
	"github.com/private-integrations/private-integrations/pkg/remind"
	"github.com/private-integrations/private-integrations/pkg/strictjson"
	"github.com/private-integrations/private-integrations/pkg/sweep"
)

// dev are the paths for scripts, which exist on one machine alone: signing in
// without a person, moving the clock, running the schedules.
func (r *Runner) dev() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/dev/oidc/", r.issuer)
	mux.HandleFunc("GET /dev/token", r.devToken)
	mux.HandleFunc("GET /dev/clock", r.devClock)
	mux.HandleFunc("POST /dev/clock", r.devMoveClock)
	mux.HandleFunc("POST /dev/sweep", func(w http.ResponseWriter, q *http.Request) {
		report, err := r.sweep(q.Context())
		devReport(w, report, err)
	})
	mux.HandleFunc("POST /dev/remind", func(w http.ResponseWriter, q *http.Request) {
		report, err := remind.Run(q.Context(), r.data.table, r.Clock.Now())
		devReport(w, report, err)
	})
	mux.HandleFunc("POST /dev/usage", r.devUsage)
	mux.HandleFunc("POST /dev/pepper", r.devPepper)
	mux.HandleFunc("POST /dev/deliver", r.devDeliver)
	mux.HandleFunc("GET /dev/events", r.devEvents)
	mux.HandleFunc("GET /dev/mail", r.devMail)
	return loopbackOnly(http.NewCrossOriginProtection().Handler(mux))
}

// loopbackOnly keeps other machines out, and pages in a browser here that reach
// for loopback under a name of their own (DNS rebinding).
func loopbackOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isLoopback(r.RemoteAddr) || !isLoopback(r.Host) {
			http.Error(w, "The /dev paths answer this machine alone, under localhost.", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (r *Runner) devToken(w http.ResponseWriter, q *http.Request) {
	text, err := r.issuer.Token(q.URL.Query().Get("user"))
	switch {
	case errors.Is(err, issuer.ErrUnknownUser):
		http.Error(w, err.Error(), http.StatusNotFound)
	case err != nil:
		r.config.Log.ErrorContext(q.Context(), "sign in", "error", err)
		http.Error(w, "The issuer could not sign a token; see the runner's output.", http.StatusInternalServerError)
	default:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = io.WriteString(w, text) //nolint:gosec // a JWT, as plain text
	}
}

func (r *Runner) devClock(w http.ResponseWriter, _ *http.Request) {
	devAnswer(w, map[string]string{"now": integration.Instant(r.Clock.Now()).Format(integration.Layout)})
}

// moveClock is the body of `POST /dev/clock`: one of its fields.
type moveClock struct {
	Advance string     `json:"advance,omitempty"` // a Go duration, such as "168h"
	Stop    *time.Time `json:"stop,omitempty"`    // set the clock and hold it there
	Run     bool       `json:"run,omitempty"`     // let it run again
}

func (r *Runner) devMoveClock(w http.ResponseWriter, q *http.Request) {
	var in moveClock
	err := devDecode(w, q, &in)
	if err == nil {
		err = r.moveClock(in)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	r.devClock(w, q)
}

func devDecode(w http.ResponseWriter, q *http.Request, in any) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, q.Body, strictjson.MaxBody))
	if err != nil {
		return err
	}
	return strictjson.Decode(body, in)
}

var errMoveClock = errors.New(`send one of {"advance":"168h"}, {"stop":"2027-01-31T12:00:00.000Z"} and {"run":true}`)

func (r *Runner) moveClock(in moveClock) error {
	given := []bool{in.Advance != "", in.Stop != nil, in.Run}
	if len(slices.DeleteFunc(given, func(g bool) bool { return !g })) != 1 {
		return errMoveClock
	}
	switch {
	case in.Stop != nil:
		return r.Clock.Stop(integration.Instant(*in.Stop))
	case in.Run:
		r.Clock.Run()
		return nil
	}
	d, err := time.ParseDuration(in.Advance)
	if err != nil {
		return errMoveClock
	}
	return r.Clock.Advance(d)
}

// changePepper is the body of `POST /dev/pepper`: one of its fields.
type changePepper struct {
	Rotate bool `json:"rotate,omitempty"`
	Retire int  `json:"retire,omitempty"` // a version
}

func (r *Runner) devPepper(w http.ResponseWriter, q *http.Request) {
	var in changePepper
	err := devDecode(w, q, &in)
	if err == nil && in.Rotate == (in.Retire != 0) {
		err = errors.New(`send one of {"rotate":true} and {"retire":1}`)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	var report rekey.Report
	if in.Rotate {
		report, err = rekey.Rotate(q.Context(), r.data.pepperFile)
	} else {
		report, err = rekey.Retire(q.Context(), r.data.pepperFile, r.data.table, in.Retire, r.Clock.Now())
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	devAnswer(w, report)
}

// devUsage writes what tokens were used for, due or not.
func (r *Runner) devUsage(w http.ResponseWriter, q *http.Request) {
	if err := r.uses.Close(q.Context()); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	devAnswer(w, map[string]bool{"written": true})
}

func devReport(w http.ResponseWriter, report sweep.Report, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	devAnswer(w, report)
}

func devAnswer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(v)
}
