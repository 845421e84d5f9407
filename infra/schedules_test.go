package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSchedulesRunAsPromisedAndTellOfFailures(t *testing.T) {
	want := map[string]string{
		"Sweep":  "rate(1 minute) sweeperFunction.Arn",
		"Remind": "rate(1 hour) reminderFunction.Arn",
	}
	got := map[string]string{}
	for _, s := range ofType(synth(t, dev), "AWS::Scheduler::Schedule") {
		got[s.id] = s.property("ScheduleExpression").(string) + " " + text(s.property("Target", "Arn"))
		if s.property("Target", "RetryPolicy", "MaximumRetryAttempts") != 2.0 || text(s.property("Target", "DeadLetterConfig", "Arn")) != "FailedRuns.Arn" {
			t.Errorf("%s: %v", s.id, s.Properties)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	failures := map[string]string{}
	for _, c := range ofType(synth(t, dev), "AWS::Lambda::EventInvokeConfig") {
		failures[text(c.property("FunctionName"))] = text(c.property("DestinationConfig", "OnFailure", "Destination"))
	}
	if diff := cmp.Diff(map[string]string{"sweeperFunction": "FailedRuns.Arn", "reminderFunction": "FailedRuns.Arn"}, failures); diff != "" {
		t.Errorf("failed runs (-want +got):\n%s", diff)
	}
}

func TestEveryQueueHasADeadLetterQueueOrIsOneAndHasAnAlarm(t *testing.T) {
	resources := synth(t, prod)
	dead := map[string]bool{} // queues that others leave dead letters in
	for _, r := range resources {
		for _, names := range [][]string{
			{"Target", "DeadLetterConfig", "Arn"}, {"DestinationConfig", "OnFailure", "Destination"}, {"RedrivePolicy", "deadLetterTargetArn"},
		} {
			dead[strings.TrimSuffix(text(r.property(names...)), ".Arn")] = true
		}
	}
	alarmed := map[string]bool{}
	for _, a := range ofType(resources, "AWS::CloudWatch::Alarm") {
		for _, d := range list(a.property("Dimensions")) {
			if d, ok := d.(map[string]any); ok && d["Name"] == "QueueName" {
				alarmed[strings.TrimSuffix(text(d["Value"]), ".QueueName")] = true
			}
		}
	}
	queues := ofType(resources, "AWS::SQS::Queue")
	if len(queues) == 0 {
		t.Fatal("no queue")
	}
	for _, q := range queues {
		if q.property("RedrivePolicy") == nil && !dead[q.id] {
			t.Errorf("%s has no dead-letter queue and is none", q.id)
		}
		if !alarmed[q.id] {
			t.Errorf("%s has no alarm", q.id)
		}
	}
}

func TestAlarmsAreThoseOfTheRunbookAndReachTheTopic(t *testing.T) {
	want := []string{
		"ApiServerErrorsAlarm", "AuthorizerFaultsAlarm", "AuthorizerThrottlesAlarm", "FailedRunsAlarm", "ManagementServerErrorsAlarm",
		"NoticesWaitAlarm", "PeopleNotToldAlarm", "PublisherBehindAlarm", "PublisherErrorsAlarm", "ReminderStoppedAlarm",
		"SweeperErrorsAlarm", "SweeperStoppedAlarm", "TableSystemErrorsAlarm", "TableThrottlesAlarm", "UndeliveredAlarm", "UntoldAlarm", "UsageNotWrittenAlarm",
	}
	var got []string
	for _, a := range ofType(synth(t, full), "AWS::CloudWatch::Alarm") {
		got = append(got, a.id)
		if text(a.property("AlarmActions")) != full["alarmTopic"] {
			t.Errorf("%s tells %v", a.id, a.property("AlarmActions"))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A sum of metrics of which one says nothing says nothing.
func TestAlarmsOfTheTableCountWhatAnyOperationTells(t *testing.T) {
	metrics := map[string]string{"TableSystemErrorsAlarm": "SystemErrors", "TableThrottlesAlarm": "ThrottledRequests"}
	seen := 0
	for _, a := range ofType(synth(t, dev), "AWS::CloudWatch::Alarm") {
		if metrics[a.id] == "" {
			continue
		}
		var expression string
		var told []string
		for _, m := range list(a.property("Metrics")) {
			m, _ := m.(map[string]any)
			if e, sums := m["Expression"].(string); sums {
				expression = e
				continue
			}
			told = append(told, "FILL("+m["Id"].(string)+", 0)")
			metric := resource{Properties: m}.property("MetricStat", "Metric", "MetricName")
			if metric != metrics[a.id] {
				t.Errorf("%s counts %v", a.id, metric)
			}
		}
		slices.Sort(told)
		if got := slices.Sorted(slices.Values(strings.Split(expression, " + "))); !slices.Equal(got, told) {
			t.Errorf("%s is %s of %v", a.id, expression, told)
		}
		seen += len(told)
	}
	if seen != 2*len(operations) {
		t.Errorf("%d metrics", seen)
	}
}

func TestAlarmsOfStagesDoNotMix(t *testing.T) {
	seen := map[string]string{}
	for stage, context := range map[string]map[string]any{"dev": dev, "prod": prod} {
		for _, a := range ofType(synth(t, context), "AWS::CloudWatch::Alarm") {
			for _, d := range list(a.property("Dimensions")) {
				dimension, _ := d.(map[string]any)
				if name, literal := dimension["Value"].(string); literal && dimension["Name"] == "ApiName" {
					if other := seen[name]; other != "" {
						t.Errorf("%s and %s have both an API %s", stage, other, name)
					}
					seen[name] = stage
				}
			}
		}
	}
	if len(seen) != 2 {
		t.Errorf("%v", seen)
	}
}

func TestFaultsAreCountedFromWhatTheAuthorizerLogs(t *testing.T) {
	filter := ofType(synth(t, dev), "AWS::Logs::MetricFilter")[0]
	if got := filter.property("FilterPattern"); got != `{ $.msg = "authorizer fault" }` || text(filter.property("LogGroupName")) != "authorizerLog" {
		t.Errorf("%v", filter.Properties)
	}
}
