package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/jsii-runtime-go"
)

// grant lets each function do what it needs, and no more: actions by name, on
// items whose partition keys begin as said.
func (d *deployment) grant(functions map[string]function, table awsdynamodb.Table, keys secrets) {
	for _, folder := range slices.Sorted(maps.Keys(functions)) {
		f, n := functions[folder], needs[folder]
		for _, g := range tableGrants {
			if n&g.need != 0 {
				f.AddToRolePolicy(g.statement(table))
			}
		}
		if n&stored != 0 {
			d.useKey(f, "dynamodb", false)
		}
		for _, g := range []secretGrant{
			{peppers, keys.pepper, []string{"GetSecretValue"}},
			{rotates, keys.pepper, []string{"DescribeSecret", "GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage"}},
			{signs, keys.signing, []string{"GetSecretValue"}},
			{seals, keys.sealing, []string{"GetSecretValue"}},
		} {
			if n&g.need != 0 {
				f.AddToRolePolicy(statement("secretsmanager:", g.actions, *g.secret.SecretArn()))
				d.useKey(f, "secretsmanager", n&rotates != 0)
			}
		}
	}
}

// secretGrant allows some actions on a secret.
type secretGrant struct {
	need    need
	secret  awssecretsmanager.Secret
	actions []string
}

// tableGrant allows some actions on some items of the table.
type tableGrant struct {
	need       need
	index      string   // of which; empty: the table itself
	partitions []string // how their partition keys begin; nil: any
	attributes []string // that may be named; nil: any
	actions    []string
}

var tableGrants = []tableGrant{
	{need: verifies, partitions: []string{"TOKEN#"}, actions: []string{"GetItem"}},
	// DynamoDB counts among the attributes the keys and those of the condition.
	{need: verifies, partitions: []string{"TOKEN#"}, attributes: []string{"PK", "SK", "firstUsedAt"}, actions: []string{"UpdateItem"}},
	{need: verifies, partitions: []string{"USAGE#"}, actions: []string{"BatchGetItem", "UpdateItem"}},
	{need: reads, partitions: []string{"ACCOUNT#", "TOKEN#", "USAGE#"}, actions: []string{"GetItem", "BatchGetItem", "Query"}},
	{need: writes, partitions: []string{"ACCOUNT#", "TOKEN#"}, actions: []string{"PutItem", "UpdateItem"}},
	// Apart from ACCOUNT#, so that who may not write integrations can write these.
	{need: teams, partitions: []string{"TEAM#"}, actions: []string{"GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem"}},
	{need: finds, index: dueIndex, actions: []string{"Query"}},
	{need: audits, index: timelineIndex, actions: []string{"Query"}},
	{need: publishes, partitions: []string{"TEAM#", "USAGE#"}, actions: []string{"GetItem", "Query"}},
	{need: notifies, partitions: []string{"ACCOUNT#"}, actions: []string{"GetItem"}},
	{need: notifies, partitions: []string{"TEAM#"}, actions: []string{"Query", "PutItem"}},
	{need: notifies, partitions: []string{"DELIVERY#"}, actions: []string{"GetItem", "UpdateItem"}},
	{need: contacts, partitions: []string{"CONTACTS#"}, actions: []string{"GetItem", "Query", "PutItem", "DeleteItem"}},
	{need: scans, actions: []string{"Scan"}}, // whose items IAM can't tell apart
}

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
func (g tableGrant) statement(table awsdynamodb.Table) awsiam.PolicyStatement {
	resource := *table.TableArn()
	if g.index != "" {
		resource += "/index/" + g.index
	}
	s := statement("dynamodb:", g.actions, resource)
	if g.partitions != nil {
		keys := make([]string, len(g.partitions))
		for n, p := range g.partitions {
			keys[n] = p + "*"
		}
		s.AddCondition(jsii.String("ForAllValues:StringLike"), map[string]any{"dynamodb:LeadingKeys": keys})
	}
	if g.attributes != nil {
		s.AddCondition(jsii.String("ForAllValues:StringEquals"), map[string]any{"dynamodb:Attributes": g.attributes})
	}
	return s
}

// statement allows actions of a service, by name.
func statement(service string, actions []string, resource string) awsiam.PolicyStatement {
	full := make([]string, len(actions))
	for n, a := range actions {
		full[n] = service + a
	}
	return awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions: jsii.Strings(full...), Resources: jsii.Strings(resource),
	})
}

// useKey lets a service of AWS use the deployment's own key for f: to read, and
// to write secrets anew.
func (d *deployment) useKey(f function, service string, write bool) {
	if d.key == nil {
		return
	}
	actions := []string{"Decrypt"}
	if write {
		actions = append(actions, "GenerateDataKey")
	}
	s := statement("kms:", actions, *d.key.KeyArn())
	via := fmt.Sprintf("%s.%s.amazonaws.com", service, *awscdk.Aws_REGION())
	s.AddCondition(jsii.String("StringEquals"), map[string]any{"kms:ViaService": via})
	f.AddToRolePolicy(s)
}
