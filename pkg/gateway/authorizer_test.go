package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/authorize"
	"github.com/private-integrations/private-integrations/pkg/catalog"
	"github.com/private-integrations/private-integrations/pkg/gateway"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/scope"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// placeholder stands in the golden event where the token belongs.
const placeholder = "pit_REPLACE_WITH_A_TOKEN"

var now = time.Date(2027, 1, 31, 12, 0, 0, 0, time.UTC)

// memory is a store of one token, or of a fault, without I/O.
type memory struct {
	credential integration.Credential
	fault      error
}

func (m *memory) Credential(_ context.Context, id token.ID) (integration.Credential, error) {
	if m.fault != nil {
		return integration.Credential{}, m.fault
	}
	if id != m.credential.ID {
		return integration.Credential{}, integration.ErrNotFound
	}
	return m.credential, nil
}

func (m *memory) MarkUsed(context.Context, token.ID, time.Time) error { return nil }

type onePepper struct{ pepper *token.Pepper }

func (o onePepper) Key(context.Context, int) (*token.Pepper, error) { return o.pepper, nil }

// newAuthorizer makes the handler and a token of account acme that may read
// contacts.
func newAuthorizer(t testing.TB) (*gateway.Authorizer, *memory, token.Token) {
	t.Helper()
	format, err := token.NewFormat(token.DefaultPrefix)
	if err != nil {
		t.Fatal(err)
	}
	pepper, err := token.NewPepper(bytes.Repeat([]byte{7}, token.MinPepperSize))
	if err != nil {
		t.Fatal(err)
	}
	minted := format.Mint(token.Entropy{1, 2, 3})
	store := &memory{credential: integration.Credential{
		ID: minted.ID(), Account: "acme", Integration: "01EXAMPLE", Scopes: scope.NewSet("contacts.readonly"),
		MAC: pepper.MAC(minted), PepperVersion: 1, CreatedAt: now, FirstUsedAt: now,
	}}
	operations := []catalog.Operation{
		{Method: "GET", Path: "/contacts/{contactId}", Requirement: []scope.Set{{"contacts.readonly"}}},
		{Method: "DELETE", Path: "/contacts/{contactId}", Requirement: []scope.Set{{"contacts.write"}}},
		{Method: "PUT", Path: "/contacts/{contactId}", Requirement: []scope.Set{scope.NewSet("contacts.readonly", "contacts.write")}},
	}
	c, err := catalog.New([]catalog.Scope{{Name: "contacts.readonly"}, {Name: "contacts.write"}}, operations)
	if err != nil {
		t.Fatal(err)
	}
	a := authorize.New(format, store, onePepper{pepper}, c, nil, func() time.Time { return now })
	return gateway.NewAuthorizer(a, slog.New(slog.DiscardHandler)), store, minted
}

// goldenEvent is the event of `GET /contacts/ada` with the token in its place.
func goldenEvent(t testing.TB, minted token.Token) []byte {
	t.Helper()
	event, err := os.ReadFile("../../events/authorizer.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(event, []byte(placeholder)) {
		t.Fatalf("events/authorizer.json does not hold %s", placeholder)
	}
	var compact bytes.Buffer // as it comes in production
	if err := json.Compact(&compact, event); err != nil {
		t.Fatal(err)
	}
	return bytes.ReplaceAll(compact.Bytes(), []byte(placeholder), []byte(minted.Reveal()))
}

func TestAGoldenEventGetsAPolicyForItsStageAndWhoCalls(t *testing.T) {
	a, _, minted := newAuthorizer(t)
	answer, err := a.Invoke(t.Context(), goldenEvent(t, minted))
	if err != nil {
		t.Fatal(err)
	}
	var got, want any
	if err := json.Unmarshal(answer, &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(`{
		"principalId": "01EXAMPLE",
		"policyDocument": {
			"Version": "2012-10-17",
			"Statement": [{"Action": "execute-api:Invoke", "Effect": "Allow",
				"Resource": "arn:aws:execute-api:eu-west-1:123456789012:abcde12345/v2/*"}]
		},
		"context": {"accountId": "acme", "integrationId": "01EXAMPLE", "tokenId": "`+string(minted.ID())+`",
			"scopes": "contacts.readonly", "path": "/contacts/ada"}
	}`), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("policy (-want +got):\n%s", diff)
	}
}

