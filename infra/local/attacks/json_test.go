package attacks_test

import (
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/private-integrations/private-integrations/infra/local/localtest"
	"github.com/private-integrations/private-integrations/pkg/api"
	"github.com/private-integrations/private-integrations/pkg/problem"
	"github.com/private-integrations/private-integrations/pkg/strictjson"
)

func TestJSONThatTwoReadersCouldReadDifferentlyIsRefused(t *testing.T) {
	w := start(t)
	path := w.rotating(t)
	untouched := w.untouched(t, path)
	for name, body := range map[string]string{
		"spaces alone":                   "  ",
		"duplicate key":                  `{"name":"a","name":"a"}`,
		"duplicate key by escape":        `{"force":true,"f\u006frce":false}`,
		"duplicate key deeper":           `{"x":{"a":1,"a":1}}`,
		"duplicate key in a list":        `{"x":[[{"a":1,"b":[],"a":1}]]}`,
		"duplicate empty key":            `{"":1,"":1}`,
		"invalid UTF-8":                  "{\"name\":\"\xff\"}",
		"invalid UTF-8 in a key":         "{\"na\xc3me\":\"a\"}",
		"overlong UTF-8":                 "{\"name\":\"\xc0\xaf\"}",
		"surrogate in UTF-8":             "{\"name\":\"\xed\xa0\x80\"}",
		"lone high surrogate":            `{"name":"\ud800"}`,
		"lone low surrogate":             `{"name":"a\udfffb"}`,
		"lone surrogate in a key":        `{"\ud800":1}`,
		"surrogates the wrong way":       `{"name":"\udc00\ud800"}`,
		"surrogate deeper":               `{"scopes":["\ud800"]}`,
		"second object":                  `{}{}`,
		"letter after it":                `{} x`,
		"NUL after it":                   "{}\x00",
		"byte order mark":                "\ufeff{}",
		"UTF-16":                         "\xff\xfe{\x00}\x00",
		"NaN":                            `{"graceHours":NaN}`,
		"infinity":                       `{"graceHours":-Infinity}`,
		"leading zero":                   `{"graceHours":0168}`,
		"hexadecimal":                    `{"graceHours":0xA8}`,
		"list":                           `[{}]`,
		"null":                           `null`,
		"string":                         `"{}"`,
		"number":                         `1`,
		"true":                           `true`,
		"nothing that it could be":       `hello`,
		"cut off":                        `{"name":"a`,
		"comma at the end":               `{"name":"a",}`,
		"comment":                        `{/*a*/"name":"a"}`,
		"single quotes":                  `{'name':'a'}`,
		"line end in a string":           "{\"name\":\"a\nb\"}",
		"33 levels":                      deep(33),
		"levels as many as have room":    deep(10_000),
		"unclosed, as many as have room": strings.Repeat(`{"a":`, 12_000),
		"lists as many as have room":     `{"a":` + strings.Repeat(`[`, 60_000),
	} {
		t.Run(name, func(t *testing.T) {
			for _, o := range readers() {
				refused(t, w.ask(t, o.Method, fill(t, o, "acme", idOf(path)), body), problem.InvalidJSON)
			}
		})
	}
	untouched()
}

// deep has levels objects in each other.
func deep(levels int) string {
	return strings.Repeat(`{"a":`, levels-1) + `{}` + strings.Repeat(`}`, levels-1)
}

// member is a field of a body.
type member struct {
	name     string
	nullable bool // takes null
	object   bool // takes an object
}

func membersOf(o api.Operation) []member {
	var members []member
	input := reflect.TypeOf(o.Input)
	for n := range input.NumField() {
		f := input.Field(n)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		_, read := reflect.New(f.Type).Interface().(interface{ UnmarshalJSON([]byte) error })
		structs := f.Type.Kind() == reflect.Struct
		members = append(members, member{name, read && structs && f.Type.Name() != "Time" && f.Tag.Get("nullable") != "false", structs && !read})
	}
	return members
}

