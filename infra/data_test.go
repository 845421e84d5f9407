package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/cursor"
	"github.com/private-integrations/private-integrations/pkg/dynamo"
	"github.com/private-integrations/private-integrations/pkg/keyring"
	"github.com/private-integrations/private-integrations/pkg/table"
	"github.com/private-integrations/private-integrations/pkg/token"
)

func decodeStack(t *testing.T, stack awscdk.Stack) map[string]resource {
	t.Helper()
	assembly := awscdk.Stage_Of(stack).Synth(nil)
	return decode(t, assembly.GetStackByName(stack.StackName()).Template().(map[string]any)["Resources"])
}

// stateful are the types of what can't be made anew once it is lost.
var stateful = []string{
	"AWS::DynamoDB::Table", "AWS::SecretsManager::Secret", "AWS::Cognito::UserPool", "AWS::Logs::LogGroup", "AWS::SQS::Queue",
}

func TestInProdNothingStatefulIsDeletable(t *testing.T) {
	for _, context := range []map[string]any{prod, full} {
		resources := synth(t, context)
		for _, kind := range stateful {
			for _, r := range ofType(resources, kind) {
				if r.DeletionPolicy != "Retain" {
					t.Errorf("%s %s: %s", kind, r.id, r.DeletionPolicy)
				}
			}
		}
		table := ofType(resources, "AWS::DynamoDB::Table")[0]
		if table.property("DeletionProtectionEnabled") != true || table.property("PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled") != true {
			t.Errorf("the table is not protected: %v", table.Properties)
		}
	}
	if users := ofType(synth(t, prod), "AWS::Cognito::UserPool")[0]; users.property("DeletionProtection") != "ACTIVE" {
		t.Error("the users are not protected")
	}
}

// shared is what stays of a dev stage: how the whole account's API Gateway
// writes logs.
var shared = map[string]string{"AWS::ApiGateway::Account": "ApiAccount", "AWS::IAM::Role": "ApiCloudWatchRole"}

func TestInDevEverythingGoesWithTheStack(t *testing.T) {
	kept := map[string]string{}
	for kind, ids := range keptOf(template(t, dev)) {
		kept[kind] = unhashed(strings.Join(ids, ", "))
	}
	if diff := cmp.Diff(shared, kept); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if kept := keptOf(template(t, map[string]any{"accountLogRole": "false"})); len(kept) > 0 {
		t.Errorf("stays: %v", kept)
	}
}

func TestNothingHasAFixedName(t *testing.T) {
	names := map[string]string{
		"AWS::DynamoDB::Table": "TableName", "AWS::Lambda::Function": "FunctionName", "AWS::IAM::Role": "RoleName",
		"AWS::SecretsManager::Secret": "Name", "AWS::SQS::Queue": "QueueName", "AWS::Logs::LogGroup": "LogGroupName",
		"AWS::Cognito::UserPool": "UserPoolName", "AWS::Scheduler::Schedule": "Name", "AWS::CloudWatch::Alarm": "AlarmName",
		"AWS::WAFv2::WebACL": "Name",
	}
	for _, r := range synth(t, full) {
		if name := names[r.Type]; name != "" && r.property(name) != nil {
			t.Errorf("%s is called %v", r.id, r.property(name))
		}
	}
}

// requests lets a part of the store speak to a DynamoDB that agrees to
// everything, and gives back what it was asked, by operation.
func requests(t *testing.T, use func(*dynamo.DB)) map[string]map[string]any {
	t.Helper()
	asked := map[string]map[string]any{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		body := map[string]any{}
		_ = json.NewDecoder(r.Body).Decode(&body)
		asked[operation] = body
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		_, _ = w.Write([]byte(`{"Table":{"TableStatus":"ACTIVE"}}`))
	}))
	defer server.Close()
	use(dynamo.New(aws.Config{
		Region: "eu-central-1", BaseEndpoint: aws.String(server.URL),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
		}),
	}, "t"))
	return asked
}

