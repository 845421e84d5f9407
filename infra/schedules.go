package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambdadestinations"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsscheduler"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"
)

// newSchedules has the sweep run every minute and the reminder every hour: what it tells a day
// before a window ends should be told a day before. What
// could not be started, or failed each time, lands in the queue that is
// returned.
func (d *deployment) newSchedules(functions map[string]function) awssqs.Queue {
	failed := d.newQueue("FailedRuns", nil)
	role := awsiam.NewRole(d.stack, jsii.String("SchedulerRole"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("scheduler.amazonaws.com"), &awsiam.ServicePrincipalOpts{
			Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": d.stack.Account()}},
		}),
	})
	allow(role, "sqs:SendMessage", failed.QueueArn())
	d.newSchedule("Sweep", "rate(1 minute)", functions["sweeper"], role, failed)
	d.newSchedule("Remind", "rate(1 hour)", functions["reminder"], role, failed)
	return failed
}

// newSchedule starts f. A run that fails is repeated by Lambda; Scheduler
// repeats only what Lambda did not take.
func (d *deployment) newSchedule(id, when string, f function, role awsiam.Role, failed awssqs.Queue) {
	const retries, age = 2, 3600 // seconds
	allow(role, "lambda:InvokeFunction", f.FunctionArn())
	f.ConfigureAsyncInvoke(&awslambda.EventInvokeConfigOptions{
		RetryAttempts: jsii.Number(retries), MaxEventAge: awscdk.Duration_Seconds(jsii.Number(age)),
		OnFailure: awslambdadestinations.NewSqsDestination(failed),
	})
	awsscheduler.NewCfnSchedule(d.stack, jsii.String(id), &awsscheduler.CfnScheduleProps{
		ScheduleExpression: jsii.String(when),
		FlexibleTimeWindow: &awsscheduler.CfnSchedule_FlexibleTimeWindowProperty{Mode: jsii.String("OFF")},
		Target: &awsscheduler.CfnSchedule_TargetProperty{
			Arn:     f.FunctionArn(),
			RoleArn: role.RoleArn(),
			RetryPolicy: &awsscheduler.CfnSchedule_RetryPolicyProperty{
				MaximumRetryAttempts: jsii.Number(retries), MaximumEventAgeInSeconds: jsii.Number(age),
			},
			DeadLetterConfig: &awsscheduler.CfnSchedule_DeadLetterConfigProperty{Arn: failed.QueueArn()},
		},
	})
}

func allow(role awsiam.IRole, action string, resource *string) {
	role.AddToPrincipalPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions: jsii.Strings(action), Resources: &[]*string{resource},
	}))
}
