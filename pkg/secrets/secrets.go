// Package secrets reads keys from AWS Secrets Manager.
package secrets

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/private-integrations/private-integrations/pkg/keyring"
)

// pause is how long at most to wait before another attempt: requests wait for
// the keys.
const pause = 100 * time.Millisecond

// Source is the current version of the secret of that id or ARN. It holds text,
// as the console and the command line write it.
func Source(cfg aws.Config, id string) keyring.Source {
	client := secretsmanager.NewFromConfig(cfg, func(o *secretsmanager.Options) {
		o.Retryer = retry.AddWithMaxBackoffDelay(retry.NewStandard(), pause)
	})
	return func(ctx context.Context) ([]byte, error) {
		out, err := client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(id)})
		if err != nil {
			return nil, fmt.Errorf("read secret %s: %w", id, err)
		}
		if out.SecretString == nil {
			return nil, fmt.Errorf("read secret %s: it holds bytes, and has to hold text", id)
		}
		return []byte(*out.SecretString), nil
	}
}