func TestTwoAuthorizationHeadersAreRefusedHoweverTheyAreSpelled(t *testing.T) {
	a, _, minted := newAuthorizer(t)
	good := `"` + minted.Reveal() + `"`
	for name, headers := range map[string]string{
		"one name, two values":       `"multiValueHeaders": {"Authorization": [` + good + `, "Bearer x"]}`,
		"the same value twice":       `"multiValueHeaders": {"Authorization": [` + good + `, ` + good + `]}`,
		"two letter cases":           `"multiValueHeaders": {"Authorization": [` + good + `], "authorization": ["x"]}`,
		"two letter cases, reversed": `"multiValueHeaders": {"authorization": ["x"], "AUTHORIZATION": [` + good + `]}`,
		"one name twice":             `"multiValueHeaders": {"Authorization": ["x"], "Authorization": [` + good + `]}`,
		"single values":              `"headers": {"authorization": "x", "Authorization": ` + good + `}`,
	} {
		event := `{"methodArn": "arn:aws:execute-api:eu-central-1:123456789012:api/v2/GET/contacts/ada", "resource": "/{proxy+}",
			"path": "/contacts/ada", "httpMethod": "GET", ` + headers + `}`
		if _, err := a.Invoke(t.Context(), []byte(event)); err == nil || err.Error() != "Unauthorized" {
			t.Errorf("%s: error %v, want Unauthorized", name, err)
		}
	}
}

func TestOneHeaderIsFoundInAnyLetterCaseAndInEitherMap(t *testing.T) {
	a, _, minted := newAuthorizer(t)
	for _, headers := range []string{
		`"multiValueHeaders": {"AUTHORIZATION": ["bearer ` + minted.Reveal() + `"]}, "headers": {"AUTHORIZATION": "bearer ` + minted.Reveal() + `"}`,
		`"multiValueHeaders": null, "headers": {"authorization": "` + minted.Reveal() + `"}`,
	} {
		event := `{"methodArn": "arn:aws:execute-api:eu-central-1:123456789012:api/v2/GET/contacts/ada", "resource": "/{proxy+}",
			"path": "/contacts/ada", "httpMethod": "GET", ` + headers + `}`
		answer, err := a.Invoke(t.Context(), []byte(event))
		if err != nil || !bytes.Contains(answer, []byte(`"Effect":"Allow"`)) {
			t.Errorf("%s: %s, %v; want Allow", headers, answer, err)
		}
	}
}

func TestAnEventMadeHereReadsBackAsItWas(t *testing.T) {
	made := gateway.NewAuthorizerRequest("arn", "/{proxy+}", "GET", "/contacts/ada", []string{"Bearer x", "y"}).From("203.0.113.7", "curl/8")
	text, err := json.Marshal(made)
	if err != nil {
		t.Fatal(err)
	}
	var read gateway.AuthorizerRequest
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(*made, read); diff != "" {
		t.Errorf("%s reads back as (-want +got):\n%s", text, diff)
	}
}

func ask(t *testing.T, a *gateway.Authorizer, method, path string, credentials ...string) (*gateway.AuthorizerResponse, error) {
	t.Helper()
	const arn = "arn:aws:execute-api:eu-central-1:123456789012:api/v2/"
	resource := "/{proxy+}"
	if path == gateway.IntrospectionResource {
		resource = path
	}
	return a.Handle(t.Context(), gateway.NewAuthorizerRequest(arn+method+path, resource, method, path, credentials))
}

