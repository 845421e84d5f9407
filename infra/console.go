package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	gw1 "github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	gw "github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	integrations "github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2integrations"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/jsii-runtime-go"

	"github.com/private-integrations/private-integrations/pkg/console"
	"github.com/private-integrations/private-integrations/pkg/signin"
)

// site is the console.
type site struct {
	url string // without a slash at its end
}

// newConsole makes a route of the management API for each page, and one for
// addresses of none. None is behind the gateway's check of JWTs: people sign in to
// the console itself.
func (d *deployment) newConsole(f function, m management, public gw1.RestApi, users identity) site {
	s := site{url: "https://" + d.manageDomain}
	if d.manageDomain == "" {
		s.url = *m.ApiEndpoint()
	}
	pages := integrations.NewHttpLambdaIntegration(jsii.String("console"), f.Function, &integrations.HttpLambdaIntegrationProps{
		// One permission for the API: with one for each route the function's policy
		// would outgrow the 20 KB that it may have.
		ScopePermissionToRoute: jsii.Bool(false),
	})
	// The gateway picks the greedy route where no other fits, and none for other
	// methods than GET: what is sent to nowhere reaches no function.
	for _, r := range append(console.Routes(), console.Route{Method: "GET", Template: console.Greedy}) {
		m.AddRoutes(&gw.AddRoutesOptions{
			Path: jsii.String(r.Template), Methods: &[]gw.HttpMethod{gw.HttpMethod(r.Method)}, Integration: pages,
		})
	}
	for name, value := range d.consoleVariables(s, public, users) {
		f.AddEnvironment(jsii.String(name), jsii.String(value), nil)
	}
	if d.consoleSecret != "" {
		f.AddToRolePolicy(statement("secretsmanager:", []string{"GetSecretValue"}, d.consoleSecret))
	}
	return s
}

// consoleVariables are those that functions/internal/pages reads.
func (d *deployment) consoleVariables(s site, public gw1.RestApi, users identity) map[string]string {
	variables := map[string]string{
		"CONSOLE_URL": s.url, "API_BASE_URL": d.apiBaseURL, "SESSION_LIFETIME": d.session,
		"BRAND_NAME": d.brandName, "BRAND_COLOR": d.brandColor,
		"OIDC_ISSUER": *users.issuer, "OIDC_CLIENT_ID": d.consoleClient,
	}
	if d.brandLogo != "" {
		variables["BRAND_LOGO"] = d.brandLogo
	}
	if d.consoleSecret != "" {
		variables["OIDC_CLIENT_SECRET_ARN"] = d.consoleSecret
	}
	if users.pool != nil {
		variables["OIDC_CLIENT_ID"] = *d.newConsoleClient(s, users.pool).UserPoolClientId()
	}
	switch {
	case d.apiBaseURL != "":
	case d.apiDomain != "":
		variables["API_BASE_URL"] = "https://" + d.apiDomain
	default:
		variables["API_BASE_URL"] = *public.Url()
	}
	return variables
}

// newConsoleClient lets people sign in to the console on the pool's own pages.
// The client is public: PKCE ties a code to the browser that asked for it, and a
// secret would have to be read out of Cognito into the stack.
func (d *deployment) newConsoleClient(s site, pool awscognito.UserPool) awscognito.UserPoolClient {
	// The name has to be the only one of the region: it is that of the stack, a
	// UUID, which stands last in its ARN.
	stack := awscdk.Fn_Select(jsii.Number(2), awscdk.Fn_Split(jsii.String("/"), d.stack.StackId(), nil))
	pool.AddDomain(jsii.String("Domain"), &awscognito.UserPoolDomainOptions{
		CognitoDomain: &awscognito.CognitoDomainOptions{DomainPrefix: jsii.String("integrations-" + *stack)},
		// The newer pages show nothing before somebody has given them a style.
		ManagedLoginVersion: awscognito.ManagedLoginVersion_CLASSIC_HOSTED_UI,
	})
	return pool.AddClient(jsii.String("Console"), &awscognito.UserPoolClientOptions{
		GenerateSecret: jsii.Bool(false),
		OAuth: &awscognito.OAuthSettings{
			Flows:        &awscognito.OAuthFlows{AuthorizationCodeGrant: jsii.Bool(true)},
			Scopes:       &[]awscognito.OAuthScope{awscognito.OAuthScope_OPENID(), awscognito.OAuthScope_EMAIL()},
			CallbackUrls: jsii.Strings(s.url + signin.CallbackPath),
			LogoutUrls:   jsii.Strings(s.url + "/"),
		},
		SupportedIdentityProviders: &[]awscognito.UserPoolClientIdentityProvider{awscognito.UserPoolClientIdentityProvider_COGNITO()},
		PreventUserExistenceErrors: jsii.Bool(true),
		// Of the tokens only the ID token is looked at, once. These are the shortest
		// lives that Cognito takes.
		IdTokenValidity:      awscdk.Duration_Minutes(jsii.Number(5)),
		AccessTokenValidity:  awscdk.Duration_Minutes(jsii.Number(5)),
		RefreshTokenValidity: awscdk.Duration_Hours(jsii.Number(1)),
	})
}
