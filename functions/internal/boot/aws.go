package boot

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// A call to AWS takes some milliseconds. One that takes this long hangs, and
// another attempt is worth more than waiting on.
const (
	connectTimeout = time.Second
	callTimeout    = 3 * time.Second
)

// AWS is made by hand of the variables that Lambda sets. The SDK's own loading
// also looks for profiles, containers and instances, which costs the authorizer
// 2 MB and 1.4 ms at each start.
func (e *Env) AWS() aws.Config {
	credentials := aws.Credentials{
		AccessKeyID:     e.Required("AWS_ACCESS_KEY_ID", "a part of the role's credentials, which Lambda sets"),
		SecretAccessKey: e.Required("AWS_SECRET_ACCESS_KEY", "a part of the role's credentials, which Lambda sets"),
		SessionToken:    e.getenv("AWS_SESSION_TOKEN"),
		Source:          "environment",
	}
	return aws.Config{
		Region: e.Required("AWS_REGION", "the region, which Lambda sets"),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return credentials, nil
		}),
		HTTPClient: inMemory{awshttp.NewBuildableClient().WithTimeout(callTimeout).
			WithDialerOptions(func(d *net.Dialer) { d.Timeout = connectTimeout })},
		ConfigSources: []any{endpoints(e.getenv)},
	}
}

// inMemory sends bodies that net/http knows to be in memory. It writes them
// together with the header, where the SDK's own go out by themselves; and the
// SDK closes its own as soon as the answer is there, which net/http, if it is
// still looking for their end, takes for a failed write: it drops the
// connection, and the next call pays for a handshake.
type inMemory struct{ aws.HTTPClient }

// Do sends a request. No AWS call that a function makes has a body of more than
// some megabytes, and the SDK holds them whole.
func (c inMemory) Do(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		return c.HTTPClient.Do(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if err := r.Body.Close(); err != nil {
		return nil, err
	}
	r.ContentLength = int64(len(body))
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	r.Body, _ = r.GetBody()
	return c.HTTPClient.Do(r)
}

// endpoints gives a service another address, as the SDK's own loading does: by
// AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL_SECRETS_MANAGER.
type endpoints func(name string) string

// GetServiceBaseEndpoint is called by the SDK, with the service's name as the
// SDK has it.
func (getenv endpoints) GetServiceBaseEndpoint(_ context.Context, service string) (string, bool, error) {
	url := getenv("AWS_ENDPOINT_URL_" + strings.ToUpper(strings.ReplaceAll(service, " ", "_")))
	return url, url != "", nil
}
