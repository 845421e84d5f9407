package strictjson_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/problem"
	"github.com/private-integrations/private-integrations/pkg/strictjson"
)

// body has a member of every type that bodies of this product have.
type body struct {
	Name    string                         `json:"name"`
	Hours   int                            `json:"hours"`
	Small   uint8                          `json:"small"`
	Force   bool                           `json:"force"`
	At      time.Time                      `json:"at"`
	Tags    []string                       `json:"tags"`
	Maybe   *string                        `json:"maybe"`
	Contact contact                        `json:"contact"`
	List    []contact                      `json:"list"`
	Strings strictjson.Optional[[]string]  `json:"strings"`
	Instant strictjson.Optional[time.Time] `json:"instant"`
	Inner   strictjson.Optional[contact]   `json:"inner"`
}

type contact struct {
	Tags []string `json:"tags"`
	Age  int      `json:"age"`
}

func TestWhatTwoReadersCouldReadDifferentlyIsRefusedAsSyntax(t *testing.T) {
	for _, c := range []struct {
		name, text string
		offset     int64
		reason     string
	}{
		{"nothing", ``, 0, "the body is empty"},
		{"spaces", " \n", 0, "the body is empty"},
		{"null", `null`, 0, "the body must be an object"},
		{"list", `[{}]`, 0, "the body must be an object"},
		{"string", `"{}"`, 0, "the body must be an object"},
		{"word", `x`, 0, "this is not JSON"},
		{"byte order mark", "\ufeff{}", 0, "this is not JSON in UTF-8"},
		{"cut in a name", `{"name`, 6, "the body ends too early"},
		{"cut in an object", `{"name":"a"`, 11, "the body ends too early"},
		{"duplicate name", `{"name":"a","name":"a"}`, 12, "a name stands twice in one object"},
		{"duplicate name by escape", `{"name":"a","\u006eame":"a"}`, 12, "a name stands twice in one object"},
		{"duplicate name deeper", `{"contact":{"age":1,"age":1}}`, 20, "a name stands twice in one object"},
		{"duplicate name in an unknown field", `{"x":{"a":1,"a":1}}`, 12, "a name stands twice in one object"},
		{"duplicate name after a field that does not fit", `{"name":1,"name":1}`, 10, "a name stands twice in one object"},
		{"invalid UTF-8", "{\"name\":\"a\xff\"}", 10, "this is not JSON in UTF-8"},
		{"invalid UTF-8 in a name", "{\"\xc0\x80\":1}", 2, "this is not JSON in UTF-8"},
		{"surrogate as bytes", "{\"name\":\"\xed\xa0\x80\"}", 9, "this is not JSON in UTF-8"},
		{"lone high surrogate", `{"name":"\ud800"}`, 9, "an escape stands for no character"},
		{"lone low surrogate", `{"name":"\udc00"}`, 9, "an escape stands for no character"},
		{"high surrogate before a letter", `{"name":"\ud800\u0041"}`, 9, "an escape stands for no character"},
		{"unknown escape", `{"name":"\q"}`, 9, "an escape stands for no character"},
		{"raw control character", "{\"name\":\"a\nb\"}", 10, "this is not JSON"},
		{"comment", `{/**/}`, 1, "this is not JSON"},
		{"single quotes", `{'name':"a"}`, 1, "this is not JSON"},
		{"comma at the end", `{"name":"a",}`, 11, "this is not JSON"},
		{"number as no JSON has it", `{"hours":01}`, 10, "this is not JSON"},
		{"NaN", `{"hours":NaN}`, 9, "this is not JSON"},
		{"second object", `{} {}`, 2, "something follows the object"},
		{"letter at the end", `{}x`, 2, "something follows the object"},
		{"null byte at the end", "{}\x00", 2, "something follows the object"},
		{"too deep", nested(strictjson.MaxDepth + 1), 5*strictjson.MaxDepth + 1, "objects and lists lie too deep in each other"},
		{"as deep as a body can be", nested(strictjson.MaxBody / 7), 5*strictjson.MaxDepth + 1, "objects and lists lie too deep in each other"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := strictjson.Decode([]byte(c.text), new(body))
			want := &strictjson.SyntaxError{Offset: c.offset, Reason: c.reason}
			if got := (*strictjson.SyntaxError)(nil); !errors.As(err, &got) || *got != *want {
				t.Errorf("%q gives %v, want %v", c.text, err, want)
			}
		})
	}
}

// nested has depth objects in each other.
func nested(depth int) string {
	return strings.Repeat(`{"a":`, depth-1) + `{}` + strings.Repeat(`}`, depth-1)
}

