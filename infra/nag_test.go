package main

import (
	"path"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"
)

// accepted are findings of cdk-nag that are let pass: the rule, the constructs
// below the stack (as path.Match has it), and why.
var accepted = []struct{ rule, where, why string }{
	{"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]", "Api/CloudWatchRole/Resource",
		"lets API Gateway write access logs: a setting of the whole account, for which AWS made this policy"},
	{"AwsSolutions-IAM5[Resource::*]", "*/Role/DefaultPolicy/Resource",
		"X-Ray has no resources to name; roles_test.go holds that nothing else is a wildcard"},
	{"AwsSolutions-SMG4", "Signing/Resource",
		"these keys authenticate cursors, which live for minutes; what they give away is a place in a list that its reader may read anyway"},
	{"AwsSolutions-SMG4", "Sealing/Resource",
		"no session outlives a day; a new key signs everybody out, which is for an operator to decide: docs/operations.md tells how"},
	{"AwsSolutions-COG2", "Users/Resource",
		"a second factor can be had by every user; whether they must have one is the deployment's to say, which mostly brings its own issuer"},
	{"AwsSolutions-COG8", "Users/Resource",
		"threat protection has a price for each user; deployments that want it bring their own issuer or switch the plan"},
	{"AwsSolutions-COG4", "Api/Default/*/*/Resource", "API v2.0 is for programs with tokens of ours, not for users of Cognito"},
	{"AwsSolutions-COG4", "Api/Default/*/*/*/Resource", "API v2.0 is for programs with tokens of ours, not for users of Cognito"},
	{"AwsSolutions-APIG2", "Api/Resource", "the API behind checks its own requests; the gateway does not know their shapes"},
	{"AwsSolutions-APIG3", "Api/DeploymentStage.v2/Resource", "a firewall has a price for each request: the context value webRate adds one"},
	{"AwsSolutions-APIG4", "Api/Default/healthz/GET/Resource", "the sign of life, which the gateway answers by itself"},
	{"AwsSolutions-APIG4", "Api/Default/v1/ANY/Resource", "a fixed answer that names API v2.0"},
	{"AwsSolutions-APIG4", "Api/Default/v1/{proxy+}/ANY/Resource", "a fixed answer that names API v2.0"},
	{"AwsSolutions-APIG4", "Management/GET--*/Resource", "the API's description, the sign of life and the console's pages, as for its forms below"},
	{"AwsSolutions-APIG4", "Management/POST--*/Resource", "the console's forms: people sign in to it itself; api_test.go holds that no operation is without the JWT authorizer"},
	{"AwsSolutions-APIG6", "Api/DeploymentStage.v2/Resource", "execution logs would hold what the authorizer is sent; the access log says who called what"},
	{"Serverless-LambdaDLQ", "*/Function/Resource",
		"gateways, operators and Secrets Manager wait for the answer; the two that schedules start have a failure destination, which tells more than a dead letter"},
	{"AwsSolutions-SQS3", "FailedRuns/Resource", "it is where dead letters end, of Scheduler and of failed runs, which the rule does not see"},
	{"Serverless-SQSRedrivePolicy", "FailedRuns/Resource", "it is where dead letters end"},
	{"AwsSolutions-SQS3", "Undelivered/Resource", "it is where dead letters end, of the stream, which the rule does not see"},
	{"Serverless-SQSRedrivePolicy", "Undelivered/Resource", "it is where dead letters end"},
	{"Serverless-SQSRedrivePolicy", "Untold/Resource", "it is where dead letters end"},
	{"Serverless-LambdaEventSourceMappingDestination", "Events/Resource", "a queue has none: what fails goes to its dead-letter queue"},
	{"AwsSolutions-IAM5[Resource::<Table", "publisher/Role/DefaultPolicy/Resource", "ListStreams lists the streams of one table; no other is named"},
}

func TestNagFindsNothingThatIsNotAcceptedWithAReason(t *testing.T) {
	used := map[int]bool{}
	for _, choices := range []map[string]any{prod, full} {
		for _, f := range findings(t, choices) {
			n := acceptedAs(f)
			if n < 0 {
				t.Errorf("%s %s: %s", f.rule, f.where, f.says)
			}
			used[n] = true
		}
	}
	for n, a := range accepted {
		if !used[n] {
			t.Errorf("%s %s is not found any more: take it out", a.rule, a.where)
		}
		if len(a.why) < 20 {
			t.Errorf("%s %s is accepted without a reason", a.rule, a.where)
		}
	}
}

type finding struct{ rule, where, says string }

// findings runs the rules of AwsSolutions and Serverless.
func findings(t *testing.T, choices map[string]any) []finding {
	t.Helper()
	context := map[string]any{"dist": dist}
	for name, value := range choices {
		context[name] = value
	}
	app := newApp(context)
	s, err := readSettings(app.Node())
	if err != nil {
		t.Fatal(err)
	}
	stack := newStack(app, s)
	awscdk.Aspects_Of(app).Add(cdknag.NewAwsSolutionsChecks(nil), nil)
	awscdk.Aspects_Of(app).Add(cdknag.NewServerlessChecks(nil), nil)
	notes := assertions.Annotations_FromStack(stack)
	any := assertions.Match_AnyValue()
	var found []finding
	for _, m := range append(*notes.FindError(jsii.String("*"), any), *notes.FindWarning(jsii.String("*"), any)...) {
		says, _ := m.Entry.Data.(string) //nolint:staticcheck // where this type has moved to, there is no Go
		rule, says, _ := strings.Cut(says, ": ")
		found = append(found, finding{rule, strings.TrimPrefix(*m.Id, "/"+*stack.StackName()+"/"), says}) //nolint:staticcheck // as above
	}
	return found
}

func acceptedAs(f finding) int {
	for n, a := range accepted {
		if match, _ := path.Match(a.where, f.where); match && strings.HasPrefix(f.rule, a.rule) {
			return n
		}
	}
	return -1
}
