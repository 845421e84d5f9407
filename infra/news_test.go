package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/notice"
	"github.com/private-integrations/private-integrations/pkg/table"
)

// mailing is a deployment that sends e-mails.
var mailing = map[string]any{"stage": "prod", "mailFrom": "no-reply@mail.example.com", "brandName": "Acme"}

func mapping(t *testing.T, resources map[string]resource, id string) resource {
	t.Helper()
	all := ofType(resources, "AWS::Lambda::EventSourceMapping")
	n := slices.IndexFunc(all, func(r resource) bool { return r.id == id })
	if n < 0 {
		t.Fatalf("no mapping %s", id)
	}
	return all[n]
}

func TestPublisherFollowsTheStreamAndLeavesWhatFailsInAQueue(t *testing.T) {
	changes := mapping(t, synth(t, dev), "Changes")
	for _, c := range []struct {
		names []string
		want  any
	}{
		{[]string{"FunctionName"}, "publisherFunction"},
		{[]string{"EventSourceArn"}, "Table.StreamArn"},
		{[]string{"StartingPosition"}, "TRIM_HORIZON"},
		{[]string{"BisectBatchOnFunctionError"}, "true"},
		{[]string{"FunctionResponseTypes"}, "ReportBatchItemFailures"},
		{[]string{"MaximumRetryAttempts"}, "20"},
		{[]string{"DestinationConfig", "OnFailure", "Destination"}, "Undelivered.Arn"},
	} {
		if got := text(changes.property(c.names...)); got != c.want {
			t.Errorf("%s: %s, want %s", strings.Join(c.names, "."), got, c.want)
		}
	}
}

// passes says whether a filter of the stream lets a change pass, as far as the
// filters of this stack go.
func passes(t *testing.T, filter string, w table.Written) bool {
	t.Helper()
	var f struct {
		EventName []string `json:"eventName"`
		DynamoDB  struct {
			Keys struct {
				SK struct{ S []struct{ Prefix string } }
			}
		} `json:"dynamodb"`
	}
	if err := json.Unmarshal([]byte(filter), &f); err != nil {
		t.Fatal(err)
	}
	name := map[bool]string{true: "INSERT", false: "MODIFY"}[w.New]
	return slices.Contains(f.EventName, name) && strings.HasPrefix(w.Key.Sort, f.DynamoDB.Keys.SK.S[0].Prefix)
}

func TestStreamsFilterLetsPassWhatSomebodyWaitsFor(t *testing.T) {
	changes := mapping(t, synth(t, dev), "Changes")
	for _, key := range []table.Key{
		{Partition: "ACCOUNT#a", Sort: "FACT#i#000000000001"}, {Partition: "TEAM#a", Sort: "FACT#000000000001"},
		{Partition: "USAGE#t", Sort: "REUSE#2027-03-01"}, {Partition: "USAGE#t", Sort: "DAY#2027-03-01"}, {Partition: "USAGE#t", Sort: "LAST"},
		{Partition: "ACCOUNT#a", Sort: "INTEGRATION#i"}, {Partition: "TOKEN#t", Sort: "TOKEN"}, {Partition: "TEAM#a", Sort: "NOTICE#1#i.1"},
		{Partition: "DELIVERY#i.1", Sort: "MAIL#m"},
	} {
		for _, isNew := range []bool{true, false} {
			w := table.Written{Row: table.Row{Key: key}, New: isNew}
			passed := false
			for _, f := range list(changes.property("FilterCriteria", "Filters")) {
				passed = passed || passes(t, f.(map[string]any)["Pattern"].(string), w)
			}
			if passed != w.Awaited() {
				t.Errorf("%s, new %t: passes %t, awaited %t", key, isNew, passed, w.Awaited())
			}
		}
	}
}

