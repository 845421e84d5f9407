package boot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/api"
	"github.com/private-integrations/private-integrations/pkg/console"
	"github.com/private-integrations/private-integrations/pkg/contacts"
	"github.com/private-integrations/private-integrations/pkg/cursor"
	"github.com/private-integrations/private-integrations/pkg/gateway"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/keyring"
	"github.com/private-integrations/private-integrations/pkg/keyset"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/rekey"
	"github.com/private-integrations/private-integrations/pkg/remind"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/seal"
	"github.com/private-integrations/private-integrations/pkg/secrets/secretslocal"
	"github.com/private-integrations/private-integrations/pkg/signin"
	"github.com/private-integrations/private-integrations/pkg/sweep"
	"github.com/private-integrations/private-integrations/pkg/table"
)

const payloads = "../../../events"

// placeholders stand in the payloads where a living token or a session has to
// be.
var placeholders = []string{"pit_REPLACE_WITH_A_TOKEN", "REPLACE_WITH_A_SESSION"}

// answer is what a handler makes of the payload of a file, given as Lambda does.
func answer(t *testing.T, handler any, file, token string) ([]byte, error) {
	t.Helper()
	payload, err := os.ReadFile(filepath.Join(payloads, file))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range placeholders {
		payload = bytes.ReplaceAll(payload, []byte(secret), []byte(token))
	}
	return lambda.NewHandler(handler).Invoke(t.Context(), payload)
}

// invoke has a handler answer the payload of a file and decodes that into out.
func invoke(t *testing.T, handler any, file, token string, out any) {
	t.Helper()
	answer, err := answer(t, handler, file, token)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if err := json.Unmarshal(answer, out); err != nil {
		t.Fatalf("%s: %v in %s", file, err, answer)
	}
}

var quiet = slog.New(slog.DiscardHandler)

