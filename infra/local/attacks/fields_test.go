package attacks_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/infra/local/localtest"
	"github.com/private-integrations/private-integrations/pkg/problem"
)

// quoted is s as a JSON string.
func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// written sends members of an integration's body to both operations that take
// them, create and edit.
func (w *world) written(t testing.TB, path, members string, check func(t testing.TB, a localtest.Answer)) {
	t.Helper()
	var given map[string]json.RawMessage
	if err := json.Unmarshal([]byte("{"+members+"}"), &given); err != nil {
		t.Fatal(err)
	}
	whole := members
	for _, need := range []struct{ name, member string }{{"name", `"name":"One"`}, {"scopes", `"scopes":["contacts.readonly"]`}} {
		if given[need.name] == nil {
			whole += "," + need.member
		}
	}
	check(t, w.ask(t, "POST", acme, "{"+whole+"}"))
	check(t, w.ask(t, "PATCH", path, "{"+members+"}"))
}

func TestNamesAndDescriptionsThatMisleadAreRefused(t *testing.T) {
	w := start(t)
	path, _ := w.create(t)
	untouched := w.untouched(t, path)
	names := map[string]string{
		"empty": "", "a space": " ", "spaces": "   ", "no-break spaces": "\u00a0\u2007", "wide space": "\u3000", "blank Braille": "\u2800", "nothing but joiners": "\u200d\u200b",
		"101 letters": strings.Repeat("a", 101), "101 emoji": strings.Repeat("😀", 101), "50,000 letters": strings.Repeat("a", 50_000),
		"tab": "a\tb", "line end": "a\nb", "two lines": "a\r\nSet-Cookie: x=y",
	}
	descriptions := map[string]string{"501 letters": strings.Repeat("a", 501), "501 emoji": strings.Repeat("😀", 501)}
	for _, r := range "\x00\x01\x07\x08\x0b\x0c\x1b\x1f\x7f\u0080\u0085\u009f\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e" +
		"\u2066\u2067\u2068\u2069\ue000\ufdd0\ufeff\ufffd\ufffe\uffff\U000f0000\U0010ffff" +
		"\u00ad\u034f\u115f\u1160\u17b4\u180e\u200b\u2060\u2064\u3164\ufe0f\uffa0\U000e0001\U000e0041\U000e0100" {
		names[fmt.Sprintf("%U", r)] = "a" + string(r) + "b"
		names[fmt.Sprintf("%U alone", r)] = string(r)
		descriptions[fmt.Sprintf("%U", r)] = "a" + string(r) + "b"
	}
	for field, values := range map[string]map[string]string{"name": names, "description": descriptions} {
		for name, value := range values {
			t.Run(field+" "+name, func(t *testing.T) {
				w.written(t, path, fmt.Sprintf("%q:%s", field, quoted(value)), func(t testing.TB, a localtest.Answer) {
					t.Helper()
					refused(t, a, problem.ValidationFailed, field)
				})
			})
		}
	}
	untouched()
}

func TestTextIsTakenAndShownAsItIs(t *testing.T) {
	w := start(t)
	path, _ := w.create(t)
	for name, text := range map[string]string{
		"100 emoji": strings.Repeat("😀", 100), "markup": `<img src=x onerror=alert(1)></script>`, "template": "{{7*7}} ${7*7} %s %d",
		"quotes": `"'\ and & `, "SQL": `'; DROP TABLE x; --`, "formula": "=1+1", "Arabic": "مرحبا", "joined emoji": "👩‍👩‍👧", "Persian": "می\u200cخواهم",
	} {
		t.Run(name, func(t *testing.T) {
			w.written(t, path, fmt.Sprintf(`"name":%s,"description":%s`, quoted(text), quoted(text+"\r\n\tnext line")), func(t testing.TB, a localtest.Answer) {
				t.Helper()
				var shown struct{ Name, Description string }
				whole := struct{ Integration any }{&shown}
				if a.Status == http.StatusCreated {
					_ = a.Into(&whole)
				} else {
					_ = a.Into(&shown)
				}
				if shown.Name != text || shown.Description != text+"\r\n\tnext line" {
					t.Errorf("%q is answered with %s", text, a)
				}
			})
		})
	}
}

func TestNamesAreKeptAndFoundInOneForm(t *testing.T) {
	w := start(t)
	w.obeyed(t, "POST", acme, `{"name":"Cafe\u0301","scopes":["contacts.readonly"]}`)
	for _, query := range []string{"Caf\u00e9", "cafe\u0301", "\u00c9"} {
		var page struct{ Integrations []struct{ Name string } }
		a := w.obeyed(t, "GET", acme+"?query="+url.QueryEscape(query), "")
		if a.Into(&page) != nil || len(page.Integrations) != 1 || page.Integrations[0].Name != "Caf\u00e9" {
			t.Errorf("%+q finds %s", query, a)
		}
	}
}

