package main

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	targets "github.com/aws/aws-cdk-go/awscdk/v2/awseventstargets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	sources "github.com/aws/aws-cdk-go/awscdk/v2/awslambdaeventsources"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"github.com/private-integrations/private-integrations/pkg/event"
	"github.com/private-integrations/private-integrations/pkg/notice"
)

// news is the way of what happens, to programs and to people.
type news struct {
	bus         awsevents.EventBus
	undelivered awssqs.Queue // changes of the table that could not be dealt with
	notices     awssqs.Queue // events that people are to be told of
	untold      awssqs.Queue // those of them that could not be told
}

// newNews has the publisher follow the table's stream and put facts on the bus.
// Those that people are told of go on through a queue, so that they wait there
// while mail can't be sent, and keep nothing else waiting.
func (d *deployment) newNews(functions map[string]function, table awsdynamodb.Table, pages site) news {
	n := news{
		// The name has to be the only one of the region; the stack's is.
		bus: awsevents.NewEventBus(d.stack, jsii.String("Bus"), &awsevents.EventBusProps{
			EventBusName: d.stack.StackName(), Description: jsii.String("What happens to private integrations"),
		}),
		undelivered: d.newQueue("Undelivered", nil),
		untold:      d.newQueue("Untold", nil),
	}
	n.notices = d.newQueue("Notices", n.untold)
	d.follow(functions["publisher"], table, n)
	d.tell(functions["notifier"], n, pages)
	return n
}

// newQueue makes a queue, from which messages go to failed that could not be
// dealt with for some two hours; nil: people look after them.
func (d *deployment) newQueue(id string, failed awssqs.Queue) awssqs.Queue {
	props := &awssqs.QueueProps{
		Encryption:      awssqs.QueueEncryption_SQS_MANAGED,
		EnforceSSL:      jsii.Bool(true),
		RetentionPeriod: awscdk.Duration_Days(jsii.Number(14)),
		RemovalPolicy:   d.removal,
	}
	if failed != nil {
		// Six times what the function may take, as Lambda advises, and longer than a
		// claim of one that died holds (notice.ClaimAge).
		props.VisibilityTimeout = awscdk.Duration_Seconds(jsii.Number(6 * timeouts["notifier"]))
		props.DeadLetterQueue = &awssqs.DeadLetterQueue{Queue: failed, MaxReceiveCount: jsii.Number(20)}
	}
	return awssqs.NewQueue(d.stack, jsii.String(id), props)
}

// awaited are the changes for which somebody waits: new facts, and what dead
// tokens were used for. It is what table.Written's Awaited says.
var awaited = []map[string]any{
	changes(map[string]any{"prefix": "FACT#"}, "INSERT"),
	changes(map[string]any{"prefix": "REUSE#"}, "INSERT", "MODIFY"),
}

func changes(sort map[string]any, names ...string) map[string]any {
	return map[string]any{
		"eventName": names,
		"dynamodb":  map[string]any{"Keys": map[string]any{"SK": map[string]any{"S": []any{sort}}}},
	}
}

// follow has f deal with the changes of the table, from the oldest that the
// stream has.
func (d *deployment) follow(f function, table awsdynamodb.Table, n news) {
	stream := *table.TableStreamArn()
	read := statement("dynamodb:", []string{"DescribeStream", "GetRecords", "GetShardIterator"}, stream)
	list := statement("dynamodb:", []string{"ListStreams"}, *table.TableArn()+"/stream/*")
	f.AddToRolePolicy(read)
	f.AddToRolePolicy(list)
	f.AddToRolePolicy(statement("events:", []string{"PutEvents"}, *n.bus.EventBusArn()))
	f.AddEnvironment(jsii.String("BUS"), n.bus.EventBusName(), nil)
	filters := make([]*map[string]any, len(awaited))
	for i, a := range awaited {
		filters[i] = awslambda.FilterCriteria_Filter(&a)
	}
	source := awslambda.NewEventSourceMapping(d.stack, jsii.String("Changes"), &awslambda.EventSourceMappingProps{
		Target:                  f.Function,
		EventSourceArn:          table.TableStreamArn(),
		StartingPosition:        awslambda.StartingPosition_TRIM_HORIZON,
		BatchSize:               jsii.Number(100),
		Filters:                 &filters,
		BisectBatchOnError:      jsii.Bool(true),
		ReportBatchItemFailures: jsii.Bool(true),
		RetryAttempts:           jsii.Number(20),
		OnFailure:               sources.NewSqsDlq(n.undelivered),
	})
	source.Node().AddDependency(f.Role()) // setting it up reads the stream
}

// tell has f tell people of events.
func (d *deployment) tell(f function, n news, pages site) {
	types := make([]string, len(notice.Types()))
	for i, of := range notice.Types() {
		types[i] = string(of)
	}
	awsevents.NewRule(d.stack, jsii.String("ToPeople"), &awsevents.RuleProps{
		EventBus: n.bus,
		EventPattern: &awsevents.EventPattern{
			Source: jsii.Strings(event.Source), DetailType: jsii.Strings(types...),
			Account: &[]*string{d.stack.Account()},
		},
		Targets: &[]awsevents.IRuleTarget{targets.NewSqsQueue(n.notices, &targets.SqsQueueProps{DeadLetterQueue: n.untold})},
	})
	n.notices.GrantConsumeMessages(f.Function)
	awslambda.NewEventSourceMapping(d.stack, jsii.String("Events"), &awslambda.EventSourceMappingProps{
		Target:                  f.Function,
		EventSourceArn:          n.notices.QueueArn(),
		BatchSize:               jsii.Number(5),
		ReportBatchItemFailures: jsii.Bool(true),
		MaxConcurrency:          jsii.Number(2), // mail services take no more than so many a second
	}).Node().AddDependency(f.Role())
	f.AddEnvironment(jsii.String("CONSOLE_URL"), jsii.String(pages.url), nil)
	f.AddEnvironment(jsii.String("BRAND_NAME"), jsii.String(d.brandName), nil)
	if d.mailFrom != "" {
		f.AddEnvironment(jsii.String("MAIL_FROM"), jsii.String(d.mailFrom), nil)
		d.grantMail(f)
	}
}

// grantMail lets f send from the one address, whether that or its domain is what
// SES knows. SES asks for the configuration set as well, if the identity has one
// by default, whose name is nothing that the deployment knows.
func (d *deployment) grantMail(f function) {
	_, domain, _ := strings.Cut(d.mailFrom, "@")
	for _, of := range []struct{ resource, name string }{
		{"identity", d.mailFrom}, {"identity", domain}, {"configuration-set", "*"},
	} {
		s := statement("ses:", []string{"SendEmail"}, *d.stack.FormatArn(&awscdk.ArnComponents{
			Service: jsii.String("ses"), Resource: jsii.String(of.resource), ResourceName: jsii.String(of.name),
		}))
		s.AddCondition(jsii.String("StringEquals"), map[string]any{"ses:FromAddress": d.mailFrom})
		f.AddToRolePolicy(s)
	}
}