func TestPeopleAreToldOfEventsByAQueueThatWaitsForTheMail(t *testing.T) {
	resources := synth(t, dev)
	rule := ofType(resources, "AWS::Events::Rule")[0]
	var types []string
	for _, of := range notice.Types() {
		types = append(types, string(of))
	}
	pattern := rule.property("EventPattern").(map[string]any)
	if text(rule.property("EventBusName")) != "Bus" || text(pattern["source"]) != "private-integrations" || text(pattern["detail-type"]) != strings.Join(types, ", ") {
		t.Errorf("%v", rule.Properties)
	}
	target := list(rule.property("Targets"))[0].(map[string]any)
	if text(target["Arn"]) != "Notices.Arn" || text(target["DeadLetterConfig"]) != "Arn (Untold.Arn)" {
		t.Errorf("%v", target)
	}
	events := mapping(t, resources, "Events")
	if text(events.property("EventSourceArn")) != "Notices.Arn" || text(events.property("FunctionName")) != "notifierFunction" ||
		text(events.property("FunctionResponseTypes")) != "ReportBatchItemFailures" {
		t.Errorf("%v", events.Properties)
	}
	for _, q := range ofType(resources, "AWS::SQS::Queue") {
		if q.id != "Notices" {
			continue
		}
		// A message must not come again while a function may still be at it, or a
		// claim of one that died holds.
		visible := q.property("VisibilityTimeout").(float64)
		if visible < 6*timeouts["notifier"] || visible < notice.ClaimAge.Seconds() || text(q.property("RedrivePolicy", "deadLetterTargetArn")) != "Untold.Arn" {
			t.Errorf("%v", q.Properties)
		}
	}
	if notice.ClaimAge.Seconds() <= timeouts["notifier"] {
		t.Error("a claim ends before the function that made it has to")
	}
}

// logsAndTraces are what every function may write.
func logsAndTraces(id string) []string {
	return []string{
		"Allow logs:CreateLogStream, logs:PutLogEvents on " + id + "Log.Arn",
		"Allow xray:PutTraceSegments, xray:PutTelemetryRecords on *",
	}
}

func TestPublisherMayReadTheStreamPutOnItsBusAndRecordUses(t *testing.T) {
	want := append(logsAndTraces("publisher"),
		"Allow "+reach[reads],
		"Allow "+reach[writes],
		"Allow dynamodb:GetItem, dynamodb:Query on Table.Arn if ForAllValues:StringLike (dynamodb:LeadingKeys (TEAM#*, USAGE#*))",
		"Allow dynamodb:DescribeStream, dynamodb:GetRecords, dynamodb:GetShardIterator on Table.StreamArn",
		"Allow dynamodb:ListStreams on Table.Arn/stream/*",
		"Allow events:PutEvents on Bus.Arn",
		"Allow sqs:SendMessage, sqs:GetQueueAttributes, sqs:GetQueueUrl on Undelivered.Arn",
	)
	if diff := cmp.Diff(want, policyOf(synth(t, dev), "publisherRole")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNotifierMayReadWhomToTellAndSendFromOneAddress(t *testing.T) {
	want := append(logsAndTraces("notifier"),
		"Allow dynamodb:GetItem on Table.Arn if ForAllValues:StringLike (dynamodb:LeadingKeys (ACCOUNT#*))",
		"Allow dynamodb:Query, dynamodb:PutItem on Table.Arn if ForAllValues:StringLike (dynamodb:LeadingKeys (TEAM#*))",
		"Allow dynamodb:GetItem, dynamodb:UpdateItem on Table.Arn if ForAllValues:StringLike (dynamodb:LeadingKeys (DELIVERY#*))",
		"Allow sqs:ReceiveMessage, sqs:ChangeMessageVisibility, sqs:GetQueueUrl, sqs:DeleteMessage, sqs:GetQueueAttributes on Notices.Arn",
	)
	if diff := cmp.Diff(want, policyOf(synth(t, dev), "notifierRole")); diff != "" {
		t.Errorf("without a sender (-want +got):\n%s", diff)
	}
	const identity = "arn:AWS::Partition:ses:AWS::Region:AWS::AccountId:identity/"
	const from = " if StringEquals (ses:FromAddress (no-reply@mail.example.com))"
	want = append(want,
		"Allow ses:SendEmail on "+identity+"no-reply@mail.example.com"+from,
		"Allow ses:SendEmail on "+identity+"mail.example.com"+from,
		"Allow ses:SendEmail on arn:AWS::Partition:ses:AWS::Region:AWS::AccountId:configuration-set/*"+from)
	resources := synth(t, mailing)
	if diff := cmp.Diff(want, policyOf(resources, "notifierRole")); diff != "" {
		t.Errorf("with one (-want +got):\n%s", diff)
	}
	for _, f := range ofType(resources, "AWS::Lambda::Function") {
		if got := f.property("Environment", "Variables", "MAIL_FROM"); (got != nil) != (f.id == "notifierFunction") {
			t.Errorf("%s is told %v", f.id, got)
		}
	}
}
