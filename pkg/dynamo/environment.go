package dynamo

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Environment makes a configuration of the variables that `aws configure
// export-credentials --format env` gives, and of AWS_REGION, for programs that a
// person starts. AWS_ENDPOINT_URL_DYNAMODB names another address.
func Environment(getenv func(string) string) (aws.Config, error) {
	for _, name := range []string{"AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} {
		if getenv(name) == "" {
			return aws.Config{}, fmt.Errorf("%s is not set: sign in to AWS first, and run eval \"$(aws configure export-credentials --format env)\"", name)
		}
	}
	credentials := aws.Credentials{
		AccessKeyID: getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: getenv("AWS_SECRET_ACCESS_KEY"),
		SessionToken: getenv("AWS_SESSION_TOKEN"), Source: "environment",
	}
	config := aws.Config{
		Region: getenv("AWS_REGION"),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return credentials, nil
		}),
	}
	if url := getenv("AWS_ENDPOINT_URL_DYNAMODB"); url != "" {
		config.BaseEndpoint = aws.String(url)
	}
	return config, nil
}