func TestTableIsTheOneThatTheStoreMakes(t *testing.T) {
	asked := requests(t, func(db *dynamo.DB) {
		if err := db.Create(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	deployed := ofType(synth(t, dev), "AWS::DynamoDB::Table")[0]
	for _, name := range []string{"AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode"} {
		if diff := cmp.Diff(asked["CreateTable"][name], deployed.property(name)); diff != "" {
			t.Errorf("%s (-store +deployed):\n%s", name, diff)
		}
	}
	if diff := cmp.Diff(asked["UpdateTimeToLive"]["TimeToLiveSpecification"], deployed.property("TimeToLiveSpecification")); diff != "" {
		t.Errorf("time to live (-store +deployed):\n%s", diff)
	}
}

func TestFirstUseNamesOnlyAttributesThatTheAuthorizerMayWrite(t *testing.T) {
	asked := requests(t, func(db *dynamo.DB) {
		if err := table.New(db).MarkUsed(t.Context(), token.ID("x"), time.Now()); err != nil {
			t.Fatal(err)
		}
	})
	update := asked["TransactWriteItems"]["TransactItems"].([]any)[0].(map[string]any)["Update"].(map[string]any)
	var named []string
	for name := range update["Key"].(map[string]any) {
		named = append(named, name)
	}
	for _, name := range update["ExpressionAttributeNames"].(map[string]any) {
		named = append(named, name.(string))
	}
	slices.Sort(named)
	for _, g := range tableGrants {
		if g.attributes != nil {
			if diff := cmp.Diff(g.attributes, slices.Compact(named)); diff != "" {
				t.Errorf("(-allowed +named):\n%s", diff)
			}
		}
	}
}

func TestKeysThatSecretsManagerDrawsCanBeUsed(t *testing.T) {
	for _, s := range ofType(synth(t, prod), "AWS::SecretsManager::Secret") {
		var text map[string]any
		if err := json.Unmarshal([]byte(s.property("GenerateSecretString", "SecretStringTemplate").(string)), &text); err != nil {
			t.Fatal(err)
		}
		length := int(s.property("GenerateSecretString", "PasswordLength").(float64))
		drawn := strings.Repeat("aZ09", length)[:length]
		if s.property("GenerateSecretString", "ExcludePunctuation") != true {
			t.Error("punctuation could break the JSON")
		}
		text[s.property("GenerateSecretString", "GenerateStringKey").(string)] = drawn
		source := func(context.Context) ([]byte, error) { return json.Marshal(text) }
		version, key, err := keyring.New(source, func(b []byte) (string, error) { return string(b), nil }, time.Now).Current(t.Context())
		if err != nil || version != 1 || key != drawn {
			t.Errorf("%s: version %d, %q, %v", s.id, version, key, err)
		}
		if _, err := token.NewPepper([]byte(drawn)); err != nil {
			t.Error(err)
		}
		if _, err := cursor.NewKey([]byte(drawn)); err != nil {
			t.Error(err)
		}
	}
}

func TestPepperIsRotatedByItsFunctionAndNotWhileTheStackIsMade(t *testing.T) {
	resources := synth(t, prod)
	rotations := ofType(resources, "AWS::SecretsManager::RotationSchedule")
	if len(rotations) != 1 {
		t.Fatalf("%d rotations", len(rotations))
	}
	r := rotations[0]
	if text(r.property("SecretId")) != "Pepper" || text(r.property("RotationLambdaARN")) != "rotatepepperFunction.Arn" ||
		r.property("RotateImmediatelyOnUpdate") != false || r.property("RotationRules", "AutomaticallyAfterDays") != 365.0 {
		t.Errorf("%v", r.Properties)
	}
	for _, p := range ofType(resources, "AWS::Lambda::Permission") {
		if text(p.property("FunctionName")) == "rotatepepperFunction.Arn" {
			if p.property("Principal") != "secretsmanager.amazonaws.com" || text(p.property("SourceArn")) != "Pepper" {
				t.Errorf("%v", p.Properties)
			}
		}
	}
}
