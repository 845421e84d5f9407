package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/jsii-runtime-go"
)

// identity is who says who signs in.
type identity struct {
	issuer, audience *string
	pool             awscognito.UserPool // nil: an issuer of the deployment's own
	client           awscognito.UserPoolClient
}

// newUsers makes a user pool, unless the deployment brings its own issuer. Users
// are invited; what they may manage is said by the groups they are in.
func (d *deployment) newUsers() identity {
	if d.issuer != "" {
		return identity{issuer: jsii.String(d.issuer), audience: jsii.String(d.audience)}
	}
	pool := awscognito.NewUserPool(d.stack, jsii.String("Users"), &awscognito.UserPoolProps{
		SelfSignUpEnabled: jsii.Bool(false),
		SignInAliases:     &awscognito.SignInAliases{Email: jsii.Bool(true)},
		AccountRecovery:   awscognito.AccountRecovery_EMAIL_ONLY,
		Mfa:               awscognito.Mfa_OPTIONAL,
		MfaSecondFactor:   &awscognito.MfaSecondFactor{Otp: jsii.Bool(true), Sms: jsii.Bool(false)},
		PasswordPolicy: &awscognito.PasswordPolicy{
			MinLength:            jsii.Number(14),
			RequireDigits:        jsii.Bool(true),
			RequireLowercase:     jsii.Bool(true),
			RequireUppercase:     jsii.Bool(true),
			RequireSymbols:       jsii.Bool(true),
			TempPasswordValidity: awscdk.Duration_Days(jsii.Number(3)),
		},
		DeletionProtection: jsii.Bool(d.kept),
		RemovalPolicy:      d.removal,
	})
	client := pool.AddClient(jsii.String("Client"), &awscognito.UserPoolClientOptions{
		// The second is for scripts that hold credentials of the AWS account.
		AuthFlows:                  &awscognito.AuthFlow{UserSrp: jsii.Bool(true), AdminUserPassword: jsii.Bool(true)},
		DisableOAuth:               jsii.Bool(true),
		PreventUserExistenceErrors: jsii.Bool(true),
		AccessTokenValidity:        awscdk.Duration_Hours(jsii.Number(1)),
		IdTokenValidity:            awscdk.Duration_Hours(jsii.Number(1)),
		RefreshTokenValidity:       awscdk.Duration_Days(jsii.Number(1)),
	})
	return identity{pool.UserPoolProviderUrl(), client.UserPoolClientId(), pool, client}
}
