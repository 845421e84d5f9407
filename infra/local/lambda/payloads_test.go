package lambda_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/infra/local/lambda"
	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/contacts"
	"github.com/private-integrations/private-integrations/pkg/gateway"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/keyring"
	"github.com/private-integrations/private-integrations/pkg/keyset"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/rekey"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/seal"
	"github.com/private-integrations/private-integrations/pkg/secrets/secretslocal"
	"github.com/private-integrations/private-integrations/pkg/signin"
	"github.com/private-integrations/private-integrations/pkg/sweep"
	"github.com/private-integrations/private-integrations/pkg/table"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// issued is the body that answers a creation or a rotation.
type issued struct {
	Integration struct{ ID, Name string }
	Token       string
}

// create has the function create-integration answer its payload, each time anew.
func (c *cloud) create(t *testing.T) issued {
	t.Helper()
	event := bytes.ReplaceAll(payload(t, "manage-create-integration.json", ""), []byte("5b1f0e0a-nightly-export"), []byte(rand.Text()))
	return answered[issued](t, c.start(t, "create-integration"), event, 201)
}

// answered has a function of the management API answer an event.
func answered[Body any](t *testing.T, f *lambda.Function, event []byte, status int) (body Body) {
	t.Helper()
	var out events.APIGatewayV2HTTPResponse
	invoke(t, f, event, &out)
	if err := json.Unmarshal([]byte(out.Body), &body); err != nil || out.StatusCode != status {
		t.Fatalf("%+v, %v", out, err)
	}
	return body
}

// exchanges has, for each payload of events/, what comes of it.
var exchanges = map[string]func(*testing.T, *cloud){
	"authorizer.json": func(t *testing.T, c *cloud) {
		made := c.create(t)
		authorizer := c.start(t, "authorizer")
		var out gateway.AuthorizerResponse
		invoke(t, authorizer, payload(t, "authorizer.json", made.Token), &out)
		statement := gateway.Statement{
			Action: "execute-api:Invoke", Effect: "Allow", Resource: "arn:aws:execute-api:eu-west-1:123456789012:abcde12345/v2/*",
		}
		if out.PolicyDocument.Statement[0] != statement || out.Context.Account != "acme" || out.Context.Integration != made.Integration.ID {
			t.Errorf("%+v", out)
		}
		for name, text := range map[string]string{"none": "pit_REPLACE_WITH_A_TOKEN", "an unknown one": unknownToken(t)} {
			if _, err := authorizer.Invoke(t.Context(), payload(t, "authorizer.json", text)); err == nil || err.Error() != "Unauthorized" {
				t.Errorf("%s: %v", name, err)
			}
		}
	},
	"console-list.json": func(t *testing.T, c *cloud) {
		c.create(t)
		f := c.start(t, "console")
		event := bytes.ReplaceAll(payload(t, "console-list.json", ""), []byte("REPLACE_WITH_A_SESSION"), []byte(c.session(t)))
		var out events.APIGatewayV2HTTPResponse
		invoke(t, f, event, &out)
		if out.StatusCode != 200 || !strings.Contains(out.Body, "Nightly export") || out.Headers["Strict-Transport-Security"] == "" {
			t.Errorf("%+v", out)
		}
		invoke(t, f, payload(t, "console-list.json", ""), &out)
		if out.StatusCode != 302 || !strings.HasPrefix(out.Headers["Location"], "/signin?return=") {
			t.Errorf("without a session: %+v", out)
		}
	},
	"contacts-get.json": func(t *testing.T, c *cloud) {
		ada := contacts.Samples(time.Now().UTC().Truncate(time.Millisecond))[0]
		if err := table.NewContacts(c.DB).Create(t.Context(), "acme", ada); err != nil {
			t.Fatal(err)
		}
		var out events.APIGatewayProxyResponse
		invoke(t, c.start(t, "contacts"), payload(t, "contacts-get.json", ""), &out)
		var body struct{ Contact contacts.Contact }
		if err := json.Unmarshal([]byte(out.Body), &body); err != nil || out.StatusCode != 200 {
			t.Fatalf("%+v, %v", out, err)
		}
		if diff := cmp.Diff(ada, body.Contact); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	},
	"introspect.json": func(t *testing.T, c *cloud) {
		var out events.APIGatewayProxyResponse
		invoke(t, c.start(t, "introspect"), payload(t, "introspect.json", ""), &out)
		var body gateway.Introspected
		if err := json.Unmarshal([]byte(out.Body), &body); err != nil || out.StatusCode != 200 {
			t.Fatalf("%+v, %v", out, err)
		}
		if body.Active || body.Reason != integration.ReasonRotated || body.Account != "acme" {
			t.Errorf("%+v", body)
		}
	},
	"manage-create-integration.json": func(t *testing.T, c *cloud) {
		if made := c.create(t); made.Integration.Name != "Nightly export" || !strings.HasPrefix(made.Token, "pit_") {
			t.Errorf("%+v", made)
		}
	},
	"manage-list-integrations.json": func(t *testing.T, c *cloud) {
		made := c.create(t)
		list := answered[struct{ Integrations []struct{ ID string } }](t, c.start(t, "list-integrations"), payload(t, "manage-list-integrations.json", ""), 200)
		if len(list.Integrations) != 1 || list.Integrations[0].ID != made.Integration.ID {
			t.Errorf("%+v, want %s", list, made.Integration.ID)
		}
	},
	"retire-pepper.json": func(t *testing.T, c *cloud) {
		manager, keys := c.pepperSecret(t)
		f := c.start(t, "retire-pepper", "AWS_ENDPOINT_URL_SECRETS_MANAGER", manager.URL)
		event := payload(t, "retire-pepper.json", "")
		want := "retire pepper 1: " + keyset.ErrInService.Error()
		if _, err := f.Invoke(t.Context(), event); err == nil || err.Error() != want {
			t.Errorf("while it is current: %v, want %s", err, want)
		}
		manager.Put("v2", string(rekey.Next(keys).Encode()), "AWSCURRENT")
		var out rekey.Report
		invoke(t, f, event, &out)
		if diff := cmp.Diff(rekey.Report{Current: 2, Versions: []int{2}}, out); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	},
	"rotate-pepper.json": func(t *testing.T, c *cloud) {
		manager, keys := c.pepperSecret(t)
		manager.Announce("d32c5e00-34a7-4ba3-a4f3-000000000009")
		var out any
		invoke(t, c.start(t, "rotate-pepper", "AWS_ENDPOINT_URL_SECRETS_MANAGER", manager.URL), payload(t, "rotate-pepper.json", ""), &out)
		pending, err := keyset.Parse([]byte(manager.Text("AWSPENDING")))
		if err != nil || !pending.Follows(keys) {
			t.Errorf("versions %v are pending after %v, %v", pending.Versions(), keys.Versions(), err)
		}
	},
	"queue-events.json":   queueEvents,
	"stream-changes.json": streamChanges,
	"schedule-sweep.json": func(t *testing.T, c *cloud) {
		c.createAt(t, time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour))
		c.scheduled(t, "sweeper", "schedule-sweep.json")
	},
	"schedule-remind.json": func(t *testing.T, c *cloud) {
		c.createAt(t, time.Now().Add(-76*24*time.Hour-time.Hour), time.Time{})
		c.createAt(t, time.Now().Add(-76*24*time.Hour+time.Hour), time.Time{}) // is not old enough
		c.scheduled(t, "reminder", "schedule-remind.json")
	},
}