func TestScopesThatCanNotBeGrantedAreRefused(t *testing.T) {
	w := start(t)
	path, _ := w.create(t)
	untouched := w.untouched(t, path)
	list := func(n int, scope func(int) string) string {
		scopes := make([]string, n)
		for i := range scopes {
			scopes[i] = quoted(scope(i))
		}
		return "[" + strings.Join(scopes, ",") + "]"
	}
	for _, c := range []struct{ name, scopes, field string }{
		{"none", `[]`, "scopes"},
		{"null", `null`, "scopes"},
		{"text", `"contacts.readonly"`, "scopes"},
		{"object", `{"contacts.readonly":true}`, "scopes"},
		{"null in it", `["contacts.readonly",null]`, "scopes[1]"},
		{"list in it", `[["contacts.readonly"]]`, "scopes[0]"},
		{"twice", `["contacts.readonly","contacts.readonly"]`, "scopes[1]"},
		{"unknown", `["contacts.readonly","users.write"]`, "scopes[1]"},
		{"empty", `[""]`, "scopes[0]"},
		{"other letter case", `["Contacts.readonly"]`, "scopes[0]"},
		{"two in one", `["contacts.readonly contacts.write"]`, "scopes[0]"},
		{"space around", `[" contacts.readonly"]`, "scopes[0]"},
		{"pattern", `["contacts.*"]`, "scopes[0]"},
		{"all", `["*"]`, "scopes[0]"},
		{"a part", `["contacts"]`, "scopes[0]"},
		{"NUL after it", `["contacts.readonly\u0000"]`, "scopes[0]"},
		{"10,000 of one", list(10_000, func(int) string { return "a" }), "scopes[9]"},
		{"10,000 unknown", list(10_000, func(n int) string { return strconv.FormatInt(int64(n), 36) }), "scopes[9]"},
		{"3,000 of one that is offered", list(3_000, func(int) string { return "contacts.readonly" }), "scopes[10]"},
		{"a long one", list(1, func(int) string { return strings.Repeat("a", 60_000) }), "scopes[0]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.written(t, path, `"scopes":`+c.scopes, func(t testing.TB, a localtest.Answer) {
				t.Helper()
				refused(t, a, problem.ValidationFailed, c.field)
				if len(a.Body) > 2_000 {
					t.Errorf("the answer has %d bytes", len(a.Body))
				}
			})
		})
	}
	untouched()
}

func TestGraceHoursOutsideOfOneHourToThirtyDaysAreRefused(t *testing.T) {
	w := start(t)
	path, _ := w.create(t)
	untouched := w.untouched(t, path)
	for _, hours := range []string{
		"0", "-0", "-1", "-168", "721", "1000000", "2562048", "5124095576030431", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
		"1.5", "1.0", "168.0", "1e2", "1E0", "0.1e1", `"168"`, `""`, "null", "true", "[168]", "{}",
	} {
		t.Run(hours, func(t *testing.T) {
			for _, expireOld := range []string{"later", "now"} {
				body := fmt.Sprintf(`{"expireOld":%q,"graceHours":%s}`, expireOld, hours)
				refused(t, w.ask(t, "POST", path+"/rotate", body), problem.ValidationFailed, "graceHours")
			}
		})
	}
	for _, value := range []string{`""`, `"Later"`, `"NOW"`, `"now "`, `"never"`, "null", "true", "1", `["now"]`} {
		t.Run("expireOld "+value, func(t *testing.T) {
			refused(t, w.ask(t, "POST", path+"/rotate", `{"expireOld":`+value+`}`), problem.ValidationFailed, "expireOld")
		})
	}
	for _, hours := range []string{"1", "168"} {
		t.Run("no grace window of "+hours, func(t *testing.T) {
			refused(t, w.ask(t, "POST", path+"/rotate", `{"expireOld":"now","graceHours":`+hours+`}`), problem.ValidationFailed, "graceHours")
		})
	}
	t.Run("expireOld left out", func(t *testing.T) {
		refused(t, w.ask(t, "POST", path+"/rotate", `{"graceHours":168}`), problem.ValidationFailed, "expireOld")
	})
	untouched()
	for _, hours := range []string{"1", "720"} {
		t.Run(hours, func(t *testing.T) {
			w.obeyed(t, "POST", path+"/rotate", `{"expireOld":"later","graceHours":`+hours+`}`)
			w.obeyed(t, "POST", path+"/rotation/complete", "")
		})
	}
}

// noon is when the tests of instants take place.
var noon = time.Date(2040, 1, 15, 12, 0, 0, 0, time.UTC)

