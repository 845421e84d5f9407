// Package problem is what clients are told when something goes wrong: problem
// details (RFC 9457) with a stable code. The table of all of them stands here
// once; docs/errors.md and the gateway's own answers are made from it.
package problem

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// ContentType is the media type of a problem.
const ContentType = "application/problem+json"

// Documentation is the page that the type of every problem points into.
const Documentation = "https://github.com/private-integrations/private-integrations/blob/main/docs/errors.md"

// Code names a kind of problem. Codes are stable; clients may compare them.
type Code string

// Problem is the body of an answer that says what went wrong.
type Problem struct {
	Type      string  `json:"type"`
	Title     string  `json:"title"`
	Status    int     `json:"status"`
	Code      Code    `json:"code"`
	Detail    string  `json:"detail"`
	Errors    []Field `json:"errors,omitempty"`
	RequestID string  `json:"requestId,omitempty"`
}

// Field is one fault in what was sent.
type Field struct {
	Field   string `json:"field" doc:"Where it is: a path into the body, a query parameter or a header."`
	Message string `json:"message" doc:"What is wrong, and what is right."`
}

// New makes the problem of code as the table has it.
func New(code Code) Problem {
	for _, k := range Table {
		if k.Code == code {
			return Problem{
				Type: Documentation + "#" + string(code), Title: k.Title, Status: k.Status,
				Code: code, Detail: k.Detail,
			}
		}
	}
	panic("problem: no such code: " + strconv.Quote(string(code)))
}

// With gives the problem a detail of its own.
func (p Problem) With(detail string) Problem {
	p.Detail = detail
	return p
}

// JSON is the body. It is for people too: "<" stays as it is.
func (p Problem) JSON() []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(p); err != nil {
		panic(err) // only strings and numbers
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
