// Package secrets keeps keys in AWS Secrets Manager.
package secrets

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/private-integrations/private-integrations/pkg/keyring"
	"github.com/private-integrations/private-integrations/pkg/keyset"
)

// pause is how long at most to wait before another attempt: requests wait for
// the keys.
const pause = 100 * time.Millisecond

// Staging labels of versions.
//
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html
const (
	stageCurrent = "AWSCURRENT"
	stagePending = "AWSPENDING"
)

func newClient(cfg aws.Config) *secretsmanager.Client {
	return secretsmanager.NewFromConfig(cfg, func(o *secretsmanager.Options) {
		o.Retryer = retry.AddWithMaxBackoffDelay(retry.NewStandard(), pause)
	})
}

// Source is the current version of the secret of that id or ARN. It holds text,
// as the console and the command line write it.
func Source(cfg aws.Config, id string) keyring.Source {
	client := newClient(cfg)
	return func(ctx context.Context) ([]byte, error) {
		text, _, err := read(ctx, client, &secretsmanager.GetSecretValueInput{SecretId: aws.String(id)})
		return text, err
	}
}

// read reads one version of a secret and tells which.
func read(ctx context.Context, client *secretsmanager.Client, in *secretsmanager.GetSecretValueInput) (text []byte, version string, err error) {
	out, err := client.GetSecretValue(ctx, in)
	if err != nil {
		return nil, "", fmt.Errorf("read secret %s: %w", *in.SecretId, err)
	}
	if out.SecretString == nil {
		return nil, "", fmt.Errorf("read secret %s: it holds bytes, and has to hold text", *in.SecretId)
	}
	return []byte(*out.SecretString), aws.ToString(out.VersionId), nil
}

// readKeys reads one version of a secret as a set of keys.
func readKeys(ctx context.Context, client *secretsmanager.Client, in *secretsmanager.GetSecretValueInput) (keyset.Set, string, error) {
	text, version, err := read(ctx, client, in)
	if err != nil {
		return keyset.Set{}, "", err
	}
	keys, err := keyset.Parse(text)
	if err != nil {
		return keyset.Set{}, "", fmt.Errorf("read version %s of secret %s: %w", version, *in.SecretId, err)
	}
	return keys, version, nil
}

// staged finds the version that has a label; empty: none has.
func staged(versions map[string][]string, label string) string {
	for version, labels := range versions {
		if slices.Contains(labels, label) {
			return version
		}
	}
	return ""
}
