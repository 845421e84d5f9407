package lambda

import (
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"
)

// invocation is one event on its way to the function and back.
type invocation struct {
	id       string
	event    []byte
	deadline time.Time
	answered chan answer // takes one without waiting
}

type answer struct {
	result []byte
	err    error
}

func newInvocation(event []byte, deadline time.Time) *invocation {
	return &invocation{rand.Text(), event, deadline, make(chan answer, 1)}
}

// runtimeAPI serves the Runtime API and, of the Extensions API, what the Go
// library uses.
//
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
func (f *Function) runtimeAPI() http.Handler {
	mux := http.NewServeMux()
	const invocations = "/2018-06-01/runtime/invocation/"
	mux.HandleFunc("GET "+invocations+"next", f.serveNext)
	mux.HandleFunc("POST "+invocations+"{id}/response", func(w http.ResponseWriter, r *http.Request) {
		f.take(w, r, func(body []byte) answer { return answer{result: body} })
	})
	mux.HandleFunc("POST "+invocations+"{id}/error", func(w http.ResponseWriter, r *http.Request) {
		f.take(w, r, func(body []byte) answer { return answer{err: readError(body)} })
	})
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", f.takeInitError)
	mux.HandleFunc("POST /2020-01-01/extension/register", f.register)
	mux.HandleFunc("GET /2020-01-01/extension/event/next", func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done() // no event is sent
	})
	return mux
}

// serveNext ends the start of the function, and hands it an invocation as soon
// as there is one.
func (f *Function) serveNext(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	if f.init == 0 {
		f.init = time.Since(f.started)
		close(f.ready)
	}
	f.mu.Unlock()
	select {
	case in := <-f.next:
		f.mu.Lock()
		f.current = in
		f.mu.Unlock()
		header := w.Header()
		header.Set("Lambda-Runtime-Aws-Request-Id", in.id)
		header.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(in.deadline.UnixMilli(), 10))
		header.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:123456789012:function:local")
		header.Set("Lambda-Runtime-Trace-Id", "Root=1-00000000-000000000000000000000000;Sampled=0")
		header.Set("Content-Type", "application/json")
		_, _ = w.Write(in.event) // whom it does not reach has ended
	case <-r.Context().Done():
	}
}

// take ends the invocation that the function is at.
func (f *Function) take(w http.ResponseWriter, r *http.Request, read func(body []byte) answer) {
	body, err := io.ReadAll(r.Body)
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil || f.current == nil || f.current.id != r.PathValue("id") {
		refuse(w, http.StatusBadRequest, "InvalidRequestID")
		return
	}
	f.current.answered <- read(body)
	f.current = nil
	accept(w)
}

// takeInitError notes why the function can't start. It then ends by itself.
func (f *Function) takeInitError(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		refuse(w, http.StatusBadRequest, "InvalidRequest")
		return
	}
	f.mu.Lock()
	f.initError = readError(body)
	f.mu.Unlock()
	accept(w)
}

func readError(body []byte) *Error {
	e := &Error{}
	if json.Unmarshal(body, e) != nil {
		return &Error{"Unreadable", string(body)}
	}
	return e
}

// register takes an extension in.
func (f *Function) register(w http.ResponseWriter, _ *http.Request) {
	f.mu.Lock()
	f.extensions++
	f.mu.Unlock()
	w.Header().Set("Lambda-Extension-Identifier", rand.Text())
	_, _ = io.WriteString(w, `{"functionName":"local","functionVersion":"$LATEST","handler":"bootstrap"}`)
}

func accept(w http.ResponseWriter) {
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, `{"status":"OK"}`)
}

func refuse(w http.ResponseWriter, status int, kind string) {
	w.WriteHeader(status)
	_, _ = io.WriteString(w, `{"errorType":"`+kind+`","errorMessage":"`+kind+`"}`)
}
