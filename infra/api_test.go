package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/api"
	"github.com/private-integrations/private-integrations/pkg/console"
	"github.com/private-integrations/private-integrations/pkg/gateway"
)

// open are the methods of v2.0 that anybody may call, because the gateway
// answers them by itself.
var open = []string{"ANY v1", "ANY v1/{proxy+}", "GET healthz"}

func TestEveryMethodAsksTheAuthorizerButForThoseNamed(t *testing.T) {
	for name, context := range map[string]map[string]any{"dev": dev, "prod": prod, "proxy": proxy, "full": full} {
		t.Run(name, func(t *testing.T) {
			resources := synth(t, context)
			var guarded, unguarded []string
			for _, m := range ofType(resources, "AWS::ApiGateway::Method") {
				method := fmt.Sprintf("%s %s", m.property("HttpMethod"), pathOf(t, resources, m.property("ResourceId")))
				switch m.property("AuthorizationType") {
				case "CUSTOM":
					if got := text(m.property("AuthorizerId")); got != "Authorizer" {
						t.Errorf("%s asks %s", method, got)
					}
					guarded = append(guarded, method)
				default:
					if kind := m.property("Integration", "Type"); kind != "MOCK" {
						t.Errorf("%s reaches %s without authorizer", method, kind)
					}
					unguarded = append(unguarded, method)
				}
			}
			slices.Sort(guarded)
			slices.Sort(unguarded)
			if diff := cmp.Diff([]string{"ANY {proxy+}", "GET token"}, guarded); diff != "" {
				t.Errorf("guarded (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(open, unguarded); diff != "" {
				t.Errorf("open (-want +got):\n%s", diff)
			}
		})
	}
}

// pathOf is the path of a resource of the REST API; empty for the root.
func pathOf(t *testing.T, resources map[string]resource, reference any) string {
	t.Helper()
	id, found := reference.(map[string]any)["Ref"].(string)
	if !found {
		return "" // the root is an attribute of the API
	}
	r := resources[id]
	part := r.property("PathPart").(string)
	if parent := pathOf(t, resources, r.property("ParentId")); parent != "" {
		return parent + "/" + part
	}
	return part
}

func TestNoAnswerOfTheAuthorizerIsKept(t *testing.T) {
	for _, context := range []map[string]any{dev, full} {
		authorizers := ofType(synth(t, context), "AWS::ApiGateway::Authorizer")
		if len(authorizers) != 1 {
			t.Fatalf("%d authorizers", len(authorizers))
		}
		a := authorizers[0]
		if a.property("Type") != "REQUEST" || a.property("AuthorizerResultTtlInSeconds") != 0.0 || a.property("IdentitySource") != nil {
			t.Errorf("%+v", a.Properties)
		}
	}
}

func TestCatalogueWithVersion1HasItServed(t *testing.T) {
	d := newDeployment(newApp(nil), settings{stage: "dev", dist: dist, servesV1: true, maxIntegrations: 1, rate: 1, burst: 1, prefix: "pit", claim: "groups"})
	d.newPublicAPI(d.newFunctions(d.newTable(), d.newSecrets()))
	for _, r := range ofType(decodeStack(t, d.stack), "AWS::ApiGateway::Resource") {
		if r.property("PathPart") == "v1" {
			t.Error("v1 is closed")
		}
	}
}

func TestHTTPUpstreamLearnsWhoCallsFromTheAuthorizerAlone(t *testing.T) {
	for _, m := range ofType(synth(t, proxy), "AWS::ApiGateway::Method") {
		if m.property("Integration", "Type") != "HTTP_PROXY" {
			continue
		}
		if got := m.property("Integration", "Uri"); got != "https://api.example.com/base/{proxy}" {
			t.Errorf("URI %s", got)
		}
		got := m.property("Integration", "RequestParameters").(map[string]any)
		want := map[string]any{
			"integration.request.path.proxy":           "method.request.path.proxy",
			"integration.request.header.Authorization": "''",
		}
		for name, value := range map[string]string{
			"X-Account-Id": "accountId", "X-Account_Id": "accountId", "X_Account-Id": "accountId", "X_Account_Id": "accountId",
			"X-Integration-Id": "integrationId", "X-Integration_Id": "integrationId", "X_Integration-Id": "integrationId", "X_Integration_Id": "integrationId",
			"X-Token-Id": "tokenId", "X-Token_Id": "tokenId", "X_Token-Id": "tokenId", "X_Token_Id": "tokenId",
			"X-Scopes": "scopes", "X_Scopes": "scopes",
		} {
			want["integration.request.header."+name] = "context.authorizer." + value
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		return
	}
	t.Error("no HTTP proxy")
}

// The gateway mends the encoding of what it takes for text: files would not
// survive that. The answers that it gives by itself are templates, for text only.
func TestBodiesReachTheUpstreamAsTheyWereSent(t *testing.T) {
	for name, c := range map[string]struct {
		context map[string]any
		want    string
	}{"an upstream of its own": {proxy, "[*/*]"}, "the contacts API": {dev, "<nil>"}} {
		resources := synth(t, c.context)
		for _, r := range ofType(resources, "AWS::ApiGateway::RestApi") {
			if got := fmt.Sprint(r.property("BinaryMediaTypes")); got != c.want {
				t.Errorf("%s: binary are %s", name, got)
			}
		}
		fixed := 0
		for _, m := range ofType(resources, "AWS::ApiGateway::Method") {
			if m.property("Integration", "Type") != "MOCK" {
				continue
			}
			fixed++
			if got := m.property("Integration", "ContentHandling"); got != "CONVERT_TO_TEXT" {
				t.Errorf("%s: %s takes bodies as %v", name, m.id, got)
			}
		}
		if fixed == 0 {
			t.Errorf("%s: no fixed answer", name)
		}
	}
}

func TestAuthorizationIsForwardedOnlyWhereTheDeploymentAsksForIt(t *testing.T) {
	context := maps.Clone(proxy)
	context["forwardAuthorization"] = "true"
	for _, m := range ofType(synth(t, context), "AWS::ApiGateway::Method") {
		parameters, _ := m.property("Integration", "RequestParameters").(map[string]any)
		if _, set := parameters["integration.request.header.Authorization"]; set {
			t.Errorf("%s withholds it", m.id)
		}
	}
}

func TestGatewayAnswersAsTheLocalOneDoes(t *testing.T) {
	made := map[string]resource{}
	for _, r := range ofType(synth(t, dev), "AWS::ApiGateway::GatewayResponse") {
		made[r.property("ResponseType").(string)] = r
	}
	if len(made) != len(gateway.GatewayResponses) {
		t.Errorf("%d answers, want %d", len(made), len(gateway.GatewayResponses))
	}
	for _, want := range gateway.GatewayResponses {
		got := made[want.Type]
		if template := got.property("ResponseTemplates", "application/json"); template != want.Template {
			t.Errorf("%s: %v", want.Type, template)
		}
		if status := got.property("StatusCode"); status != fmt.Sprint(want.Status) && !strings.HasPrefix(want.Type, "DEFAULT_") {
			t.Errorf("%s: status %v", want.Type, status)
		}
	}
	for header, want := range map[string]string{"UNAUTHORIZED": `'Bearer realm="v2.0"'`, "ACCESS_DENIED": "context.authorizer.challenge"} {
		if got := made[header].property("ResponseParameters", "gatewayresponse.header.WWW-Authenticate"); got != want {
			t.Errorf("%s: challenge %v, want %s", header, got, want)
		}
	}
}

func TestEveryOperationHasItsRouteBehindTheSignIn(t *testing.T) {
	resources := synth(t, prod)
	var want, got []string
	for _, o := range api.Operations {
		want = append(want, fmt.Sprintf("%s %s JWT SignedIn to %sFunction.Arn", o.Method, o.Path, strings.ReplaceAll(o.ID, "-", "")))
	}
	for _, r := range api.PublicRoutes() {
		want = append(want, fmt.Sprintf("%s %s NONE  to describeFunction.Arn", r.Method, r.Path))
	}
	for _, r := range console.Routes() {
		want = append(want, fmt.Sprintf("%s %s NONE  to consoleFunction.Arn", r.Method, r.Template))
	}
	want = append(want, "GET /{proxy+} NONE  to consoleFunction.Arn")
	for _, r := range ofType(resources, "AWS::ApiGatewayV2::Route") {
		target := r.property("Target").(map[string]any)["Fn::Join"].([]any)[1].([]any)[1].(map[string]any)["Ref"].(string)
		authorizer := ""
		if a := r.property("AuthorizerId"); a != nil {
			authorizer = strings.TrimPrefix(text(a), "Management")
		}
		got = append(got, fmt.Sprintf("%s %s %s to %s", r.property("RouteKey"), r.property("AuthorizationType"), authorizer,
			text(resources[target].property("IntegrationUri"))))
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOwnIssuerTakesThePlaceOfTheUserPool(t *testing.T) {
	resources := synth(t, ownIssuer)
	if pools := ofType(resources, "AWS::Cognito::UserPool"); len(pools) != 0 {
		t.Errorf("there is %s", pools[0].id)
	}
	jwt := ofType(resources, "AWS::ApiGatewayV2::Authorizer")[0].property("JwtConfiguration")
	if got := text(jwt); got != "Audience (integrations) and Issuer (https://id.example.com)" {
		t.Error(got)
	}
}

func TestRequestsAreLimitedLoggedAndTraced(t *testing.T) {
	resources := synth(t, full)
	public := ofType(resources, "AWS::ApiGateway::Stage")[0]
	settings := list(public.property("MethodSettings"))[0].(map[string]any)
	if settings["ThrottlingRateLimit"] != 1000.0 || settings["ThrottlingBurstLimit"] != 2000.0 || settings["DataTraceEnabled"] != false {
		t.Errorf("%v", settings)
	}
	if text(public.property("AccessLogSetting", "DestinationArn")) != "ApiLog.Arn" || public.property("TracingEnabled") != true {
		t.Errorf("%v", public.Properties)
	}
	if format := public.property("AccessLogSetting", "Format").(string); strings.Contains(strings.ToLower(format), "header") {
		t.Errorf("headers are logged: %s", format)
	}
	management := ofType(resources, "AWS::ApiGatewayV2::Stage")[0]
	if management.property("DefaultRouteSettings", "ThrottlingRateLimit") != 100.0 || text(management.property("AccessLogSettings", "DestinationArn")) != "ManagementLog.Arn" {
		t.Errorf("%v", management.Properties)
	}
	rule := list(ofType(resources, "AWS::WAFv2::WebACL")[0].property("Rules"))[0]
	if got := text(rule.(map[string]any)["Statement"]); got != "RateBasedStatement (AggregateKeyType (IP) and Limit (2000))" {
		t.Error(got)
	}
	if got := ofType(resources, "AWS::WAFv2::WebACLAssociation"); len(got) != 1 {
		t.Errorf("%d associations", len(got))
	}
}

func TestOwnDomainsAreTheOnlyWayIn(t *testing.T) {
	resources := synth(t, full)
	for _, kind := range []string{"AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"} {
		if ofType(resources, kind)[0].property("DisableExecuteApiEndpoint") != true {
			t.Errorf("%s has its address of AWS's open", kind)
		}
	}
	for kind, want := range map[string]string{"AWS::ApiGateway::DomainName": "api.example.com", "AWS::ApiGatewayV2::DomainName": "manage.example.com"} {
		if got := ofType(resources, kind)[0].property("DomainName"); got != want {
			t.Errorf("%s %v, want %s", kind, got, want)
		}
	}
}