func TestFieldsThatABodyDoesNotHaveAreRefused(t *testing.T) {
	w := start(t)
	path := w.rotating(t)
	untouched := w.untouched(t, path)
	for _, o := range readers() {
		t.Run(o.ID, func(t *testing.T) {
			known := map[string]bool{}
			names := []string{
				"accountId", "account", "id", "integrationId", "mac", "secret", "pepperVersion", "createdBy", "createdAt", "updatedAt",
				"deletedAt", "seq", "version", "status", "current", "retiring", "last", "hint", "token", "actor", "roles", "permissions",
				"name", "description", "scopes", "scope", "expireOld", "graceHours", "expiresAt", "at", "force", "replayed", "__proto__", "0",
			}
			for _, m := range membersOf(o) {
				known[m.name] = true
				names = append(names, strings.ToUpper(m.name), strings.ToUpper(m.name[:1])+m.name[1:], m.name+"s", strings.ToLower(m.name)+"_")
			}
			for _, name := range names {
				if known[name] {
					continue
				}
				// Beside what the operation takes, before and after it.
				rest := strings.TrimSuffix(strings.TrimPrefix(bodyOf(t, o), "{"), "}")
				for _, body := range []string{
					fmt.Sprintf(`{%q:null%s}`, name, prefixed(",", rest)),
					fmt.Sprintf(`{%s%q:"globex"}`, suffixed(rest, ","), name),
				} {
					refused(t, w.ask(t, o.Method, fill(t, o, "acme", idOf(path)), body), problem.ValidationFailed, name)
				}
			}
		})
	}
	untouched()
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

func suffixed(s, suffix string) string {
	if s == "" {
		return ""
	}
	return s + suffix
}

func TestFieldsOfAnotherTypeAreRefused(t *testing.T) {
	w := start(t)
	path := w.rotating(t)
	untouched := w.untouched(t, path)
	for _, o := range readers() {
		for _, m := range membersOf(o) {
			t.Run(o.ID+" "+m.name, func(t *testing.T) {
				for _, value := range []string{`{}`, `{"Set":true}`, `[[]]`, `[null]`, `1.5`, `1e400`, `-9223372036854775809`, `null`} {
					if value == "null" && m.nullable || value == "{}" && m.object {
						continue
					}
					a := w.ask(t, o.Method, fill(t, o, "acme", idOf(path)), fmt.Sprintf(`{%q:%s}`, m.name, value))
					if refused(t, a, problem.ValidationFailed); !strings.Contains(string(a.Body), `"field":"`+m.name) {
						t.Errorf("%s: got %s; want it to name %s", value, a, m.name)
					}
				}
			})
		}
	}
	untouched()
}

func TestBodiesMayHave64KBAndNotAByteMore(t *testing.T) {
	w := start(t)
	for _, o := range readers() {
		t.Run(o.ID, func(t *testing.T) {
			path := fill(t, o, "acme", unknownID)
			body := bodyOf(t, o)
			whole := body + strings.Repeat(" ", strictjson.MaxBody-len(body))
			for name, send := range map[string]func(string) localtest.Answer{
				"with Content-Length": func(body string) localtest.Answer { return w.ask(t, o.Method, path, body) },
				"chunked": func(body string) localtest.Answer {
					return w.raw(t, o.Method, path, io.MultiReader(strings.NewReader(body)), http.Header{"Content-Type": {"application/json"}})
				},
			} {
				refused(t, send(whole+" "), problem.BodyTooLarge)
				refused(t, send(whole+strings.Repeat("x", 1<<20)), problem.BodyTooLarge)
				if a := send(whole); a.Status == http.StatusRequestEntityTooLarge || a.Code() == string(problem.InvalidJSON) {
					t.Errorf("exactly 64 KB, %s: %s", name, a)
				}
			}
		})
	}
}

func TestBodiesThatAreNotDeclaredAsJSONAreRefused(t *testing.T) {
	w := start(t)
	path := w.rotating(t)
	untouched := w.untouched(t, path)
	for name, values := range map[string][]string{
		"none":                    nil,
		"empty":                   {""},
		"text":                    {"text/plain"},
		"text with charset":       {"text/plain; charset=utf-8"},
		"text JSON":               {"text/json"},
		"form":                    {"application/x-www-form-urlencoded"},
		"multipart":               {"multipart/form-data; boundary=x"},
		"bytes":                   {"application/octet-stream"},
		"XML":                     {"application/xml"},
		"problem":                 {"application/problem+json"},
		"merge patch":             {"application/merge-patch+json"},
		"any":                     {"*/*"},
		"any application":         {"application/*"},
		"longer word":             {"application/jsonp"},
		"other charset":           {"application/json; charset=utf-16"},
		"other Latin":             {"application/json; charset=iso-8859-1"},
		"two charsets":            {"application/json; charset=utf-8; charset=utf-16"},
		"two in one header":       {"application/json, text/plain"},
		"two headers":             {"application/json", "text/plain"},
		"two headers, twice JSON": {"application/json", "application/json"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, o := range readers() {
				a := w.raw(t, o.Method, fill(t, o, "acme", idOf(path)), strings.NewReader(bodyOf(t, o)), http.Header{"Content-Type": values})
				refused(t, a, problem.UnsupportedMedia)
			}
		})
	}
	untouched()
	for _, value := range []string{"application/json; charset=utf-8", `Application/JSON;charset="UTF-8"`} {
		if a := w.raw(t, "PATCH", path, strings.NewReader(`{"name":"Two"}`), http.Header{"Content-Type": {value}}); a.Status != http.StatusOK {
			t.Errorf("%s: %s", value, a)
		}
	}
}