// exchanges has, for each payload, what comes of it.
var exchanges = map[string]func(t *testing.T, r *rig.Rig, file string){
	"authorizer.json": func(t *testing.T, r *rig.Rig, file string) {
		issued := r.Create(t, "acme")
		var out gateway.AuthorizerResponse
		invoke(t, gateway.NewAuthorizer(r.Authorizer, quiet).Handle, file, issued.Token.Reveal(), &out)
		if out.PolicyDocument.Statement[0].Effect != "Allow" || out.Context.Account != "acme" || out.Context.Integration != issued.ID {
			t.Errorf("%+v", out)
		}
	},
	"console-list.json": func(t *testing.T, r *rig.Rig, file string) {
		r.Create(t, "acme") // has another name
		for _, account := range []string{"acme", "globex"} {
			if _, err := r.Manage.Create(t.Context(), rig.Admin(account),
				integration.New{Account: account, Name: "Nightly Export of " + account, Scopes: []string{rig.Readonly}}, manage.Idempotency{}); err != nil {
				t.Fatal(err)
			}
		}
		pages, session := site(t, r)
		var out events.APIGatewayV2HTTPResponse
		invoke(t, pages, file, session, &out)
		if out.StatusCode != 200 || !strings.Contains(out.Body, "Nightly Export of acme") || strings.Contains(out.Body, "of globex") ||
			out.Headers["Content-Type"] != "text/html; charset=utf-8" || out.Headers["Cache-Control"] != "no-store" {
			t.Errorf("%+v", out)
		}
		invoke(t, pages, file, "1.forged", &out)
		if want := "/signin?return=%2Fsettings%2Fprivate-integrations%3Fquery%3Dnightly%2Bexp"; out.StatusCode != 302 || out.Headers["Location"] != want {
			t.Errorf("with a session of nobody's: %+v", out)
		}
	},
	"contacts-get.json": func(t *testing.T, r *rig.Rig, file string) {
		store := table.NewContacts(r.DB)
		ada := contacts.Samples(rig.Start)[0]
		if err := store.Create(t.Context(), "acme", ada); err != nil {
			t.Fatal(err)
		}
		var out events.APIGatewayProxyResponse
		invoke(t, gateway.REST(contacts.New(store, r.Clock.Now, nil)), file, "", &out)
		var body struct{ Contact contacts.Contact }
		if err := json.Unmarshal([]byte(out.Body), &body); err != nil || out.StatusCode != 200 {
			t.Fatalf("%+v, %v", out, err)
		}
		if diff := cmp.Diff(ada, body.Contact); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	},
	"introspect.json": func(t *testing.T, _ *rig.Rig, file string) {
		var out events.APIGatewayProxyResponse
		invoke(t, gateway.REST(gateway.Introspect), file, "", &out)
		var body gateway.Introspected
		if err := json.Unmarshal([]byte(out.Body), &body); err != nil || out.StatusCode != 200 {
			t.Fatalf("%+v, %v", out, err)
		}
		if body.Active || body.Reason != integration.ReasonRotated || body.Account != "acme" {
			t.Errorf("%+v", body)
		}
	},
	"manage-create-integration.json": func(t *testing.T, r *rig.Rig, file string) {
		var out events.APIGatewayV2HTTPResponse
		invoke(t, operation(t, r, "create-integration"), file, "", &out)
		var body struct {
			Integration struct{ ID, Name string }
			Token       string
		}
		if err := json.Unmarshal([]byte(out.Body), &body); err != nil || out.StatusCode != 201 {
			t.Fatalf("%+v, %v", out, err)
		}
		if body.Integration.Name != "Nightly export" || !strings.HasPrefix(body.Token, "pit_") || out.Headers["Cache-Control"] != "no-store" {
			t.Errorf("%+v", out)
		}
		if _, err := r.Manage.Get(t.Context(), rig.Admin("acme"), "acme", body.Integration.ID); err != nil {
			t.Error(err)
		}
	},
	"manage-list-integrations.json": func(t *testing.T, r *rig.Rig, file string) {
		r.Create(t, "acme") // has another name
		r.Create(t, "globex")
		want, err := r.Manage.Create(t.Context(), rig.Admin("acme"),
			integration.New{Account: "acme", Name: "Nightly Export", Scopes: []string{rig.Readonly}}, manage.Idempotency{})
		if err != nil {
			t.Fatal(err)
		}
		var out events.APIGatewayV2HTTPResponse
		invoke(t, operation(t, r, "list-integrations"), file, "", &out)
		var body struct{ Integrations []struct{ ID string } }
		if err := json.Unmarshal([]byte(out.Body), &body); err != nil || out.StatusCode != 200 {
			t.Fatalf("%+v, %v", out, err)
		}
		if len(body.Integrations) != 1 || body.Integrations[0].ID != want.ID {
			t.Errorf("%s, want %s alone", out.Body, want.ID)
		}
	},
	"retire-pepper.json": func(t *testing.T, r *rig.Rig, file string) {
		manager, e, keys := pepperSecret(t, r)
		secret := e.PepperSecret()
		handler := func(ctx context.Context, in struct{ Version int }) (rekey.Report, error) {
			return rekey.Retire(ctx, secret, r.Store, in.Version, r.Clock.Now())
		}
		if _, err := answer(t, handler, file, ""); !errors.Is(err, keyset.ErrInService) {
			t.Errorf("while it is current: %v", err)
		}
		manager.Put("v2", string(rekey.Next(keys).Encode()), "AWSCURRENT")
		if _, err := answer(t, handler, file, ""); !errors.As(err, new(*rekey.TooSoonError)) {
			t.Errorf("at once after a rotation: %v", err)
		}
		r.Clock.Advance(rekey.Settle)
		var out rekey.Report
		invoke(t, handler, file, "", &out)
		if diff := cmp.Diff(rekey.Report{Current: 2, Versions: []int{2}}, out); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	},
	"rotate-pepper.json": func(t *testing.T, r *rig.Rig, file string) {
		manager, e, keys := pepperSecret(t, r)
		manager.Announce("d32c5e00-34a7-4ba3-a4f3-000000000009")
		var out any
		invoke(t, e.PepperRotation().Handle, file, "", &out)
		pending, err := keyset.Parse([]byte(manager.Text("AWSPENDING")))
		if err != nil || !pending.Follows(keys) {
			t.Errorf("versions %v are pending after %v, %v", pending.Versions(), keys.Versions(), err)
		}
	},
	"schedule-sweep.json": func(t *testing.T, r *rig.Rig, file string) {
		_, err := r.Manage.Create(t.Context(), rig.Admin("acme"), integration.New{
			Account: "acme", Name: "n", Scopes: []string{rig.Readonly}, ExpiresAt: rig.Start.Add(time.Hour),
		}, manage.Idempotency{})
		if err != nil {
			t.Fatal(err)
		}
		var out sweep.Report
		invoke(t, scheduled(r.Store, quiet, func(ctx context.Context, store *table.Store, now time.Time) (sweep.Report, error) {
			return sweep.Run(ctx, store, now)
		}), file, "", &out)
		if want := (sweep.Report{Visited: 1, Changed: 1, Complete: true}); out != want {
			t.Errorf("%+v, want %+v", out, want)
		}
	},
	"queue-events.json":   queueEvents,
	"stream-changes.json": streamChanges,
	"schedule-remind.json": func(t *testing.T, r *rig.Rig, file string) {
		r.Clock.Set(time.Now().Add(-76 * 24 * time.Hour)) // at which age it is told first
		r.Create(t, "acme")
		r.Clock.Advance(time.Hour)
		r.Create(t, "acme") // is not old enough
		for _, changed := range []int{1, 0} {
			var out sweep.Report
			invoke(t, scheduled(r.Store, quiet, func(ctx context.Context, store *table.Store, now time.Time) (sweep.Report, error) {
				return remind.Run(ctx, store, now)
			}), file, "", &out)
			if want := (sweep.Report{Visited: changed, Changed: changed, Complete: true}); out != want {
				t.Errorf("%+v, want %+v", out, want)
			}
		}
	},
}

