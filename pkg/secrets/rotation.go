package secrets

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/private-integrations/private-integrations/pkg/keyset"
	"github.com/private-integrations/private-integrations/pkg/rekey"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// PepperRotation is the rotation function of the secret that holds the peppers.
// Secrets Manager calls it for each step of a rotation, and again for a step
// that failed; a step that was done already is no error.
//
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
type PepperRotation struct{ client *secretsmanager.Client }

// NewPepperRotation makes it. Which secret is rotated is said by each event.
func NewPepperRotation(cfg aws.Config) *PepperRotation { return &PepperRotation{newClient(cfg)} }

// Handle does the step that the event names.
func (r *PepperRotation) Handle(ctx context.Context, e events.SecretsManagerSecretRotationEvent) error {
	s := step{e, &Secret{r.client, aws.String(e.SecretID)}}
	if err := s.do(ctx); err != nil {
		return fmt.Errorf("%s of version %s: %w", e.Step, e.ClientRequestToken, err)
	}
	return nil
}

// step is one call of the rotation function. The version that the rotation
// makes has the id ClientRequestToken.
type step struct {
	events.SecretsManagerSecretRotationEvent
	*Secret
}

func (s step) do(ctx context.Context) error {
	about, err := s.describe(ctx)
	if err != nil {
		return err
	}
	labels := about.VersionIdsToStages[s.ClientRequestToken]
	switch pending := slices.Contains(labels, stagePending); {
	case slices.Contains(labels, stageCurrent) && pending:
		return s.endPending(ctx)
	case slices.Contains(labels, stageCurrent):
		return nil
	case !pending:
		return errors.New("AWSPENDING is not on this version: begin a rotation with RotateSecret")
	}
	switch s.Step {
	case "createSecret":
		return s.create(ctx)
	case "setSecret":
		return nil // nothing else has to know a pepper
	case "testSecret":
		return s.test(ctx)
	case "finishSecret":
		return s.finish(ctx)
	}
	return errors.New("there is no such step")
}

// create puts the current keys and a new one as the pending version.
func (s step) create(ctx context.Context) error {
	current, _, err := s.current(ctx)
	if err != nil {
		return err
	}
	missing := new(types.ResourceNotFoundException)
	if _, err := s.pending(ctx); !errors.As(err, &missing) {
		return err // nil: it was created before
	}
	put := &secretsmanager.PutSecretValueInput{
		SecretId: s.id, ClientRequestToken: aws.String(s.ClientRequestToken), VersionStages: []string{stagePending},
		SecretString: aws.String(string(rekey.Next(current).Encode())),
	}
	if s.RotationToken != "" {
		put.RotationToken = aws.String(s.RotationToken)
	}
	_, err = s.client.PutSecretValue(ctx, put)
	if other := new(types.ResourceExistsException); errors.As(err, &other) {
		return nil // the same step, called twice at once
	}
	return err
}

func (s step) current(ctx context.Context) (keyset.Set, string, error) {
	return readKeys(ctx, s.client, &secretsmanager.GetSecretValueInput{SecretId: s.id, VersionStage: aws.String(stageCurrent)})
}

func (s step) pending(ctx context.Context) (keyset.Set, error) {
	keys, _, err := readKeys(ctx, s.client, &secretsmanager.GetSecretValueInput{
		SecretId: s.id, VersionId: aws.String(s.ClientRequestToken), VersionStage: aws.String(stagePending),
	})
	return keys, err
}

// errAstray is a pending version that would undo a change made meanwhile.
var errAstray = errors.New("the pending version is not the current one and a new key: take AWSPENDING from it, and rotate anew")

// test holds the pending keys to the current ones. Where a rotation is set up
// and not begun, Secrets Manager tests a pending version that is a copy.
func (s step) test(ctx context.Context) error {
	current, _, err := s.current(ctx)
	if err != nil {
		return err
	}
	pending, err := s.pending(ctx)
	if err != nil {
		return err
	}
	if !pending.Follows(current) && !pending.Equal(current) {
		return errAstray
	}
	return tryPeppers(pending)
}

// tryPeppers makes the MAC of one token under every pepper: no two may agree.
func tryPeppers(keys keyset.Set) error {
	format, err := token.NewFormat(token.DefaultPrefix)
	if err != nil {
		return err
	}
	sample := format.Mint(token.Entropy{})
	versions := map[token.MAC]int{}
	for _, version := range keys.Versions() {
		pepper, err := token.NewPepper(keys.Key(version))
		if err != nil {
			return fmt.Errorf("key version %d: %w", version, err)
		}
		mac := pepper.MAC(sample)
		if twin, found := versions[mac]; found {
			return fmt.Errorf("key versions %d and %d are the same", twin, version)
		}
		versions[mac] = version
	}
	return nil
}

// finish makes the pending version the current one, if it still follows it.
func (s step) finish(ctx context.Context) error {
	current, version, err := s.current(ctx)
	if err != nil {
		return err
	}
	pending, err := s.pending(ctx)
	if err != nil {
		return err
	}
	if !pending.Follows(current) {
		return errAstray
	}
	if err := s.moveCurrent(ctx, version, s.ClientRequestToken); err != nil {
		return err
	}
	return s.endPending(ctx)
}

// endPending takes the label away: the next rotation begins only where it is on
// no version, or on the current one.
func (s step) endPending(ctx context.Context) error {
	_, err := s.client.UpdateSecretVersionStage(ctx, &secretsmanager.UpdateSecretVersionStageInput{
		SecretId: s.id, VersionStage: aws.String(stagePending), RemoveFromVersionId: aws.String(s.ClientRequestToken),
	})
	return err
}
