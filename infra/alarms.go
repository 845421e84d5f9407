package main

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	gw "github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	cw "github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	actions "github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"
)

// alarm goes off when in `of` of the last `in` periods, mostly of a minute, the
// sum of metric was at or above one; docs/operations.md has a runbook under its
// id.
type alarm struct {
	id, says string
	metric   cw.IMetric
	of, in   float64
}

// newAlarms makes the alarms. A refused token is an error to Lambda, so the
// authorizer's own metric counts what it logs as faults.
func (d *deployment) newAlarms(functions map[string]function, table awsdynamodb.Table, public gw.RestApi, management management, failed awssqs.Queue) {
	authorizer := functions["authorizer"]
	sum := &cw.MetricOptions{Statistic: jsii.String("Sum"), Period: minutes(1)}
	for _, a := range []alarm{
		{"AuthorizerFaults", "Requests to API v2.0 could not be decided, and were answered 503", d.logged(authorizer, "AuthorizerFaults", "authorizer fault", 1), 3, 5},
		{"UsageNotWritten", "What tokens are used for is not written, and may be lost", d.logged(authorizer, "UsageNotWritten", "usage not written", 1), 3, 5},
		{"AuthorizerThrottles", "Lambda refuses to run the authorizer more often", authorizer.MetricThrottles(sum), 2, 5},
		{"ApiServerErrors", "API v2.0 answers 5xx: the authorizer or the upstream fails", public.MetricServerError(sum), 3, 5},
		{"ManagementServerErrors", "The management API answers 5xx", management.MetricServerError(sum), 3, 5},
		{"TableSystemErrors", "DynamoDB fails on its side", ofTable(table, "SystemErrors"), 3, 5},
		{"TableThrottles", "DynamoDB throttles reads or writes of the table", ofTable(table, "ThrottledRequests"), 3, 5},
		{"SweeperErrors", "The sweep fails", functions["sweeper"].MetricErrors(sum), 3, 5},
		{"FailedRuns", "A run of a schedule failed each time it was tried", failed.MetricApproximateNumberOfMessagesVisible(&cw.MetricOptions{
			Statistic: jsii.String("Maximum"), Period: minutes(1),
		}), 1, 1},
	} {
		d.newAlarm(a.id, &cw.AlarmProps{
			AlarmDescription: jsii.String(a.says), Metric: a.metric, Threshold: jsii.Number(1),
			ComparisonOperator: cw.ComparisonOperator_GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
			DatapointsToAlarm:  jsii.Number(a.of), EvaluationPeriods: jsii.Number(a.in),
			TreatMissingData: cw.TreatMissingData_NOT_BREACHING,
		})
	}
	for _, a := range []struct {
		id, function, says string
		within             awscdk.Duration
	}{
		{"SweeperStopped", "sweeper", "The sweep has not run for a quarter of an hour", minutes(15)},
		{"ReminderStopped", "reminder", "Nobody has been reminded of anything for three hours", minutes(180)},
	} {
		d.newAlarm(a.id, &cw.AlarmProps{
			AlarmDescription: jsii.String(a.says),
			Metric:           functions[a.function].MetricInvocations(&cw.MetricOptions{Statistic: jsii.String("Sum"), Period: a.within}),
			Threshold:        jsii.Number(1), EvaluationPeriods: jsii.Number(1),
			ComparisonOperator: cw.ComparisonOperator_LESS_THAN_THRESHOLD,
			TreatMissingData:   cw.TreatMissingData_BREACHING,
		})
	}
}

