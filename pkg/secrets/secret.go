package secrets

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/private-integrations/private-integrations/pkg/keyset"
	"github.com/private-integrations/private-integrations/pkg/rekey"
)

// Secret is a secret whose keys can be replaced.
type Secret struct {
	client *secretsmanager.Client
	id     *string
}

// Open opens the secret of that id or ARN.
func Open(cfg aws.Config, id string) *Secret { return &Secret{newClient(cfg), aws.String(id)} }

// Read gives the current version.
func (s *Secret) Read(ctx context.Context) (rekey.Stored, error) {
	keys, version, err := readKeys(ctx, s.client, &secretsmanager.GetSecretValueInput{SecretId: s.id})
	if err != nil {
		return rekey.Stored{}, err
	}
	// This may tell of a change since: the safe side.
	about, err := s.describe(ctx)
	if err != nil {
		return rekey.Stored{}, err
	}
	return rekey.Stored{Keys: keys, Revision: version, ChangedAt: aws.ToTime(about.LastChangedDate)}, nil
}

func (s *Secret) describe(ctx context.Context) (*secretsmanager.DescribeSecretOutput, error) {
	about, err := s.client.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: s.id})
	if err != nil {
		return nil, fmt.Errorf("describe secret %s: %w", *s.id, err)
	}
	return about, nil
}

// stageReplacement is the label of a version that is to become the current one.
// The service's own, AWSPENDING, belongs to the rotation function.
const stageReplacement = "REPLACEMENT"

// Swap puts after in a version of its own and moves AWSCURRENT there from the
// version that was read, which keeps the keys of before under AWSPREVIOUS until
// the next change. While a rotation is under way, which would bring them back,
// nothing is done.
func (s *Secret) Swap(ctx context.Context, before rekey.Stored, after keyset.Set) error {
	about, err := s.describe(ctx)
	if err != nil {
		return err
	}
	if pending := staged(about.VersionIdsToStages, stagePending); pending != "" {
		return fmt.Errorf("secret %s has a rotation under way, AWSPENDING on version %s: %w", *s.id, pending, rekey.ErrChanged)
	}
	put, err := s.client.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{
		SecretId: s.id, SecretString: aws.String(string(after.Encode())), VersionStages: []string{stageReplacement},
	})
	if err != nil {
		return fmt.Errorf("write secret %s: %w", *s.id, err)
	}
	err = s.moveCurrent(ctx, before.Revision, *put.VersionId)
	// It has no meaning any more, and only keeps an old version from being removed.
	_, _ = s.client.UpdateSecretVersionStage(ctx, &secretsmanager.UpdateSecretVersionStageInput{
		SecretId: s.id, VersionStage: aws.String(stageReplacement), RemoveFromVersionId: put.VersionId,
	})
	return err
}

// moveCurrent makes a version the current one if another still is.
func (s *Secret) moveCurrent(ctx context.Context, from, to string) error {
	_, err := s.client.UpdateSecretVersionStage(ctx, &secretsmanager.UpdateSecretVersionStageInput{
		SecretId: s.id, VersionStage: aws.String(stageCurrent), MoveToVersionId: aws.String(to), RemoveFromVersionId: aws.String(from),
	})
	if err == nil {
		return nil
	}
	about, describeErr := s.describe(ctx)
	if describeErr != nil {
		return fmt.Errorf("move AWSCURRENT of secret %s: %w", *s.id, err)
	}
	switch staged(about.VersionIdsToStages, stageCurrent) {
	case to: // the answer to the first of several attempts was lost
		return nil
	case from:
		return fmt.Errorf("move AWSCURRENT of secret %s: %w", *s.id, err)
	}
	return fmt.Errorf("move AWSCURRENT of secret %s: %w", *s.id, rekey.ErrChanged)
}
