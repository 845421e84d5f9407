package strictjson

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// SyntaxError says where and why a body is not the JSON that is read here.
type SyntaxError struct {
	Offset int64  // how many bytes of the body come before the fault
	Reason string // for clients; holds nothing of the body
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("invalid JSON at byte offset %d: %s", e.Offset, e.Reason)
}

// checkSyntax reads body once to its end, so that a fault in the JSON is found
// before any field is looked at.
func checkSyntax(body []byte) error {
	d := jsontext.NewDecoder(bytes.NewBuffer(body))
	if kind := d.PeekKind(); kind != '{' && kind != jsontext.KindInvalid {
		return &SyntaxError{0, "the body must be an object"}
	}
	for {
		if _, err := d.ReadToken(); err != nil {
			return syntaxError(body, err)
		}
		switch depth := d.StackDepth(); {
		case depth > MaxDepth:
			return &SyntaxError{d.InputOffset(), "objects and lists lie too deep in each other"}
		case depth == 0:
			return checkEnd(d)
		}
	}
}

// checkEnd looks for what follows the object.
func checkEnd(d *jsontext.Decoder) error {
	offset := d.InputOffset()
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return &SyntaxError{offset, "something follows the object"}
	}
	return nil
}

func syntaxError(body []byte, err error) error {
	fault := (*jsontext.SyntacticError)(nil)
	if !errors.As(err, &fault) {
		return &SyntaxError{0, "the body is empty"}
	}
	e := &SyntaxError{fault.ByteOffset, "this is not JSON"}
	switch rest := body[min(int(e.Offset), len(body)):]; {
	case errors.Is(err, jsontext.ErrDuplicateName):
		e.Reason = "a name stands twice in one object"
	case errors.Is(err, io.ErrUnexpectedEOF):
		e.Reason = "the body ends too early"
	case len(rest) > 0 && rest[0] >= 0x80:
		e.Reason = "this is not JSON in UTF-8"
	case bytes.HasPrefix(rest, []byte(`\`)):
		e.Reason = "an escape stands for no character"
	}
	return e
}
