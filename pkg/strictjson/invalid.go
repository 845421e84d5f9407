package strictjson

import (
	"errors"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/private-integrations/private-integrations/pkg/integration"
)

// invalid words the library's error for clients. Its own text repeats input.
func invalid(err error) error {
	fault := (*json.SemanticError)(nil)
	if !errors.As(err, &fault) {
		return err
	}
	field, message := fieldPath(fault.JSONPointer), mustBe(fault.GoType)
	switch {
	case errors.Is(err, json.ErrUnknownName):
		field = member(fieldPath(fault.JSONPointer.Parent()), fault.JSONPointer.LastToken())
		message = "is not a known field"
	case errors.Is(err, errNull):
		message = "must not be null"
	}
	return &integration.Invalid{Fields: []integration.FieldError{{Field: field, Message: message}}}
}

// fieldPath writes a pointer as people write paths, such as "contact.tags[0]".
func fieldPath(pointer jsontext.Pointer) string {
	path := ""
	for token := range pointer.Tokens() {
		if _, err := strconv.ParseUint(token, 10, 32); err == nil {
			path += "[" + token + "]"
		} else {
			path = member(path, token)
		}
	}
	return path
}

// member is the path of the member name of the object at path.
func member(path, name string) string {
	if !Harmless(name) {
		name = "an unknown field"
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

// maxShown is how long an unknown name may be to be shown. Tokens are
// longer.
const maxShown = 40

// Harmless reports whether a name, which a client may have made up, can be
// shown.
func Harmless(name string) bool {
	return name != "" && len(name) <= maxShown &&
		!strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r > '~' })
}

var timeType = reflect.TypeFor[time.Time]()

// MustBeInstant says what an instant has to be, in a body as in a query.
const MustBeInstant = "must be an RFC 3339 date and time with a zone, such as 2027-01-31T12:00:00Z"

// mustBe says what a value of type t has to be in JSON.
func mustBe(t reflect.Type) string {
	switch {
	case t == nil:
		return "is not valid"
	case t == timeType:
		return MustBeInstant
	}
	switch t.Kind() {
	case reflect.String:
		return "must be a string"
	case reflect.Bool:
		return "must be true or false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "must be a whole number"
	case reflect.Slice:
		return "must be a list"
	case reflect.Struct, reflect.Map:
		return "must be an object"
	}
	return "is not valid"
}
