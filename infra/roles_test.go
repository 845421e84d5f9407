package main

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/api"
)

func TestAuthorizerMayReadOneTokenMarkItsUseAndNothingElse(t *testing.T) {
	want := []string{
		"Allow logs:CreateLogStream, logs:PutLogEvents on authorizerLog.Arn",
		"Allow xray:PutTraceSegments, xray:PutTelemetryRecords on *",
		"Allow dynamodb:GetItem on Table.Arn if ForAllValues:StringLike (dynamodb:LeadingKeys (TOKEN#*))",
		"Allow dynamodb:UpdateItem on Table.Arn if ForAllValues:StringEquals (dynamodb:Attributes (PK, SK, firstUsedAt))" +
			" and ForAllValues:StringLike (dynamodb:LeadingKeys (TOKEN#*))",
		"Allow dynamodb:BatchGetItem, dynamodb:UpdateItem on Table.Arn if ForAllValues:StringLike (dynamodb:LeadingKeys (USAGE#*))",
		"Allow secretsmanager:GetSecretValue on Pepper",
	}
	if diff := cmp.Diff(want, policyOf(synth(t, prod), "authorizerRole")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	const key = "arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f"
	want = slices.Insert(want, 5, "Allow kms:Decrypt on "+key+" if StringEquals (kms:ViaService (dynamodb.AWS::Region.amazonaws.com))")
	want = append(want, "Allow kms:Decrypt on "+key+" if StringEquals (kms:ViaService (secretsmanager.AWS::Region.amazonaws.com))")
	if diff := cmp.Diff(want, policyOf(synth(t, full), "authorizerRole")); diff != "" {
		t.Errorf("with a key of the deployment's own (-want +got):\n%s", diff)
	}
}

// reach is what roles may do to the table and the secrets, by need.
var reach = map[need]string{
	reads:    "dynamodb:GetItem, dynamodb:BatchGetItem, dynamodb:Query on Table.Arn if ForAllValues:StringLike (dynamodb:LeadingKeys (ACCOUNT#*, TOKEN#*, USAGE#*))",
	writes:   "dynamodb:PutItem, dynamodb:UpdateItem on Table.Arn if ForAllValues:StringLike (dynamodb:LeadingKeys (ACCOUNT#*, TOKEN#*))",
	teams:    "dynamodb:GetItem, dynamodb:BatchGetItem, dynamodb:Query, dynamodb:PutItem, dynamodb:UpdateItem on Table.Arn if ForAllValues:StringLike (dynamodb:LeadingKeys (TEAM#*))",
	finds:    "dynamodb:Query on Table.Arn/index/due",
	audits:   "dynamodb:Query on Table.Arn/index/timeline",
	contacts: "dynamodb:GetItem, dynamodb:Query, dynamodb:PutItem, dynamodb:DeleteItem on Table.Arn if ForAllValues:StringLike (dynamodb:LeadingKeys (CONTACTS#*))",
	scans:    "dynamodb:Scan on Table.Arn",
	peppers:  "secretsmanager:GetSecretValue on Pepper",
	rotates:  "secretsmanager:DescribeSecret, secretsmanager:GetSecretValue, secretsmanager:PutSecretValue, secretsmanager:UpdateSecretVersionStage on Pepper",
	signs:    "secretsmanager:GetSecretValue on Signing",
	seals:    "secretsmanager:GetSecretValue on Sealing",
}

func TestFunctionsMayDoWhatTheyNeedAndNothingElse(t *testing.T) {
	resources := synth(t, dev)
	for folder, n := range needs {
		if folder == "authorizer" || n&(publishes|notifies) != 0 {
			continue // these have tests of their own
		}
		id := strings.ReplaceAll(path.Base(folder), "-", "")
		want := []string{
			"Allow logs:CreateLogStream, logs:PutLogEvents on " + id + "Log.Arn",
			"Allow xray:PutTraceSegments, xray:PutTelemetryRecords on *",
		}
		for _, one := range []need{reads, writes, teams, finds, audits, contacts, scans, peppers, rotates, signs, seals} {
			if n&one != 0 {
				want = append(want, "Allow "+reach[one])
			}
		}
		if n&finds != 0 {
			want = append(want, "Allow sqs:SendMessage, sqs:GetQueueAttributes, sqs:GetQueueUrl on FailedRuns.Arn")
		}
		if diff := cmp.Diff(want, policyOf(resources, id+"Role")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", folder, diff)
		}
	}
}

func TestWhoMayOnlyReadWritesNoIntegrationAndNoToken(t *testing.T) {
	resources := synth(t, dev)
	for folder, n := range needs {
		if n&(reads|teams) == 0 || n&writes != 0 {
			continue
		}
		id := strings.ReplaceAll(path.Base(folder), "-", "")
		for _, line := range policyOf(resources, id+"Role") {
			writing := strings.Contains(line, "PutItem") || strings.Contains(line, "UpdateItem") || strings.Contains(line, "DeleteItem")
			if writing && (!strings.HasSuffix(line, "(dynamodb:LeadingKeys (TEAM#*))") || strings.Contains(line, "DeleteItem")) {
				t.Errorf("%s: %s", folder, line)
			}
		}
	}
}

func TestEveryOperationOnAnAccountReachesItsTeam(t *testing.T) {
	for _, o := range api.Operations {
		if n := needs[managing+o.ID]; (n&teams != 0) != strings.Contains(o.Path, "{accountId}") {
			t.Errorf("%s: %t", o.ID, n&teams != 0)
		}
	}
}

// wildcards are the statements that name no single resource, and why.
var wildcards = map[string]string{
	"Allow xray:PutTraceSegments, xray:PutTelemetryRecords on *": "X-Ray has no resources to name",
	"Allow dynamodb:ListStreams on Table.Arn/stream/*":           "the list is one of a table's streams",

	"Allow ses:SendEmail on arn:AWS::Partition:ses:AWS::Region:AWS::AccountId:configuration-set/*": "it is the identity's own, and the condition names the sender",
}

func TestWildcardsAreThoseNamed(t *testing.T) {
	used := map[string]bool{}
	for _, context := range []map[string]any{dev, full, mailing} {
		resources := synth(t, context)
		for _, role := range ofType(resources, "AWS::IAM::Role") {
			for _, line := range policyOf(resources, role.id) {
				what, _, _ := strings.Cut(line, " if ")
				used[what] = true
				if strings.Contains(what, "*") && wildcards[what] == "" {
					t.Errorf("%s: %s", role.id, what)
				}
			}
		}
	}
	for line := range wildcards {
		if !used[line] {
			t.Errorf("nobody needs %s", line)
		}
	}
}

// managed are the policies of AWS's that roles take, and why.
var managed = map[string]string{
	"ApiCloudWatchRole": "lets API Gateway write access logs: a setting of the whole account, for which AWS made this policy",
}

func TestRolesAreOfOneFunctionAndTakeNoPolicyOfOthers(t *testing.T) {
	resources := synth(t, dev)
	for _, role := range ofType(resources, "AWS::IAM::Role") {
		if role.property("ManagedPolicyArns") != nil && managed[role.id] == "" {
			t.Errorf("%s takes %s", role.id, text(role.property("ManagedPolicyArns")))
		}
	}
	owner := map[string]string{}
	for _, f := range ofType(resources, "AWS::Lambda::Function") {
		role := text(f.property("Role"))
		if owner[role] != "" {
			t.Errorf("%s and %s share %s", f.id, owner[role], role)
		}
		owner[role] = f.id
	}
}

// source reads the main.go of a function.
func source(t *testing.T, folder string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../functions", folder, "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestEveryFunctionOfTheTreeIsDeployed(t *testing.T) {
	var folders []string
	for _, pattern := range []string{"*/main.go", managing + "*/main.go"} {
		files, err := filepath.Glob("../functions/" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			folder, _ := filepath.Rel("../functions", filepath.Dir(file))
			folders = append(folders, folder)
		}
	}
	slices.Sort(folders)
	var deployed []string
	for _, f := range ofType(synth(t, dev), "AWS::Lambda::Function") {
		folder, _, _ := strings.Cut(strings.TrimPrefix(f.property("Description").(string), "functions/"), " ")
		deployed = append(deployed, folder)
	}
	slices.Sort(deployed)
	if diff := cmp.Diff(folders, deployed); diff != "" {
		t.Errorf("(-tree +deployed):\n%s", diff)
	}
}

func TestFunctionsAreToldOfWhatTheyAskForAlone(t *testing.T) {
	resources := synth(t, dev)
	for folder := range needs {
		var f resource
		for _, f = range ofType(resources, "AWS::Lambda::Function") {
			if strings.HasPrefix(f.property("Description").(string), "functions/"+folder+" ") {
				break
			}
		}
		asks := source(t, folder)
		for variable, parts := range map[string][]string{
			"TABLE":          {"env.Store()", "env.Backend()", "env.Scheduled(", "management.API(", "delivery."},
			"PEPPER_SECRET":  {"env.Peppers()", "env.PepperSecret()", "env.PepperRotation()"},
			"SIGNING_SECRET": {"env.Cursors()"},
			"SEALING_SECRET": {"env.Sealing()"},
			"CONSOLE_URL":    {"pages.Config(", "delivery.Events("},
			"BUS":            {"delivery.Changes("},
		} {
			want := slices.ContainsFunc(parts, func(part string) bool { return bytes.Contains(asks, []byte(part)) })
			if got := f.property("Environment", "Variables", variable) != nil; got != want {
				t.Errorf("%s is told %s: %t, asks for it: %t", folder, variable, got, want)
			}
		}
	}
}

func TestFunctionsAreAllOfOneMake(t *testing.T) {
	for _, f := range ofType(synth(t, prod), "AWS::Lambda::Function") {
		got := fmt.Sprint(f.property("Runtime"), f.property("Architectures"), f.property("Handler"), f.property("MemorySize"),
			f.property("TracingConfig", "Mode"))
		if want := "provided.al2023[arm64]bootstrap 256Active"; strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(want, " ", "") {
			t.Errorf("%s: %s", f.id, got)
		}
		if f.property("LoggingConfig", "LogGroup") == nil {
			t.Errorf("%s has no log group of its own", f.id)
		}
	}
}
