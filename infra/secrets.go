package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/jsii-runtime-go"
)

// secrets are the three sets of keys. They are apart so that handlers that sign
// cursors never hold a pepper, and can't make a session.
type secrets struct {
	pepper, signing, sealing awssecretsmanager.Secret
}

func (d *deployment) newSecrets() secrets {
	return secrets{
		pepper:  d.newKeys("Pepper", "Keys of the token MACs: without them no token verifies"),
		signing: d.newKeys("Signing", "Keys that authenticate cursors"),
		sealing: d.newKeys("Sealing", "Keys that seal the console's sessions: a new one signs everybody out"),
	}
}

// newKeys makes a set of one key in its first form, {"initial": "…"}. Secrets
// Manager draws it, so that nobody else has seen it: 64 letters and digits hold
// 381 bits.
func (d *deployment) newKeys(id, description string) awssecretsmanager.Secret {
	return awssecretsmanager.NewSecret(d.stack, jsii.String(id), &awssecretsmanager.SecretProps{
		Description:   jsii.String(description),
		EncryptionKey: d.key,
		RemovalPolicy: d.removal,
		GenerateSecretString: &awssecretsmanager.SecretStringGenerator{
			SecretStringTemplate: jsii.String("{}"),
			GenerateStringKey:    jsii.String("initial"),
			PasswordLength:       jsii.Number(64),
			ExcludePunctuation:   jsii.Bool(true),
		},
	})
}

// rotatedAfter is how many days new tokens are made with one pepper. Older ones
// are kept, until an operator retires them.
const rotatedAfter = 365

// rotate has Secrets Manager call f to add a pepper. Not while the stack is
// made: that one is as good as new.
func (d *deployment) rotate(pepper awssecretsmanager.Secret, f function) {
	allowed := awslambda.NewCfnPermission(d.stack, jsii.String("PepperRotationPermission"), &awslambda.CfnPermissionProps{
		Action:        jsii.String("lambda:InvokeFunction"),
		FunctionName:  f.FunctionArn(),
		Principal:     jsii.String("secretsmanager.amazonaws.com"),
		SourceAccount: d.stack.Account(),
		SourceArn:     pepper.SecretArn(),
	})
	rotation := awssecretsmanager.NewCfnRotationSchedule(d.stack, jsii.String("PepperRotation"), &awssecretsmanager.CfnRotationScheduleProps{
		SecretId:                  pepper.SecretArn(),
		RotationLambdaArn:         f.FunctionArn(),
		RotateImmediatelyOnUpdate: jsii.Bool(false),
		RotationRules: &awssecretsmanager.CfnRotationSchedule_RotationRulesProperty{
			AutomaticallyAfterDays: jsii.Number(rotatedAfter),
		},
	})
	rotation.AddDependency(allowed)
	rotation.Node().AddDependency(f.Role()) // setting it up tries it
}