// newNewsAlarms makes those of what leaves the system. What was given up is one
// message in a queue; before that, time passes.
func (d *deployment) newNewsAlarms(functions map[string]function, n news) {
	maximum := &cw.MetricOptions{Statistic: jsii.String("Maximum"), Period: minutes(1)}
	for _, a := range []struct {
		alarm
		threshold float64
	}{
		{alarm{"PublisherErrors", "Changes of the table can't be published", functions["publisher"].MetricErrors(
			&cw.MetricOptions{Statistic: jsii.String("Sum"), Period: minutes(1)}), 3, 5}, 1},
		{alarm{"PublisherBehind", "Changes wait for more than ten minutes to be published", functions["publisher"].Metric(
			jsii.String("IteratorAge"), maximum), 3, 5}, 10 * 60 * 1000},
		{alarm{"Undelivered", "A change of the table could not be published, and was given up",
			n.undelivered.MetricApproximateNumberOfMessagesVisible(maximum), 1, 1}, 1},
		// What fails is tried every six minutes. Its age tells nothing: SQS leaves out
		// of it what was received more than three times.
		{alarm{"PeopleNotTold", "People could not be told of something for twenty minutes",
			d.logged(functions["notifier"], "PeopleNotTold", "people not told", 10), 2, 2}, 1},
		{alarm{"NoticesWait", "Something has waited for more than half an hour, and nobody has tried to tell it",
			n.notices.MetricApproximateAgeOfOldestMessage(maximum), 3, 5}, 30 * 60},
		{alarm{"Untold", "People could not be told of something, and nobody tries any more",
			n.untold.MetricApproximateNumberOfMessagesVisible(maximum), 1, 1}, 1},
	} {
		d.newAlarm(a.id, &cw.AlarmProps{
			AlarmDescription: jsii.String(a.says), Metric: a.metric, Threshold: jsii.Number(a.threshold),
			ComparisonOperator: cw.ComparisonOperator_GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
			DatapointsToAlarm:  jsii.Number(a.of), EvaluationPeriods: jsii.Number(a.in),
			TreatMissingData: cw.TreatMissingData_NOT_BREACHING,
		})
	}
}

func minutes(n float64) awscdk.Duration { return awscdk.Duration_Minutes(jsii.Number(n)) }

func (d *deployment) newAlarm(id string, props *cw.AlarmProps) {
	alarm := cw.NewAlarm(d.stack, jsii.String(id+"Alarm"), props)
	if d.topic != "" {
		topic := awssns.Topic_FromTopicArn(alarm, jsii.String("Topic"), jsii.String(d.topic))
		alarm.AddAlarmAction(actions.NewSnsAction(topic))
		alarm.AddOkAction(actions.NewSnsAction(topic))
	}
}

// operations are those of DynamoDB that the product lives by.
var operations = []string{"GetItem", "BatchGetItem", "Query", "TransactWriteItems", "UpdateItem", "PutItem"}

// ofTable adds up a metric of each operation in a minute. DynamoDB writes a
// metric only while there is something to count, and a sum lacks what one of its
// parts lacks, unless that is filled in.
func ofTable(table awsdynamodb.Table, name string) cw.IMetric {
	var parts []string
	using := map[string]cw.IMetric{}
	for _, o := range operations {
		id := strings.ToLower(o)
		parts = append(parts, "FILL("+id+", 0)")
		using[id] = table.Metric(jsii.String(name), &cw.MetricOptions{
			Statistic: jsii.String("Sum"), Period: minutes(1),
			DimensionsMap: &map[string]*string{"TableName": table.TableName(), "Operation": jsii.String(o)},
		})
	}
	return cw.NewMathExpression(&cw.MathExpressionProps{
		Expression: jsii.String(strings.Join(parts, " + ")), UsingMetrics: &using, Period: minutes(1),
	})
}

// logged counts the lines that a function logs with a message, in so many
// minutes.
func (d *deployment) logged(f function, name, message string, within float64) cw.IMetric {
	return awslogs.NewMetricFilter(d.stack, jsii.String(name), &awslogs.MetricFilterProps{
		LogGroup:        f.log,
		FilterPattern:   awslogs.FilterPattern_StringValue(jsii.String("$.msg"), jsii.String("="), jsii.String(message)),
		MetricNamespace: d.stack.StackName(),
		MetricName:      jsii.String(name),
	}).Metric(&cw.MetricOptions{Statistic: jsii.String("Sum"), Period: minutes(within)})
}
