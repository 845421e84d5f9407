package apigateway

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
)

// maxPayload is how many bytes the body of a Lambda event or answer may have.
//
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const maxPayload = 6 << 20

// Lambda is an upstream behind a Lambda proxy integration. It gets the client's
// headers as they came, also `Authorization` and an `X-Account-Id` that the
// client made up, because the real integration has no way to take any out: it
// must believe requestContext.authorizer alone.
type Lambda func(context.Context, *events.APIGatewayProxyRequest) (*events.APIGatewayProxyResponse, error)

func (handler Lambda) serve(w http.ResponseWriter, c *call) {
	event := c.proxyEvent()
	event.RequestContext.Authorizer = map[string]any{"principalId": c.allowed.PrincipalID}
	for name, value := range c.allowed.Context.Values() {
		event.RequestContext.Authorizer[name] = value
	}
	event.Body, event.IsBase64Encoded = bodyText(c.body)
	if len(event.Body) > maxPayload {
		c.refuse(w, "REQUEST_TOO_LARGE")
		return
	}
	ctx, cancel := context.WithTimeout(c.r.Context(), c.integrationTimeout)
	defer cancel()
	response, err := handler.invoke(ctx, event)
	if err != nil {
		c.fail(w, err)
		return
	}
	body, err := proxyBody(response)
	if err != nil {
		c.fail(w, err)
		return
	}
	c.pass(w, response.StatusCode, proxyHeader(response), body)
}

// invoke makes an error of a panic, as Lambda does.
func (handler Lambda) invoke(ctx context.Context, event *events.APIGatewayProxyRequest) (response *events.APIGatewayProxyResponse, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return handler(ctx, event)
}

// proxyBody checks what API Gateway calls a malformed Lambda proxy response,
// and decodes the body.
func proxyBody(r *events.APIGatewayProxyResponse) ([]byte, error) {
	switch {
	case r == nil:
		return nil, errors.New("its answer is null")
	case r.StatusCode < 200 || r.StatusCode > 599:
		return nil, fmt.Errorf("its answer has the status %d", r.StatusCode)
	case len(r.Body) > maxPayload:
		return nil, errors.New("its answer is over 6 MB")
	case r.IsBase64Encoded:
		return base64.StdEncoding.DecodeString(r.Body)
	}
	return []byte(r.Body), nil
}

// proxyHeader merges both maps: a pair that stands in both counts once.
func proxyHeader(r *events.APIGatewayProxyResponse) http.Header {
	header := make(http.Header, len(r.Headers))
	for name, values := range r.MultiValueHeaders {
		for _, value := range values {
			header.Add(name, value)
		}
	}
	for name, value := range r.Headers {
		if !slices.Contains(header.Values(name), value) {
			header.Add(name, value)
		}
	}
	return header
}

// bodyText is a body as an event carries it. The real API does so for the media
// types that are set up as binary; here it is told by the bytes, so that none
// is lost.
func bodyText(b []byte) (text string, encoded bool) {
	if utf8.Valid(b) {
		return string(b), false
	}
	return base64.StdEncoding.EncodeToString(b), true
}