func TestWhatDoesNotFitIsNamedByItsField(t *testing.T) {
	const notWhole, notInstant = "must be a whole number", "must be an RFC 3339 date and time with a zone, such as 2027-01-31T12:00:00Z"
	for _, c := range []struct{ text, field, message string }{
		{`{"accountId":"acme"}`, "accountId", "is not a known field"},
		{`{"Name":"a"}`, "Name", "is not a known field"},
		{`{"0":1}`, "0", "is not a known field"},
		{`{"contact":{"mac":1}}`, "contact.mac", "is not a known field"},
		{`{"contact":{"0":1}}`, "contact.0", "is not a known field"},
		{`{"list":[{},{"mac":1}]}`, "list[1].mac", "is not a known field"},
		{`{"inner":{"mac":1}}`, "inner.mac", "is not a known field"},
		{`{"":1}`, "an unknown field", "is not a known field"},
		{`{"é":1}`, "an unknown field", "is not a known field"},
		{`{"a\u0000":1}`, "an unknown field", "is not a known field"},
		{`{"` + strings.Repeat("a", 40) + `":1}`, strings.Repeat("a", 40), "is not a known field"},
		{`{"` + strings.Repeat("a", 41) + `":1}`, "an unknown field", "is not a known field"},
		{`{"contact":{"` + strings.Repeat("a", 41) + `":1}}`, "contact.an unknown field", "is not a known field"},
		{`{"name":1}`, "name", "must be a string"},
		{`{"contact":{"tags":["a",false]}}`, "contact.tags[1]", "must be a string"},
		{`{"maybe":{}}`, "maybe", "must be a string"},
		{`{"force":"true"}`, "force", "must be true or false"},
		{`{"force":1}`, "force", "must be true or false"},
		{`{"tags":"a"}`, "tags", "must be a list"},
		{`{"tags":{}}`, "tags", "must be a list"},
		{`{"contact":[]}`, "contact", "must be an object"},
		{`{"inner":"a"}`, "inner", "must be an object"},
		{`{"hours":1.0}`, "hours", notWhole},
		{`{"hours":1.5}`, "hours", notWhole},
		{`{"hours":1e2}`, "hours", notWhole},
		{`{"hours":"1"}`, "hours", notWhole},
		{`{"hours":true}`, "hours", notWhole},
		{`{"hours":9223372036854775808}`, "hours", notWhole},
		{`{"hours":-9223372036854775809}`, "hours", notWhole},
		{`{"small":256}`, "small", notWhole},
		{`{"small":-1}`, "small", notWhole},
		{`{"inner":{"age":0.5}}`, "inner.age", notWhole},
		{`{"at":"2027-01-31"}`, "at", notInstant},
		{`{"at":"2027-01-31T12:00:00"}`, "at", notInstant},
		{`{"at":"2027-01-31 12:00:00Z"}`, "at", notInstant},
		{`{"at":"2027-02-29T12:00:00Z"}`, "at", notInstant},
		{`{"at":"2027-01-31T12:00:00,5Z"}`, "at", notInstant},
		{`{"at":1801396800}`, "at", notInstant},
		{`{"at":""}`, "at", notInstant},
		{`{"instant":"soon"}`, "instant", notInstant},
		{`{"name":null}`, "name", "must not be null"},
		{`{"hours":null}`, "hours", "must not be null"},
		{`{"force":null}`, "force", "must not be null"},
		{`{"at":null}`, "at", "must not be null"},
		{`{"tags":null}`, "tags", "must not be null"},
		{`{"tags":["a",null]}`, "tags[1]", "must not be null"},
		{`{"contact":null}`, "contact", "must not be null"},
		{`{"list":[null]}`, "list[0]", "must not be null"},
		{`{"strings":[null]}`, "strings[0]", "must not be null"},
		{`{"inner":{"tags":null}}`, "inner.tags", "must not be null"},
	} {
		err := strictjson.Decode([]byte(c.text), new(body))
		want := &integration.Invalid{Fields: []integration.FieldError{{Field: c.field, Message: c.message}}}
		got := (*integration.Invalid)(nil)
		if !errors.As(err, &got) {
			t.Errorf("%s gives %v, want %v", c.text, err, want)
		} else if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.text, diff)
		}
	}
}

