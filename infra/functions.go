package main

import (
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// need is what a function reaches.
type need uint

const (
	verifies  need = 1 << iota // one token, marks its first use and counts all
	reads                      // integrations, tokens, facts and usage
	writes                     // the same, but for usage
	teams                      // accounts' settings, people and denials: reads and writes
	finds                      // what comes due
	audits                     // what happened in an account, in order
	publishes                  // what was written, and what dead tokens were used for
	notifies                   // people, and notes whom
	contacts                   // of the sample API: reads and writes
	peppers                    // keys of the token MACs
	signs                      // with the keys of cursors
	seals                      // with the keys of sessions
	rotates                    // the peppers: reads and changes them
	scans                      // the whole table

	stored = verifies | reads | writes | teams | finds | audits | publishes | notifies | contacts | scans
)

// needs has every function, by its folder. What it does not name, a function
// can't reach: the grants and the environment follow from it. Whoever asks for
// something in an account becomes known there and may be denied it, so every
// operation on one writes its team.
var needs = map[string]need{
	"authorizer":    verifies | peppers,
	"introspect":    0,
	"describe":      0,
	"contacts":      contacts,
	"console":       reads | writes | teams | audits | peppers | seals,
	"sweeper":       finds | reads | writes,
	"reminder":      finds | reads | writes | teams,
	"publisher":     publishes | reads | writes,
	"notifier":      notifies,
	"rotate-pepper": rotates,
	"retire-pepper": rotates | scans,

	"manage/list-scopes":        0,
	"manage/list-integrations":  reads | teams | signs,
	"manage/create-integration": reads | writes | teams | peppers,
	"manage/get-integration":    reads | teams,
	"manage/edit-integration":   reads | writes | teams,
	"manage/delete-integration": reads | writes | teams,
	"manage/rotate-token":       reads | writes | teams | peppers,
	"manage/get-rotation":       reads | teams,
	"manage/get-usage":          reads | teams,
	"manage/get-advice":         reads | teams,
	"manage/move-rotation":      reads | writes | teams,
	"manage/cancel-rotation":    reads | writes | teams,
	"manage/complete-rotation":  reads | writes | teams,
	"manage/expire-tokens":      reads | writes | teams,
	"manage/clear-expiry":       reads | writes | teams,
	"manage/list-events":        reads | teams | signs,
	"manage/list-audit":         audits | reads | teams | signs,
	"manage/lookup-token":       reads | teams | peppers,
	"manage/list-notifications": teams | signs,
	"manage/list-members":       teams,
	"manage/set-permission":     teams,
	"manage/get-settings":       teams,
	"manage/set-settings":       teams,
}

const managing = "manage/"

// timeouts are those of functions that don't answer a person: a sweep ends
// before the next begins.
var timeouts = map[string]float64{"authorizer": 10, "sweeper": 55, "reminder": 900, "retire-pepper": 900, "publisher": 60, "notifier": 60}

const answerTimeout = 20 // seconds, below what the gateways wait

// function is a Lambda function with its log and its role, which at first may
// do nothing but write that log and traces.
type function struct {
	awslambda.Function
	log awslogs.LogGroup
}

// newFunctions makes all functions, by folder.
func (d *deployment) newFunctions(table awsdynamodb.Table, keys secrets) map[string]function {
	functions := map[string]function{}
	for _, folder := range slices.Sorted(maps.Keys(needs)) {
		if folder == "contacts" && d.upstream != "" {
			continue
		}
		functions[folder] = d.newFunction(folder, d.environment(folder, table, keys))
	}
	return functions
}

// environment is what boot.Env reads.
func (d *deployment) environment(folder string, table awsdynamodb.Table, keys secrets) map[string]*string {
	env := map[string]*string{}
	if needs[folder]&stored != 0 {
		env["TABLE"] = table.TableName()
	}
	if needs[folder]&(peppers|rotates) != 0 {
		env["PEPPER_SECRET"] = keys.pepper.SecretArn()
	}
	if needs[folder]&signs != 0 {
		env["SIGNING_SECRET"] = keys.signing.SecretArn()
	}
	if needs[folder]&seals != 0 {
		env["SEALING_SECRET"] = keys.sealing.SecretArn()
	}
	manages := strings.HasPrefix(folder, managing) || folder == "console"
	if manages || folder == "authorizer" || folder == "publisher" {
		env["TOKEN_PREFIX"] = jsii.String(d.prefix)
	}
	if manages {
		env["MEMBERSHIP_CLAIM"] = jsii.String(d.claim)
		env["MAX_INTEGRATIONS"] = jsii.String(strconv.Itoa(d.maxIntegrations))
	}
	return env
}

func (d *deployment) newFunction(folder string, env map[string]*string) function {
	name := path.Base(folder)
	scope := constructs.NewConstruct(d.stack, jsii.String(name))
	log := d.newLog(scope, "Log")
	role := awsiam.NewRole(scope, jsii.String("Role"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil),
	})
	log.GrantWrite(role)
	timeout, found := timeouts[folder]
	if !found {
		timeout = answerTimeout
	}
	zip := filepath.Join(d.dist, name+".zip")
	made := awslambda.NewFunction(scope, jsii.String("Function"), &awslambda.FunctionProps{
		Description:   jsii.String(fmt.Sprintf("functions/%s of stage %s", folder, d.stage)),
		Code:          awslambda.Code_FromAsset(jsii.String(zip), nil),
		Runtime:       awslambda.Runtime_PROVIDED_AL2023(),
		Architecture:  awslambda.Architecture_ARM_64(),
		Handler:       jsii.String("bootstrap"),
		MemorySize:    jsii.Number(256), // costs what 128 does, and halves a cold call
		Timeout:       awscdk.Duration_Seconds(jsii.Number(timeout)),
		Environment:   &env,
		Role:          role,
		LogGroup:      log,
		LoggingFormat: awslambda.LoggingFormat_TEXT, // the functions write JSON themselves
		Tracing:       awslambda.Tracing_ACTIVE,
	})
	return function{made, log}
}