func TestInstantsThatAreNoneOrNotAheadAreRefused(t *testing.T) {
	w := start(t)
	path, _ := w.create(t)
	if err := w.Clock.Stop(noon); err != nil {
		t.Fatal(err)
	}
	w.obeyed(t, "POST", path+"/rotate", `{"expireOld":"later"}`)
	untouched := w.untouched(t, path)
	for _, to := range []struct{ method, path, body, field string }{
		{"POST", acme, `{"name":"One","scopes":["contacts.readonly"],"expiresAt":%s}`, "expiresAt"},
		{"POST", path + "/rotate", `{"expireOld":"now","expiresAt":%s}`, "expiresAt"},
		{"POST", path + "/expire", `{"at":%s}`, "at"},
		{"PATCH", path + "/rotation", `{"expiresAt":%s}`, "expiresAt"},
	} {
		t.Run(to.method+" "+strings.ReplaceAll(to.path, "/", " "), func(t *testing.T) {
			values := []string{
				`""`, `"now"`, `"0"`, `"2040-01-16"`, `"2040-01-16T12:00:00"`, `"2040-01-16T12:00Z"`, `"2040-01-16 12:00:00Z"`, `"20400116T120000Z"`,
				`"2040-01-16T12:00:00 Z"`, `"2040-01-16T12:00:00+01"`, `"2040-01-16T12:00:00+0100"`, `"2040-01-16T12:00:00CET"`, `"2040-01-16T12:00:00,5Z"`,
				`"2040-02-30T12:00:00Z"`, `"2040-13-01T12:00:00Z"`, `"2040-01-16T24:00:00Z"`, `"2040-01-16T12:60:00Z"`, `"2040-01-16T23:59:60Z"`,
				`"10000-01-01T00:00:00Z"`, `"+10000-01-01T00:00:00Z"`, `"-0001-01-01T00:00:00Z"`, `"40-01-16T12:00:00Z"`, `" 2040-01-16T12:00:00Z"`,
				`"2040-01-16T12:00:00Z\u0000"`, `2210328000`, `2210328000000`, `true`, `{}`, `["2040-01-16T12:00:00Z"]`, `"Mon, 16 Jan 2040 12:00:00 GMT"`,
				`"2040-01-15T11:59:59.999Z"`, `"2040-01-15T11:59:59.9999999Z"`, `"2040-01-15T12:59:59.999+01:00"`, `"2040-01-14T12:00:00Z"`,
				`"1970-01-01T00:00:00Z"`, `"0001-01-01T00:00:00Z"`, `"0001-01-01T00:00:00.0009Z"`, `"0001-01-01T01:00:00+01:00"`, `"0000-01-01T00:00:00Z"`,
			}
			if to.method != "PATCH" { // a window may end now; a deadline has to be ahead
				values = append(values, `"2040-01-15T12:00:00Z"`, `"2040-01-15T12:00:00.0009Z"`, `"2040-01-15T13:00:00+01:00"`)
			}
			for _, value := range values {
				refused(t, w.ask(t, to.method, to.path, fmt.Sprintf(to.body, value), "If-Match", "*"), problem.ValidationFailed, to.field)
			}
		})
	}
	untouched()
}

func TestInstantsAtTheEdgeOfTimeAreNoFault(t *testing.T) {
	w := start(t)
	for n, at := range []string{
		"9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59-23:59", "9999-12-31T23:59:59-24:00", "2099-01-01T00:00:00+24:00", "2099-01-01T00:00:00+23:60",
		"2099-01-01T00:00:00-00:00", "2099-01-01T00:00:00.123456789123456789Z", "2099-01-01t00:00:00z",
	} {
		t.Run(at, func(t *testing.T) {
			created := w.ask(t, "POST", acme, fmt.Sprintf(`{"name":"One","scopes":["contacts.readonly"],"expiresAt":%q}`, at), "Idempotency-Key", fmt.Sprint(n))
			if created.Status != http.StatusCreated {
				refused(t, created, problem.ValidationFailed, "expiresAt")
				return
			}
			path := acme + "/" + created.ID()
			var shown struct {
				Integration struct{ Current struct{ ExpiresAt time.Time } }
			}
			if err := created.Into(&shown); err != nil || shown.Integration.Current.ExpiresAt.IsZero() {
				t.Errorf("%s: %v", created, err)
			}
			w.ask(t, "POST", path+"/rotate", fmt.Sprintf(`{"expireOld":"later","expiresAt":%q}`, at), "Idempotency-Key", fmt.Sprint(n))
			w.ask(t, "POST", path+"/expire", fmt.Sprintf(`{"at":%q}`, at))
			w.obeyed(t, "GET", path+"/events", "")
		})
	}
}

func TestTheWindowEndsFromNowToThirtyDaysAfterTheRotation(t *testing.T) {
	w := start(t)
	path, _ := w.create(t)
	if err := w.Clock.Stop(noon); err != nil {
		t.Fatal(err)
	}
	w.obeyed(t, "POST", path+"/rotate", `{"expireOld":"later"}`)
	if err := w.Clock.Advance(24 * time.Hour); err != nil {
		t.Fatal(err)
	}
	move := func(to time.Time) localtest.Answer {
		return w.ask(t, "PATCH", path+"/rotation", fmt.Sprintf(`{"expiresAt":%q}`, to.Format(time.RFC3339Nano)))
	}
	const day = 24 * time.Hour
	refused(t, move(noon.Add(30*day+time.Millisecond)), problem.ValidationFailed, "expiresAt")
	refused(t, move(noon.Add(day-time.Millisecond)), problem.ValidationFailed, "expiresAt")
	for _, to := range []time.Time{noon.Add(30 * day), noon.Add(day)} {
		if a := move(to); a.Status != http.StatusOK {
			t.Errorf("to %s: %s", to, a)
		}
	}
	refused(t, move(noon.Add(2*day)), problem.NoRotation) // it has just ended
}
