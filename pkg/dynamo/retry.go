package dynamo

import (
	"errors"
	"io"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

const (
	attempts  = 8
	baseDelay = 20 * time.Millisecond
	maxDelay  = time.Second
)

// retryer repeats calls that failed for a reason that passes, within their
// context. It is the only one that does: the SDK keeps a transaction's client
// request token over its attempts.
func retryer() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = attempts
		o.Backoff = retry.BackoffDelayerFunc(func(attempt int, _ error) (time.Duration, error) {
			return delay(attempt), nil
		})
		o.Retryables = append([]retry.IsErrorRetryable{retry.IsErrorRetryableFunc(passes)}, o.Retryables...)
	})
}

// delay is how long to wait after so many attempts: anything up to a bound that
// doubles each time, so that those who met once do not meet again.
func delay(attempt int) time.Duration {
	bound := min(maxDelay, baseDelay<<min(max(attempt-1, 0), 6))
	return rand.N(bound) //nolint:gosec // it spreads load and guards nothing
}

// passing are the reasons of a cancelled transaction that are gone a moment
// later. A condition that failed is none of them: it is the answer.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
var passing = map[string]bool{
	"None":                          true,
	"TransactionConflict":           true,
	"ThrottlingError":               true,
	"ProvisionedThroughputExceeded": true,
	"RequestLimitExceeded":          true,
}

// passes adds to what the SDK knows of faults that pass: answers that were cut
// short, and cancelled transactions.
func passes(err error) aws.Ternary {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return aws.TrueTernary
	}
	var cancelled *types.TransactionCanceledException
	if !errors.As(err, &cancelled) {
		return aws.UnknownTernary
	}
	for _, reason := range cancelled.CancellationReasons {
		if !passing[aws.ToString(reason.Code)] {
			return aws.FalseTernary
		}
	}
	return aws.TrueTernary
}
