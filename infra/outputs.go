package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	gw "github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/jsii-runtime-go"
)

// newOutputs tells what a deployment is reached by; `make outputs` shows it.
func (d *deployment) newOutputs(table awsdynamodb.Table, public gw.RestApi, m management, pages site, users identity, n news) {
	d.output("TableName", "The DynamoDB table", table.TableName())
	if d.apiDomain == "" {
		d.output("ApiUrl", "API v2.0", public.Url())
	} else {
		d.output("ApiUrl", "API v2.0", jsii.String("https://"+d.apiDomain+"/"))
		d.output("ApiDomainTarget", "What the DNS record of "+d.apiDomain+" has to name", public.DomainName().DomainNameAliasDomainName())
	}
	if d.manageDomain == "" {
		d.output("ManagementUrl", "The management API", m.stage.Url())
	} else {
		d.output("ManagementUrl", "The management API", jsii.String("https://"+d.manageDomain+"/"))
		d.output("ManagementDomainTarget", "What the DNS record of "+d.manageDomain+" has to name", m.domain.RegionalDomainName())
	}
	d.output("BusName", "The event bus: what happens, for other programs", n.bus.EventBusName())
	d.output("ConsoleUrl", "The console, where people sign in", jsii.String(pages.url+"/"))
	if users.pool != nil {
		d.output("UserPoolId", "Who signs in", users.pool.UserPoolId())
		d.output("UserPoolClientId", "The audience of their tokens", users.client.UserPoolClientId())
	}
}

func (d *deployment) output(id, description string, value *string) {
	awscdk.NewCfnOutput(d.stack, jsii.String(id), &awscdk.CfnOutputProps{Description: jsii.String(description), Value: value})
}