// pepperSecret is a Secrets Manager that can change the peppers, and what it
// holds, which was last changed so long ago that a pepper may be retired.
func (c *cloud) pepperSecret(t *testing.T) (*secretslocal.Manager, keyset.Set) {
	t.Helper()
	text := c.Secrets.secrets["pepper"]
	keys, err := keyset.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return secretslocal.Start(t, text, func() time.Time { return time.Now().Add(-rekey.Settle) }), keys
}

// session is that of an admin of acme, who has just signed in.
func (c *cloud) session(t *testing.T) string {
	t.Helper()
	signIn, err := signin.New(signin.Config{
		Issuer: c.Env["OIDC_ISSUER"], ClientID: c.Env["OIDC_CLIENT_ID"], URL: c.Env["CONSOLE_URL"], Now: time.Now,
		Keys: keyring.New(func(context.Context) ([]byte, error) { return []byte(c.Secrets.secrets["sealing"]), nil }, seal.NewKey, time.Now),
	})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	if err := signIn.Save(w, httptest.NewRequestWithContext(t.Context(), "GET", "/", nil), signin.Session{
		Subject: "s", Account: "acme", Roles: map[string]account.Role{"acme": account.RoleAdmin}, ExpiresAt: time.Now().Add(time.Hour),
	}); err != nil {
		t.Fatal(err)
	}
	return w.Result().Cookies()[0].Value
}

// createAt makes an integration that was created in the past.
func (c *cloud) createAt(t *testing.T, now, expiresAt time.Time) {
	t.Helper()
	peppers := keyring.New(func(context.Context) ([]byte, error) { return []byte(c.Secrets.secrets["pepper"]), nil }, token.NewPepper, time.Now)
	service := manage.New(manage.Config{
		Store: table.New(c.DB), Peppers: peppers, Format: format(t), Offer: c.Catalog, Max: 2, Now: func() time.Time { return now },
	})
	_, err := service.Create(t.Context(), rig.Admin("acme"), integration.New{
		Account: "acme", Name: "n", Scopes: []string{rig.Readonly}, ExpiresAt: expiresAt,
	}, manage.Idempotency{})
	if err != nil {
		t.Fatal(err)
	}
}

func format(t *testing.T) token.Format {
	t.Helper()
	f, err := token.NewFormat(token.DefaultPrefix)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// unknownToken is of the right form and was never issued.
func unknownToken(t *testing.T) string {
	t.Helper()
	var e token.Entropy
	_, _ = rand.Read(e[:]) // never fails
	return format(t).Mint(e).Reveal()
}

// scheduled has a scheduled function find one integration to change, once.
func (c *cloud) scheduled(t *testing.T, function, file string) {
	t.Helper()
	f := c.start(t, function)
	for _, changed := range []int{1, 0} {
		var out sweep.Report
		invoke(t, f, payload(t, file, ""), &out)
		if want := (sweep.Report{Visited: changed, Changed: changed, Complete: true}); out != want {
			t.Errorf("%+v, want %+v", out, want)
		}
	}
}

func TestEveryPayloadIsAnsweredByItsBootstrap(t *testing.T) {
	files, err := filepath.Glob(root + "/events/*.json")
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
		t.Run(file, func(t *testing.T) { exchange(t, newCloud(t)) })
	}
}
