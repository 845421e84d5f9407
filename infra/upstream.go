package main

import (
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	gw "github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/jsii-runtime-go"
)

// newUpstream is the API behind the gateway: the contacts API or a URL.
func (d *deployment) newUpstream(functions map[string]function) gw.Integration {
	if d.upstream == "" {
		return lambdaIntegration(functions["contacts"])
	}
	parameters := map[string]*string{
		"integration.request.path.proxy": jsii.String("method.request.path.proxy"),
	}
	for name, value := range identityHeaders {
		for _, spelling := range spellings(name) {
			parameters["integration.request.header."+spelling] = jsii.String("context.authorizer." + value)
		}
	}
	if !d.forwardAuthorization {
		parameters["integration.request.header.Authorization"] = jsii.String("''")
	}
	return gw.NewHttpIntegration(jsii.String(d.upstream+"/{proxy}"), &gw.HttpIntegrationProps{
		HttpMethod: jsii.String("ANY"),
		Proxy:      jsii.Bool(true),
		Options: &gw.IntegrationOptions{
			RequestParameters: &parameters,
			Timeout:           awscdk.Duration_Seconds(jsii.Number(29)),
		},
	})
}

// identityHeaders tell an HTTP upstream who calls: what the authorizer said, in
// place of what the client did.
var identityHeaders = map[string]string{
	"X-Account-Id":     "accountId",
	"X-Integration-Id": "integrationId",
	"X-Token-Id":       "tokenId",
	"X-Scopes":         "scopes",
}

// spellings are the names that some servers take for name, having made "_" of
// "-" as CGI does. Letter case is the same to the gateway.
func spellings(name string) []string {
	before, after, found := strings.Cut(name, "-")
	if !found {
		return []string{name}
	}
	var all []string
	for _, rest := range spellings(after) {
		all = append(all, before+"-"+rest, before+"_"+rest)
	}
	return all
}

func lambdaIntegration(f function) gw.Integration {
	return gw.NewLambdaIntegration(f.Function, &gw.LambdaIntegrationOptions{AllowTestInvoke: jsii.Bool(false)})
}

// mediaTypes are those of bodies that a fixed answer takes no offence at: the
// gateway has to know each, and answers 415 to others.
var mediaTypes = []string{"application/json", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "application/xml"}

// addFixed makes the gateway answer by itself, to everybody.
func addFixed(resource gw.Resource, method string, status int, contentType, body string) {
	text := fmt.Sprint(status)
	templates := map[string]*string{}
	for _, t := range mediaTypes {
		templates[t] = jsii.String(`{"statusCode": ` + text + `}`)
	}
	const header = "method.response.header."
	resource.AddMethod(jsii.String(method), gw.NewMockIntegration(&gw.IntegrationOptions{
		PassthroughBehavior: gw.PassthroughBehavior_NEVER,
		// Templates are for text, and every body may count as binary.
		ContentHandling:  gw.ContentHandling_CONVERT_TO_TEXT,
		RequestTemplates: &templates,
		IntegrationResponses: &[]*gw.IntegrationResponse{{
			StatusCode:        jsii.String(text),
			ResponseTemplates: &map[string]*string{"application/json": jsii.String(body)},
			ResponseParameters: &map[string]*string{
				header + "Content-Type":  jsii.String("'" + contentType + "'"),
				header + "Cache-Control": jsii.String("'no-store'"),
			},
		}},
	}), &gw.MethodOptions{
		AuthorizationType: gw.AuthorizationType_NONE,
		MethodResponses: &[]*gw.MethodResponse{{
			StatusCode: jsii.String(text),
			ResponseParameters: &map[string]*bool{
				header + "Content-Type": jsii.Bool(true), header + "Cache-Control": jsii.Bool(true),
			},
		}},
	})
}
