package dynamo

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing/iotest"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// A fault is one way in which a call goes wrong: it answers req, which next
// would send on.
type fault struct {
	name string
	do   func(req *http.Request, next aws.HTTPClient) (*http.Response, error)
}

var (
	throttle  = refuse("a throttle", 400, "ThrottlingException")
	exceeded  = refuse("throughput exceeded", 400, "ProvisionedThroughputExceededException")
	limit     = refuse("the request limit", 400, "RequestLimitExceeded")
	broken    = refuse("a 500", 500, "InternalServerError")
	timeout   = fault{"a timeout", fail(timedOut{})}
	reset     = fault{"a reset", fail(&net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET})}
	replyLost = fault{"a lost reply", func(req *http.Request, next aws.HTTPClient) (*http.Response, error) {
		if _, err := sent(req, next); err != nil {
			return nil, err
		}
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	}}
	replyCut = fault{"a reply cut short", func(req *http.Request, next aws.HTTPClient) (*http.Response, error) {
		r, err := sent(req, next)
		if err == nil {
			r.Body = io.NopCloser(io.MultiReader(strings.NewReader("{"), iotest.ErrReader(io.ErrUnexpectedEOF)))
		}
		return r, err
	}}
	// Only real DynamoDB cancels transactions that overlap.
	conflict = fault{"a transaction conflict", func(req *http.Request, next aws.HTTPClient) (*http.Response, error) {
		if operation(req) != "TransactWriteItems" {
			return next.Do(req)
		}
		var in struct{ TransactItems []any }
		if err := json.Unmarshal(bodyOf(req), &in); err != nil {
			return nil, err
		}
		reasons := make([]string, len(in.TransactItems))
		for n := range reasons {
			reasons[n] = "None"
		}
		reasons[0] = "TransactionConflict"
		return cancellation(req, reasons...), nil
	}}

	everyFault = []fault{throttle, exceeded, limit, broken, timeout, reset, replyLost, replyCut, conflict}
)

// injector makes calls go wrong, the one of a number or all from it on.
type injector struct {
	fault fault
	at    int // counted from 0; beyond the last: none
	onAll bool

	mu    sync.Mutex
	calls int
}

func (i *injector) Do(req *http.Request) (*http.Response, error) {
	i.mu.Lock()
	hit := i.calls == i.at || i.onAll && i.calls > i.at
	i.calls++
	i.mu.Unlock()
	if hit {
		return i.fault.do(req, http.DefaultClient)
	}
	return http.DefaultClient.Do(req)
}

func operation(req *http.Request) string {
	_, name, _ := strings.Cut(req.Header.Get("X-Amz-Target"), ".")
	return name
}

// bodyOf reads the body of req and leaves it to be read again.
func bodyOf(req *http.Request) []byte {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		panic(err) // it is in memory
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	return body
}

// sent sends req on and reads the whole answer.
func sent(req *http.Request, next aws.HTTPClient) (*http.Response, error) {
	r, err := next.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Body.Close() }()
	_, err = io.Copy(io.Discard, r.Body)
	return r, err
}

type timedOut struct{}

func (timedOut) Error() string   { return "i/o timeout" }
func (timedOut) Timeout() bool   { return true }
func (timedOut) Temporary() bool { return true }

func fail(err error) func(*http.Request, aws.HTTPClient) (*http.Response, error) {
	return func(*http.Request, aws.HTTPClient) (*http.Response, error) { return nil, err }
}

func refuse(name string, status int, code string) fault {
	return fault{name, func(req *http.Request, _ aws.HTTPClient) (*http.Response, error) {
		return answer(req, status, map[string]any{"__type": exception(code), "message": "injected"}), nil
	}}
}

func exception(code string) string { return "com.amazonaws.dynamodb.v20120810#" + code }

// cancellation is how DynamoDB answers a transaction that it cancelled, with
// the reason of each item.
func cancellation(req *http.Request, codes ...string) *http.Response {
	reasons := make([]map[string]string, len(codes))
	for n, code := range codes {
		reasons[n] = map[string]string{"Code": code}
	}
	return answer(req, 400, map[string]any{
		"__type": exception("TransactionCanceledException"), "Message": "injected", "CancellationReasons": reasons,
	})
}

func answer(req *http.Request, status int, body any) *http.Response {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // made in this file
	}
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:  http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
		Body:    io.NopCloser(bytes.NewReader(text)),
		Request: req, ContentLength: int64(len(text)),
	}
}
