package attacks_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/problem"
)

func TestSettingsThatAreNoneAreRefused(t *testing.T) {
	w := start(t)
	before := string(w.obeyed(t, "GET", settings, "").Body)
	for _, c := range []struct{ body, field string }{
		{`{"graceHours":0}`, "graceHours"}, {`{"graceHours":721}`, "graceHours"}, {`{"graceHours":-1}`, "graceHours"},
		{`{"graceHours":1.5}`, "graceHours"}, {`{"graceHours":"24"}`, "graceHours"}, {`{"graceHours":null}`, "graceHours"},
		{`{"graceHours":2251799813685249}`, "graceHours"}, // whose nanoseconds are those of one hour, modulo 2^64
		{`{"graceHours":9223372036854775807}`, "graceHours"}, {`{"graceHours":24,"graceHours":1e1}`, ""},
		{`{"reminderDays":29}`, "reminderDays"}, {`{"reminderDays":366}`, "reminderDays"}, {`{"reminderDays":0}`, "reminderDays"},
		{`{"quietMinutes":1}`, "quietMinutes"}, {`{"quietMinutes":43201}`, "quietMinutes"},
		{`{"idleDays":1}`, "idleDays"}, {`{"idleDays":29}`, "idleDays"}, {`{"idleDays":731}`, "idleDays"}, {`{"idleDays":-30}`, "idleDays"},
		{`{"labs":null}`, "labs"}, {`{"labs":{"privateIntegrations":null}}`, "labs.privateIntegrations"},
		{`{"labs":{"privateIntegrations":"false"}}`, "labs.privateIntegrations"}, {`{"labs":{"other":true}}`, "labs.other"},
		{`{"operator":{"maxIntegrations":101}}`, "operator.maxIntegrations"}, {`{"operator":{"tokenPrefix":"other"}}`, "operator.tokenPrefix"},
		{`{"operator":{"tokenPrefix":null}}`, "operator.tokenPrefix"}, {`{"operator":{"quota":1}}`, "operator.quota"},
		{`{"maxIntegrations":101}`, "maxIntegrations"}, {`{"graceHours":24,"operator":{"maxIntegrations":1}}`, "operator.maxIntegrations"},
	} {
		a := w.ask(t, "PUT", settings, c.body)
		if c.field == "" {
			refused(t, a, problem.InvalidJSON)
			continue
		}
		refused(t, a, problem.ValidationFailed, c.field)
	}
	if after := string(w.obeyed(t, "GET", settings, "").Body); after != before {
		t.Errorf("before %s, after %s", before, after)
	}
	for _, body := range []string{`{}`, `{"privateIntegrations":""}`, `{"privateIntegrations":"None"}`, `{"privateIntegrations":"admin"}`, `{"privateIntegrations":null}`, `{"privateIntegrations":["view"]}`} {
		refused(t, w.ask(t, "PUT", members+"/"+unknownUser+"/permissions", body), problem.ValidationFailed, "privateIntegrations")
	}
}

func TestSettingsCanBeReadEditedAndSentBack(t *testing.T) {
	w := start(t)
	read := w.obeyed(t, "GET", settings, "")
	var body map[string]any
	if err := read.Into(&body); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"labs": map[string]any{"privateIntegrations": true}, "graceHours": 168.0, "reminderDays": 90.0, "quietMinutes": 1440.0, "idleDays": 0.0,
		"operator": map[string]any{"maxIntegrations": 100.0, "tokenPrefix": "pit"},
	}
	if diff := cmp.Diff(want, body); diff != "" {
		t.Errorf("at first (-want +got):\n%s", diff)
	}
	first := read.Header.Get("Etag")
	if a := w.obeyed(t, "PUT", settings, string(read.Body), "If-Match", first); string(a.Body) != string(read.Body) || a.Header.Get("Etag") != first {
		t.Errorf("sent back as it was: %s", a)
	}
	edited := w.obeyed(t, "PUT", settings, changed(t, string(read.Body), "graceHours", 5), "If-Match", first)
	if edited.Header.Get("Etag") == first {
		t.Error("the version has not moved")
	}
	refused(t, w.ask(t, "PUT", settings, changed(t, string(read.Body), "idleDays", 60), "If-Match", first), problem.VersionMismatch)
	w.obeyed(t, "PUT", settings, `{"idleDays":60}`, "If-Match", edited.Header.Get("Etag"))
	want["graceHours"], want["idleDays"] = 5.0, 60.0
	body = nil
	if err := w.obeyed(t, "GET", settings, "").Into(&body); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, body); diff != "" {
		t.Errorf("in the end (-want +got):\n%s", diff)
	}
}
