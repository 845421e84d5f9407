package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// deployment is one stage, and what its parts have in common.
type deployment struct {
	stack awscdk.Stack
	settings
	key     awskms.IKey // nil: keys of AWS
	removal awscdk.RemovalPolicy
}

// newStack makes all of a stage. Nothing has a fixed name, so that any number
// of stages fit into one account, and a new deployment never meets what is left
// of an old one.
func newStack(app awscdk.App, s settings) awscdk.Stack {
	d := newDeployment(app, s)
	table := d.newTable()
	keys := d.newSecrets()
	functions := d.newFunctions(table, keys)
	d.grant(functions, table, keys)
	d.rotate(keys.pepper, functions["rotate-pepper"])
	public := d.newPublicAPI(functions)
	users := d.newUsers()
	management := d.newManagementAPI(functions, users)
	pages := d.newConsole(functions["console"], management, public, users)
	schedules := d.newSchedules(functions)
	news := d.newNews(functions, table, pages)
	d.newAlarms(functions, table, public, management, schedules)
	d.newNewsAlarms(functions, news)
	d.newOutputs(table, public, management, pages, users, news)
	return d.stack
}

func newDeployment(app awscdk.App, s settings) *deployment {
	d := &deployment{settings: s, removal: awscdk.RemovalPolicy_DESTROY}
	if s.kept {
		d.removal = awscdk.RemovalPolicy_RETAIN
	}
	d.stack = awscdk.NewStack(app, jsii.String("private-integrations-"+s.stage), &awscdk.StackProps{
		Description:           jsii.String("Private integrations: scoped API tokens and the gateway that checks them"),
		TerminationProtection: jsii.Bool(s.kept),
	})
	// The CDK says of each function that it comes after its role, which follows
	// from its naming the role as well.
	d.stack.TemplateOptions().SetMetadata(&map[string]any{
		"cfn-lint": map[string]any{"config": map[string]any{"ignore_checks": []string{"W3005"}}},
	})
	if s.key != "" {
		d.key = awskms.Key_FromKeyArn(d.stack, jsii.String("Key"), jsii.String(s.key))
	}
	return d
}

// newLog makes a log group.
func (d *deployment) newLog(scope constructs.Construct, id string) awslogs.LogGroup {
	retention := awslogs.RetentionDays_ONE_WEEK
	if d.kept {
		retention = awslogs.RetentionDays_SIX_MONTHS
	}
	return awslogs.NewLogGroup(scope, jsii.String(id), &awslogs.LogGroupProps{
		Retention: retention, RemovalPolicy: d.removal,
	})
}
