package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	gw "github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/jsii-runtime-go"

	"github.com/private-integrations/private-integrations/pkg/catalog"
	"github.com/private-integrations/private-integrations/pkg/gateway"
	"github.com/private-integrations/private-integrations/pkg/problem"
)

// newPublicAPI makes the REST API of v2.0: every path and method goes through
// the authorizer to the upstream, but for those that the product answers.
func (d *deployment) newPublicAPI(functions map[string]function) gw.RestApi {
	api := gw.NewRestApi(d.stack, jsii.String("Api"), d.publicProps())
	api.Node().TryRemoveChild(jsii.String("Endpoint")) // an output; newOutputs makes ours
	for _, r := range gateway.GatewayResponses {
		addResponse(api, r)
	}
	guarded := &gw.MethodOptions{
		AuthorizationType: gw.AuthorizationType_CUSTOM,
		Authorizer:        d.newAuthorizer(functions["authorizer"]),
		RequestParameters: &map[string]*bool{"method.request.path.proxy": jsii.Bool(true)},
	}
	// Not Root().AddProxy: that would open "/" as well, without authorizer.
	api.Root().AddResource(jsii.String("{proxy+}"), nil).AddMethod(jsii.String("ANY"), d.newUpstream(functions), guarded)
	guarded.RequestParameters = nil
	addPath(api, catalog.TokenPath).AddMethod(jsii.String("GET"), lambdaIntegration(functions["introspect"]), guarded)

	addFixed(addPath(api, catalog.HealthPath), "GET", 200, "application/json", `{"status":"ok"}`)
	if !d.servesV1 {
		p := problem.New(problem.UseAPIv2)
		p.RequestID = "$context.requestId"
		v1 := addPath(api, catalog.V1Path)
		addFixed(v1, "ANY", p.Status, problem.ContentType, string(p.JSON()))
		addFixed(v1.AddResource(jsii.String("{proxy+}"), nil), "ANY", p.Status, problem.ContentType, string(p.JSON()))
	}
	d.newFirewall(api)
	return api
}

// newAuthorizer is asked for every request. Left unset, its answers would be kept
// for five minutes, in which a revoked token lived on.
func (d *deployment) newAuthorizer(f function) gw.Authorizer {
	authorizer := gw.NewRequestAuthorizer(d.stack, jsii.String("Authorizer"), &gw.RequestAuthorizerProps{
		Handler: f.Function, IdentitySources: &[]*string{}, ResultsCacheTtl: awscdk.Duration_Seconds(jsii.Number(0)),
	})
	// An empty text would be there otherwise, where nothing is meant.
	authorizer.Node().DefaultChild().(gw.CfnAuthorizer).AddPropertyDeletionOverride(jsii.String("IdentitySource"))
	return authorizer
}

func (d *deployment) publicProps() *gw.RestApiProps {
	props := &gw.RestApiProps{
		RestApiName:               d.stack.StackName(), // its metrics are told apart by it
		Description:               jsii.String("API v2.0, stage " + d.stage),
		EndpointTypes:             &[]gw.EndpointType{gw.EndpointType_REGIONAL},
		CloudWatchRole:            jsii.Bool(d.accountLogRole),
		DisableExecuteApiEndpoint: jsii.Bool(d.apiDomain != ""),
		DeployOptions: &gw.StageOptions{
			StageName:            jsii.String("v2"),
			TracingEnabled:       jsii.Bool(true),
			MetricsEnabled:       jsii.Bool(true),
			ThrottlingRateLimit:  jsii.Number(d.rate),
			ThrottlingBurstLimit: jsii.Number(d.burst),
			AccessLogDestination: gw.NewLogGroupLogDestination(d.newLog(d.stack, "ApiLog")),
			AccessLogFormat:      gw.AccessLogFormat_Custom(jsii.String(publicLog)),
		},
	}
	if d.accountLogRole {
		// Other APIs of the account write their logs by it too.
		props.CloudWatchRoleRemovalPolicy = awscdk.RemovalPolicy_RETAIN
	}
	if d.upstream != "" {
		// The gateway takes every other body for text and mends its encoding, which
		// breaks files.
		props.BinaryMediaTypes = jsii.Strings("*/*")
	}
	if d.apiDomain != "" {
		props.DomainName = &gw.DomainNameOptions{
			DomainName:     jsii.String(d.apiDomain),
			Certificate:    awscertificatemanager.Certificate_FromCertificateArn(d.stack, jsii.String("ApiCertificate"), jsii.String(d.apiCertificate)),
			SecurityPolicy: gw.SecurityPolicy_TLS_1_2,
		}
	}
	return props
}

// publicLog is a line of the access log. The token is not in it; its public id
// is.
var publicLog = "{" + strings.Join([]string{
	`"requestId":"$context.requestId"`,
	`"time":"$context.requestTimeEpoch"`,
	`"address":"$context.identity.sourceIp"`,
	`"method":"$context.httpMethod"`,
	`"path":"$context.path"`,
	`"status":"$context.status"`,
	`"latency":"$context.responseLatency"`,
	`"account":"$context.authorizer.accountId"`,
	`"integration":"$context.authorizer.integrationId"`,
	`"token":"$context.authorizer.tokenId"`,
	`"refusal":"$context.authorizer.code"`,
	`"fault":"$context.error.responseType"`,
}, ",") + "}"

// addPath makes the resource of a path of one segment.
func addPath(api gw.RestApi, path string) gw.Resource {
	return api.Root().AddResource(jsii.String(strings.TrimPrefix(path, "/")), nil)
}

// addResponse makes the gateway answer as r says. Literal header values stand in
// quotes. DEFAULT_4XX and DEFAULT_5XX are answers of several statuses, so theirs
// stay.
func addResponse(api gw.RestApi, r gateway.GatewayResponse) {
	headers := map[string]*string{}
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		value := r.Headers[name]
		if !strings.HasPrefix(value, "context.") {
			value = "'" + value + "'"
		}
		headers[name] = jsii.String(value)
	}
	options := &gw.GatewayResponseOptions{
		Type:            gw.ResponseType_Of(jsii.String(r.Type)),
		ResponseHeaders: &headers,
		Templates:       &map[string]*string{"application/json": jsii.String(r.Template)},
	}
	if !strings.HasPrefix(r.Type, "DEFAULT_") {
		options.StatusCode = jsii.String(fmt.Sprint(r.Status))
	}
	api.AddGatewayResponse(jsii.String(r.Type), options)
}
