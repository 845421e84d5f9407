// Package strictjson reads the JSON bodies of requests so that no two readers
// could understand one differently: RFC 7493 (I-JSON) and no more than the
// fields that are asked for.
//
// It tells two kinds of fault apart. A body that is not such JSON gives a
// [*SyntaxError]; one that is, but does not fit what is asked for, gives an
// [*integration.Invalid] that names the field. Neither repeats what was sent,
// but for the name of an unknown field.
package strictjson

import (
	"errors"
	"mime"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// MaxBody is how many bytes a body may have. Who takes requests in checks it.
const MaxBody = 64 << 10

// MaxDepth is how deep objects and lists may lie in each other.
const MaxDepth = 32

// Decode reads body, one JSON object, into the struct that v points to. Names
// are compared with their letter case. Null is taken only by pointers and by
// [Optional], whole numbers only without fraction and exponent, instants only
// as RFC 3339 has them. What body leaves out stays as it was in v. What v holds
// is of use only if there is no error.
//
// Errors: [*SyntaxError] for anything wrong with the JSON, whatever else is
// wrong; then [*integration.Invalid] with the first field that does not fit.
func Decode(body []byte, v any) error {
	if err := checkSyntax(body); err != nil {
		return err
	}
	if err := json.Unmarshal(body, v, strict); err != nil {
		return invalid(err)
	}
	return nil
}

// strict holds what goes beyond the library's defaults, which refuse duplicate
// names and compare letter case already.
var strict = json.JoinOptions(
	json.RejectUnknownMembers(true),
	json.WithUnmarshalers(json.UnmarshalFromFunc(refuseNull)),
)

var errNull = errors.New("null")

// refuseNull stands before the reading of every value. The library would make
// null the zero value of any type.
func refuseNull(d *jsontext.Decoder, v any) error {
	if d.PeekKind() == 'n' && !takesNull(v) {
		return errNull
	}
	return errors.ErrUnsupported // go on as without this function
}

func takesNull(v any) bool {
	if _, optional := v.(interface{ takesNull() }); optional {
		return true
	}
	return reflect.TypeOf(v).Elem().Kind() == reflect.Pointer
}

// CheckContentType reports whether a Content-Type header declares JSON in
// UTF-8: application/json, with no other parameter than charset=utf-8.
func CheckContentType(header string) bool {
	mediaType, parameters, err := mime.ParseMediaType(header)
	if err != nil || mediaType != "application/json" {
		return false
	}
	for name, value := range parameters {
		if name != "charset" || !strings.EqualFold(value, "utf-8") {
			return false
		}
	}
	return true
}
