package main

import (
	"strings"

	gw "github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	authorizers "github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2authorizers"
	integrations "github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2integrations"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/jsii-runtime-go"

	"github.com/private-integrations/private-integrations/pkg/api"
)

// management is the HTTP API on which integrations are managed.
type management struct {
	gw.HttpApi
	stage  gw.HttpStage
	domain gw.DomainName // nil: none of its own
}

// newManagementAPI makes a route for each operation, behind the gateway's own
// check of JWTs, and for each page that anybody may read.
func (d *deployment) newManagementAPI(functions map[string]function, users identity) management {
	m := management{HttpApi: gw.NewHttpApi(d.stack, jsii.String("Management"), &gw.HttpApiProps{
		Description:               jsii.String("Management of integrations, stage " + d.stage),
		CreateDefaultStage:        jsii.Bool(false),
		DisableExecuteApiEndpoint: jsii.Bool(d.manageDomain != ""),
	})}
	signedIn := authorizers.NewHttpJwtAuthorizer(jsii.String("SignedIn"), users.issuer, &authorizers.HttpJwtAuthorizerProps{
		JwtAudience: &[]*string{users.audience},
	})
	for _, o := range api.Operations {
		m.AddRoutes(&gw.AddRoutesOptions{
			Path: jsii.String(o.Path), Methods: &[]gw.HttpMethod{gw.HttpMethod(o.Method)},
			Integration: integration(o.ID, functions[managing+o.ID]),
			Authorizer:  signedIn,
		})
	}
	pages := integration("describe", functions["describe"])
	for _, r := range api.PublicRoutes() {
		m.AddRoutes(&gw.AddRoutesOptions{
			Path: jsii.String(r.Path), Methods: &[]gw.HttpMethod{gw.HttpMethod(r.Method)}, Integration: pages,
		})
	}
	d.addStage(&m)
	return m
}

func integration(name string, f function) gw.HttpRouteIntegration {
	return integrations.NewHttpLambdaIntegration(jsii.String(name), f.Function, nil)
}

func (d *deployment) addStage(m *management) {
	props := &gw.HttpStageProps{
		HttpApi:                m.HttpApi,
		AutoDeploy:             jsii.Bool(true),
		DetailedMetricsEnabled: jsii.Bool(true),
		Throttle: &gw.ThrottleSettings{
			RateLimit: jsii.Number(managementRate), BurstLimit: jsii.Number(2 * managementRate),
		},
	}
	if d.manageDomain != "" {
		m.domain = gw.NewDomainName(d.stack, jsii.String("ManagementDomain"), &gw.DomainNameProps{
			DomainName:     jsii.String(d.manageDomain),
			Certificate:    awscertificatemanager.Certificate_FromCertificateArn(d.stack, jsii.String("ManagementCertificate"), jsii.String(d.manageCertificate)),
			SecurityPolicy: gw.SecurityPolicy_TLS_1_2,
		})
		props.DomainMapping = &gw.DomainMappingOptions{DomainName: m.domain}
	}
	m.stage = gw.NewHttpStage(d.stack, jsii.String("ManagementStage"), props)
	m.stage.Node().DefaultChild().(gw.CfnStage).SetAccessLogSettings(&gw.CfnStage_AccessLogSettingsProperty{
		DestinationArn: d.newLog(d.stack, "ManagementLog").LogGroupArn(),
		Format:         jsii.String(managementLog),
	})
}

// managementRate is how many requests a second people and their scripts make at
// most.
const managementRate = 100

var managementLog = "{" + strings.Join([]string{
	`"requestId":"$context.requestId"`,
	`"time":"$context.requestTimeEpoch"`,
	`"address":"$context.identity.sourceIp"`,
	`"route":"$context.routeKey"`,
	`"path":"$context.path"`,
	`"status":"$context.status"`,
	`"latency":"$context.responseLatency"`,
	`"user":"$context.authorizer.claims.sub"`,
	`"refusal":"$context.authorizer.error"`,
	`"fault":"$context.integrationErrorMessage"`,
}, ",") + "}"