// pepperSecret makes a secret of the rig's peppers, an environment that reaches
// it, and gives what it holds.
func pepperSecret(t *testing.T, r *rig.Rig) (*secretslocal.Manager, *Env, keyset.Set) {
	t.Helper()
	text, err := os.ReadFile(r.PepperFile)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := keyset.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	manager := secretslocal.Start(t, string(text), r.Clock.Now)
	return manager, env(map[string]string{"PEPPER_SECRET": "pepper", "AWS_ENDPOINT_URL_SECRETS_MANAGER": manager.URL}), keys
}

// site makes the handler of the console on the rig, and the session of an admin
// of acme.
func site(t *testing.T, r *rig.Rig) (handler any, session string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "sealing.json")
	if err := keyring.CreateFile(file, make([]byte, 32)); err != nil {
		t.Fatal(err)
	}
	const url = "https://manage0000.execute-api.eu-central-1.amazonaws.com"
	signIn, err := signin.New(signin.Config{
		Issuer: "https://id.example.com", ClientID: "console", URL: url, Claim: api.DefaultClaim,
		Keys: keyring.New(keyring.File(file), seal.NewKey, r.Clock.Now), Now: r.Clock.Now, Log: quiet,
	})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	if err := signIn.Save(w, httptest.NewRequestWithContext(t.Context(), "GET", url, nil), signin.Session{
		Subject: "s", Account: "acme", Roles: map[string]account.Role{"acme": account.RoleAdmin}, ExpiresAt: r.Clock.Now().Add(time.Hour),
	}); err != nil {
		t.Fatal(err)
	}
	brand, err := console.NewBrand(console.DefaultName, "", console.DefaultColor)
	if err != nil {
		t.Fatal(err)
	}
	pages := console.New(console.Config{
		Service: r.Manage, SignIn: signIn, Catalog: r.Catalog, Format: r.Format, Brand: brand,
		URL: url, APIURL: "https://api.example.com", Now: r.Clock.Now, Log: quiet,
	})
	return gateway.Pages(pages), w.Result().Cookies()[0].Value
}

// operation makes the handler of an operation on the rig.
func operation(t *testing.T, r *rig.Rig, id string) any {
	t.Helper()
	file := filepath.Join(t.TempDir(), "signing.json")
	if err := keyring.CreateFile(file, make([]byte, 32)); err != nil {
		t.Fatal(err)
	}
	a := &api.API{
		Service: r.Manage, Catalog: r.Catalog, Format: r.Format, Claim: api.DefaultClaim, Log: quiet,
		Cursors: keyring.New(keyring.File(file), cursor.NewKey, r.Clock.Now),
	}
	return gateway.HTTP(api.Find(id).Handler(a))
}

func TestEveryPayloadIsAnswered(t *testing.T) {
	files, err := filepath.Glob(payloads + "/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for n := range files {
		files[n] = filepath.Base(files[n])
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(exchanges)), files); diff != "" {
		t.Errorf("payloads of events/ (-known +there):\n%s", diff)
	}
	for file, exchange := range exchanges {
		t.Run(file, func(t *testing.T) { exchange(t, rig.New(t), file) })
	}
}

func TestScheduledRunEndsInTimeToTellWhatItDid(t *testing.T) {
	end := time.Now().Add(time.Minute)
	ctx, cancel := context.WithDeadline(t.Context(), end)
	defer cancel()
	run := func(ctx context.Context, _ *table.Store, _ time.Time) (sweep.Report, error) {
		if deadline, limited := ctx.Deadline(); !limited || !deadline.Equal(end.Add(-margin)) {
			t.Errorf("ends at %v, want %v before %v", deadline, margin, end)
		}
		return sweep.Report{Visited: 3}, nil
	}
	if report, err := scheduled(nil, quiet, run)(ctx); err != nil || report.Visited != 3 {
		t.Errorf("%+v, %v", report, err)
	}
}
