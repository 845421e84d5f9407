package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"mime"

	"github.com/private-integrations/private-integrations/pkg/catalog"
	"github.com/private-integrations/private-integrations/pkg/cursor"
	"github.com/private-integrations/private-integrations/pkg/gateway"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/strictjson"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// Keys gives the key that authenticates cursors.
type Keys interface {
	Current(ctx context.Context) (version int, key cursor.Key, err error)
}

// API is what the handlers work with.
type API struct {
	Service *manage.Service
	Catalog *catalog.Catalog
	Cursors Keys
	Format  token.Format
	// Claim is the name of the JWT claim that says who may manage what: values
	// "account:<id>:admin" or "account:<id>:staff".
	Claim string
	Log   *slog.Logger
}

// DefaultClaim is that of a Cognito user pool's groups.
const DefaultClaim = "cognito:groups"

// call is one request on its way through an operation.
type call struct {
	*gateway.Request
	operation Operation
	caller    manage.Caller
}

// answer is implemented by answers that have headers of their own.
type answer interface {
	header(c *call) map[string]string
}

// exported is implemented by answers that can be wanted as something other than
// JSON; no content type says that they are not.
type exported interface {
	export() (contentType string, body []byte)
}

// serve is what all operations have in common: who asks, what the body is, how
// an error is told and how an answer is written.
func serve[In, Out any](a *API, o Operation, run func(*API, context.Context, *call, In) (Out, error)) gateway.Handler {
	return func(ctx context.Context, r *gateway.Request) *gateway.Response {
		c := &call{Request: r, operation: o}
		out, err := func() (out Out, err error) {
			if c.caller, err = a.callerOf(r); err != nil {
				return out, err
			}
			if err := c.checkQuery(); err != nil {
				return out, err
			}
			var in In
			if err := c.decode(&in); err != nil {
				return out, err
			}
			return run(a, ctx, c, in)
		}()
		if err != nil {
			return a.refuse(ctx, c, err)
		}
		return c.success(out)
	}
}

// decode reads the body into in. An operation whose body has no required field
// takes an absent one as empty.
func (c *call) decode(in any) error {
	if c.operation.Input == nil {
		return nil
	}
	if len(c.Body) == 0 {
		if optional, ok := in.(interface{ optional() }); ok {
			optional.optional()
			return nil
		}
	}
	if len(c.Body) > strictjson.MaxBody {
		return errBodyTooLarge
	}
	if !strictjson.CheckContentType(c.Header["content-type"]) {
		return errMediaType
	}
	return strictjson.Decode(c.Body, in)
}

// success writes out. Nothing of this API is for caches: it holds tokens, or
// what was true a moment ago.
func (c *call) success(out any) *gateway.Response {
	r := &gateway.Response{Status: c.operation.Status, Header: map[string]string{"Cache-Control": "no-store"}}
	if a, ok := out.(answer); ok {
		for name, value := range a.header(c) {
			r.Header[name] = value
		}
	}
	if c.operation.Output == nil {
		return r
	}
	if e, ok := out.(exported); ok {
		if contentType, body := e.export(); contentType != "" {
			r.Header["Content-Type"], r.Body = contentType, body
			return r
		}
	}
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(out); err != nil {
		panic(err) // only structs of strings, numbers and lists
	}
	r.Header["Content-Type"] = mime.FormatMediaType("application/json", nil)
	r.Body = body.Bytes()
	return r
}

// target is the integration that the path names, in the versions that If-Match
// allows.
func (c *call) target() (manage.Target, error) {
	versions, err := c.versions()
	return manage.Target{Account: c.Params["accountId"], ID: c.Params["integrationId"], Versions: versions}, err
}

// versions are those that If-Match allows; nil for any.
func (c *call) versions() ([]int64, error) {
	value, sent := c.Header["if-match"]
	if !sent || !c.operation.Conditional {
		return nil, nil
	}
	return versionsOf(value)
}

// once is what makes a repeated request have one effect. The body counts as it
// was understood, so that spaces and the order of fields don't matter.
func (c *call) once(in any) (manage.Idempotency, error) {
	key, sent := c.Header["idempotency-key"]
	if !sent {
		return manage.Idempotency{}, nil
	}
	if !validKey(key) {
		invalid := &integration.Invalid{}
		invalid.Add("Idempotency-Key", "must have 1 to 255 printable ASCII characters")
		return manage.Idempotency{}, invalid
	}
	body, err := json.Marshal(in)
	if err != nil {
		return manage.Idempotency{}, errors.New("fingerprint of a body")
	}
	sum := sha256.Sum256(append([]byte(c.Params["integrationId"]+" "), body...))
	return manage.Idempotency{Key: key, Fingerprint: hex.EncodeToString(sum[:])}, nil
}

func validKey(key string) bool {
	for i := range len(key) {
		if key[i] < ' ' || key[i] > '~' {
			return false
		}
	}
	return len(key) > 0 && len(key) <= 255
}