func TestADenialNamesTheScopeInItsTextAndChallenge(t *testing.T) {
	a, _, minted := newAuthorizer(t)
	r, err := ask(t, a, "DELETE", "/contacts/ada", minted.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	if effect := r.PolicyDocument.Statement[0].Effect; effect != "Deny" {
		t.Fatalf("effect %s, want Deny", effect)
	}
	want := `Bearer realm="v2.0", error="insufficient_scope", scope="contacts.write"`
	if r.Context.Challenge != want || r.Context.Code != "insufficient_scope" || !strings.Contains(r.Context.Detail, "contacts.write") {
		t.Errorf("context %+v, want the challenge %s", r.Context, want)
	}
	values := map[string]string{"requestId": "r-1"}
	for name, value := range r.Context.Values() {
		values["authorizer."+name] = value
	}
	answer := gateway.GatewayResponseOf("ACCESS_DENIED").Render(values)
	var body map[string]any
	if err := json.Unmarshal(answer.Body, &body); err != nil {
		t.Fatalf("%s: %v", answer.Body, err)
	}
	if answer.Status != 403 || body["code"] != "insufficient_scope" || answer.Header["WWW-Authenticate"] != want {
		t.Errorf("answered %d %v %v", answer.Status, answer.Header, body)
	}
}

func TestADenialSaysThatSeveralScopesAreAllNeeded(t *testing.T) {
	a, _, minted := newAuthorizer(t)
	r, err := ask(t, a, "PUT", "/contacts/ada", minted.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	if want := "This operation needs all of the scopes: contacts.readonly contacts.write"; r.Context.Detail != want {
		t.Errorf("detail %q, want %q", r.Context.Detail, want)
	}
}

func TestAFaultIsNeitherYesNorNoAndTellsNothing(t *testing.T) {
	a, store, minted := newAuthorizer(t)
	store.fault = errors.New("table contacts-prod-7 is throttled")
	for _, path := range []string{"/contacts/ada", "/token"} {
		r, err := ask(t, a, "GET", path, minted.Reveal())
		if r != nil || err == nil || err.Error() == "Unauthorized" || strings.Contains(err.Error(), "prod") {
			t.Errorf("%s: %v, %v; want an error that is not Unauthorized and holds nothing of the cause", path, r, err)
		}
	}
}

func TestIntrospectionOfADeadTokenOpensNothingElse(t *testing.T) {
	a, store, minted := newAuthorizer(t)
	store.credential.Dead = integration.Deadline{At: now, Reason: integration.ReasonRotated}
	r, err := ask(t, a, "GET", "/token", minted.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	if got := r.PolicyDocument.Statement[0].Resource; strings.Contains(got, "*") || !strings.HasSuffix(got, "/v2/GET/token") {
		t.Errorf("the policy allows %s, want this call alone", got)
	}
	answer := gateway.Introspect(t.Context(), &gateway.Request{Authorizer: r.Context.Values()})
	var told gateway.Introspected
	if err := json.Unmarshal(answer.Body, &told); err != nil {
		t.Fatal(err)
	}
	if told.Active || told.Reason != integration.ReasonRotated || told.EndedAt == nil || told.Integration != "01EXAMPLE" {
		t.Errorf("introspection %+v", told)
	}
	if _, err := ask(t, a, "GET", "/contacts/ada", minted.Reveal()); err == nil || err.Error() != "Unauthorized" {
		t.Errorf("the dead token calls: %v, want Unauthorized", err)
	}
}

func TestIntrospectWithoutItsAuthorizerTellsNothing(t *testing.T) {
	if r := gateway.Introspect(t.Context(), &gateway.Request{}); r.Status != 503 {
		t.Errorf("answered %d, want 503", r.Status)
	}
}

func BenchmarkAuthorizerEvent(b *testing.B) {
	a, _, minted := newAuthorizer(b)
	event := goldenEvent(b, minted)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := a.Invoke(b.Context(), event); err != nil {
			b.Fatal(err)
		}
	}
}
