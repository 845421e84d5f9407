package apigateway

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/private-integrations/private-integrations/pkg/gateway"
)

// throughJSON makes a handler that gets its events, and whose answers come, as
// the JSON that passes between AWS and a Lambda function.
func throughJSON[In, Out any](h func(context.Context, *In) (*Out, error)) func(context.Context, *In) (*Out, error) {
	invoke := invoker[Out](h)
	return func(ctx context.Context, event *In) (*Out, error) { return invoke(ctx, event) }
}

// askThroughJSON sends an authorizer the whole event, of which it reads a part.
func askThroughJSON(h func(context.Context, *gateway.AuthorizerRequest) (*gateway.AuthorizerResponse, error)) func(context.Context, *call) (*gateway.AuthorizerResponse, error) {
	invoke := invoker[gateway.AuthorizerResponse](h)
	return func(ctx context.Context, c *call) (*gateway.AuthorizerResponse, error) {
		return invoke(ctx, c.authorizerEvent())
	}
}

// invoker wraps a Lambda handler as Lambda's own runtime does.
func invoker[Out any](h any) func(ctx context.Context, event any) (*Out, error) {
	handler := lambda.NewHandler(h)
	return func(ctx context.Context, event any) (*Out, error) {
		payload, err := json.Marshal(event)
		if err != nil {
			return nil, fmt.Errorf("encode event: %w", err)
		}
		answer, err := handler.Invoke(ctx, payload)
		if err != nil {
			return nil, err
		}
		var out *Out
		if err := json.Unmarshal(answer, &out); err != nil {
			return nil, fmt.Errorf("decode answer: %w", err)
		}
		return out, nil
	}
}