func TestWhatFitsIsRead(t *testing.T) {
	var got body
	err := strictjson.Decode([]byte(` {"name":"\ud83d\ude00 \u00e9", "hours":-168, "small":255, "force":true,
		"at":"2027-01-31T13:00:00.5+01:00", "tags":[], "maybe":null, "contact":{"tags":["a","a"]}, "list":[{"age":-0}]} `), &got)
	if err != nil {
		t.Fatal(err)
	}
	want := body{
		Name: "😀 é", Hours: -168, Small: 255, Force: true,
		At:   time.Date(2027, 1, 31, 12, 0, 0, 5e8, time.UTC),
		Tags: []string{}, Contact: contact{Tags: []string{"a", "a"}}, List: []contact{{}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := strictjson.Decode([]byte(`{}`), &struct{}{}); err != nil {
		t.Errorf("the empty object: %v", err)
	}
}

func TestOptionalTellsAbsentFromNullFromValue(t *testing.T) {
	instant := time.Date(2027, 1, 31, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		text string
		want strictjson.Optional[time.Time]
	}{
		{`{}`, strictjson.Optional[time.Time]{}},
		{`{"instant":null}`, strictjson.Optional[time.Time]{Set: true}},
		{`{"instant":"2027-01-31T12:00:00Z"}`, strictjson.Optional[time.Time]{Set: true, Value: &instant}},
	} {
		var got body
		if err := strictjson.Decode([]byte(c.text), &got); err != nil {
			t.Errorf("%s: %v", c.text, err)
		}
		if diff := cmp.Diff(c.want, got.Instant); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.text, diff)
		}
	}
}

func TestOnlyJSONInUTF8IsTakenForIt(t *testing.T) {
	for header, want := range map[string]bool{
		"application/json":                                true,
		"Application/JSON":                                true,
		"application/json; charset=utf-8":                 true,
		`application/json ;charset="UTF-8"`:               true,
		"":                                                false,
		"text/plain":                                      false,
		"text/json":                                       false,
		"application/*":                                   false,
		"application/json-patch+json":                     false,
		"application/problem+json":                        false,
		"application/json; charset=utf-16":                false,
		"application/json; charset=":                      false,
		"application/json; version=1":                     false,
		"application/json; charset=utf-8; version=1":      false,
		"application/json; charset=utf-8; charset=utf-16": false,
		"application/json, text/plain":                    false,
		"application/json, application/json":              false,
		"multipart/form-data; boundary=application/json":  false,
	} {
		if got := strictjson.CheckContentType(header); got != want {
			t.Errorf("%q: %t, want %t", header, got, want)
		}
	}
}

func TestClientsAreToldWhereReadingStopped(t *testing.T) {
	p, _ := strictjson.Problem(strictjson.Decode([]byte(`{"name":"a","name":"b"}`), new(body)))
	if p.Code != problem.InvalidJSON || p.Detail != "Reading stopped at byte offset 12: a name stands twice in one object." {
		t.Errorf("got %+v", p)
	}
	p, _ = strictjson.Problem(strictjson.Decode([]byte(`{"name":1}`), new(body)))
	want := []problem.Field{{Field: "name", Message: "must be a string"}}
	if diff := cmp.Diff(want, p.Errors); p.Code != problem.ValidationFailed || diff != "" {
		t.Errorf("got %+v (-want +got):\n%s", p, diff)
	}
	if _, known := strictjson.Problem(errors.New("of another kind")); known {
		t.Error("an error of another kind has a problem")
	}
}

// Whatever is let through must be what the readers of the rest of the world
// read, too.
func FuzzDecodeAgreesWithEncodingJSON(f *testing.F) {
	for _, text := range []string{
		`{}`, `{"name":"a","name":"b"}`, "{\"name\":\"\xff\"}", `{"name":"\ud800"}`, `{"Name":"a"}`, `{"tags":null}`,
		`{"hours":1e2,"small":-1}`, `{"at":"2027-01-31T12:00:00.123456789+01:00"}`, `{"instant":null,"maybe":null}`,
		`{"inner":{"tags":["a"],"age":-0},"strings":[]}`, `{"list":[{},{"age":9223372036854775807}],"force":false}`, `{} x`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var ours, theirs body
		if err := strictjson.Decode(text, &ours); err != nil {
			if _, known := strictjson.Problem(err); !known {
				t.Errorf("%q gives the unexpected error %v", text, err)
			}
			return
		}
		if err := json.Unmarshal(text, &theirs); err != nil {
			t.Fatalf("only we accept %q: %v", text, err)
		}
		if diff := cmp.Diff(theirs, ours); diff != "" {
			t.Errorf("%q (-encoding/json +ours):\n%s", text, diff)
		}
	})
}
