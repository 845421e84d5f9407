package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/api"
	"github.com/private-integrations/private-integrations/pkg/console"
)

// named gives the resource of a type and id.
func named(t *testing.T, resources map[string]resource, kind, id string) resource {
	t.Helper()
	for _, r := range ofType(resources, kind) {
		if r.id == id {
			return r
		}
	}
	t.Fatalf("no %s %s", kind, id)
	return resource{}
}

// managementURL is where the management API is without a domain of its own.
const managementURL = "Management.ApiEndpoint"

func TestConsoleIsToldWhereItIsAndWhoSignsIn(t *testing.T) {
	common := map[string]string{
		"TABLE": "Table", "PEPPER_SECRET": "Pepper", "SEALING_SECRET": "Sealing", "TOKEN_PREFIX": "pit", "MEMBERSHIP_CLAIM": "cognito:groups", "MAX_INTEGRATIONS": "100",
		"SESSION_LIFETIME": "8h0m0s", "BRAND_NAME": console.DefaultName, "BRAND_COLOR": console.DefaultColor,
	}
	with := func(more map[string]string) map[string]string {
		all := map[string]string{}
		for _, part := range []map[string]string{common, more} {
			for name, value := range part {
				all[name] = value
			}
		}
		return all
	}
	for name, c := range map[string]struct {
		context map[string]any
		want    map[string]string
	}{
		"addresses of AWS's": {prod, with(map[string]string{
			"CONSOLE_URL": managementURL, "API_BASE_URL": "https://Api.execute-api.AWS::Region.AWS::URLSuffix/ApiDeploymentStagev2/",
			"OIDC_ISSUER": "Users.ProviderURL", "OIDC_CLIENT_ID": "UsersConsole",
		})},
		"own domains": {full, with(map[string]string{
			"CONSOLE_URL": "https://manage.example.com", "API_BASE_URL": "https://api.example.com", "OIDC_ISSUER": "Users.ProviderURL", "OIDC_CLIENT_ID": "UsersConsole",
		})},
		"own issuer and brand": {ownIssuer, with(map[string]string{
			"CONSOLE_URL": managementURL, "API_BASE_URL": "https://services.example.com/", "OIDC_ISSUER": "https://id.example.com", "OIDC_CLIENT_ID": "console",
			"OIDC_CLIENT_SECRET_ARN": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:console-a1b2c3", "SESSION_LIFETIME": "1h",
			"BRAND_NAME": "Acme", "BRAND_LOGO": "https://acme.example.com/logo.svg", "BRAND_COLOR": "#aa0000",
		})},
	} {
		got := map[string]string{}
		f := named(t, synth(t, c.context), "AWS::Lambda::Function", "consoleFunction")
		for variable, value := range f.property("Environment", "Variables").(map[string]any) {
			got[variable] = text(value)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestPeopleSignInOnPagesOfTheUserPoolWithACode(t *testing.T) {
	for url, context := range map[string]map[string]any{managementURL: prod, "https://manage.example.com": full} {
		resources := synth(t, context)
		got := map[string]string{}
		for name, value := range named(t, resources, "AWS::Cognito::UserPoolClient", "UsersConsole").Properties {
			got[name] = text(value)
		}
		want := map[string]string{
			"UserPoolId": "Users", "GenerateSecret": "false", "AllowedOAuthFlowsUserPoolClient": "true", "AllowedOAuthFlows": "code",
			"AllowedOAuthScopes": "openid, email", "CallbackURLs": url + "/signin/callback", "LogoutURLs": url + "/",
			"SupportedIdentityProviders": "COGNITO", "PreventUserExistenceErrors": "ENABLED",
			"IdTokenValidity": "5", "AccessTokenValidity": "5", "RefreshTokenValidity": "60",
			"TokenValidityUnits": "AccessToken (minutes) and IdToken (minutes) and RefreshToken (minutes)",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		domain := ofType(resources, "AWS::Cognito::UserPoolDomain")
		if len(domain) != 1 || text(domain[0].property("UserPoolId")) != "Users" {
			t.Fatalf("%v", domain)
		}
		if got := text(domain[0].property("Domain")); got != "integrations-Fn::Select (2, Fn::Split (/, AWS::StackId))" {
			t.Errorf("domain %s", got)
		}
	}
	if domains := ofType(synth(t, ownIssuer), "AWS::Cognito::UserPoolDomain"); len(domains) > 0 {
		t.Error("a deployment with its own issuer has pages of Cognito's")
	}
}

// What the API is asked with is for the API alone: an ID token that the console
// was given opens none of its routes.
func TestTokensForTheConsoleAreNotForTheAPI(t *testing.T) {
	for _, a := range ofType(synth(t, prod), "AWS::ApiGatewayV2::Authorizer") {
		if got := text(a.property("JwtConfiguration", "Audience")); got != "UsersClient" {
			t.Errorf("audience %s", got)
		}
	}
}

func TestConsoleMayReadItsClientsSecretAndNoOther(t *testing.T) {
	const secret = "Allow secretsmanager:GetSecretValue on arn:aws:secretsmanager:eu-central-1:111122223333:secret:console-a1b2c3"
	for _, context := range []map[string]any{prod, ownIssuer} {
		policy := strings.Join(policyOf(synth(t, context), "consoleRole"), "\n")
		if want := context["consoleClientSecretArn"] != nil; strings.Contains(policy, secret) != want {
			t.Errorf("%s", policy)
		}
		if strings.Contains(policy, "Signing") {
			t.Errorf("%s", policy)
		}
	}
}

// A function's own policy may have 20 KB, of which each route would take one
// statement of some 400 bytes.
func TestOnePermissionLetsTheGatewayCallTheConsole(t *testing.T) {
	var found []string
	for _, p := range ofType(synth(t, prod), "AWS::Lambda::Permission") {
		if text(p.property("FunctionName")) == "consoleFunction.Arn" {
			found = append(found, text(p.property("Principal"))+" "+text(p.property("SourceArn")))
		}
	}
	want := []string{"apigateway.amazonaws.com arn:AWS::Partition:execute-api:AWS::Region:AWS::AccountId:Management/*/*/*"}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestConsolesRoutesAreNoneOfTheAPIs(t *testing.T) {
	for _, r := range console.Routes() {
		if strings.HasPrefix(r.Template, "/api/") {
			t.Errorf("%s is below the API", r.Template)
		}
		for _, p := range api.PublicRoutes() {
			if p.Path == r.Template {
				t.Errorf("%s is the API's too", r.Template)
			}
		}
	}
}

func TestAccessLogOfSignInHoldsNoCode(t *testing.T) {
	for _, logged := range regexp.MustCompile(`\$context\.[\w.]+`).FindAllString(managementLog, -1) {
		if strings.Contains(strings.ToLower(logged), "query") || logged == "$context.authorizer.principalId" {
			t.Errorf("%s may hold what the provider sent", logged)
		}
	}
}
