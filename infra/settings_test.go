package main

import (
	"maps"
	"strings"
	"testing"
)

func TestWrongSettingsAreNamedAllAtOnce(t *testing.T) {
	context := map[string]any{
		"stage": "Prod!", "upstream": "ftp://x", "issuer": "http://id.example.com", "tokenPrefix": "p-t", "maxIntegrations": "0",
		"key": "k", "rate": "many", "webRate": "1", "forwardAuthorization": "perhaps", "apiDomain": "api.example.com",
		"consoleClientSecretArn": "s", "sessionLifetime": "25h", "brandColor": "blue", "brandLogo": "logo.png", "apiBaseUrl": "api.example.com",
		"dist": t.TempDir(),
	}
	_, err := readSettings(newApp(context).Node())
	if err == nil {
		t.Fatal("no error")
	}
	for name := range context {
		if name == "dist" {
			name = "run make build first"
		}
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in:\n%v", name, err)
		}
	}
	if !strings.Contains(err.Error(), "audience") {
		t.Errorf("an issuer without audience is let pass:\n%v", err)
	}
	if !strings.Contains(err.Error(), "consoleClientId") {
		t.Errorf("an issuer without a client for the console is let pass:\n%v", err)
	}
}

func TestEveryStageButDevKeepsWhatItStores(t *testing.T) {
	for stage, kept := range map[string]bool{"dev": false, "prod": true, "staging": true} {
		s, err := readSettings(newApp(map[string]any{"stage": stage, "dist": dist}).Node())
		if err != nil || s.kept != kept {
			t.Errorf("%s: %t, %v", stage, s.kept, err)
		}
	}
}

func TestSettingsOfTheCommandLineMayBeEmpty(t *testing.T) {
	context := map[string]any{"dist": dist}
	for _, name := range []string{"stage", "upstream", "issuer", "key", "rate", "webRate", "alarmTopic", "consoleClientId", "brandName", "brandLogo", "sessionLifetime", "apiBaseUrl"} {
		context[name] = ""
	}
	empty, err := readSettings(newApp(context).Node())
	if err != nil {
		t.Fatal(err)
	}
	maps.DeleteFunc(context, func(name string, _ any) bool { return name != "dist" })
	unset, err := readSettings(newApp(context).Node())
	if err != nil || empty != unset {
		t.Errorf("%+v, want %+v, %v", empty, unset, err)
	}
}

func TestStageFindsItsSettingsUnderItsNameAndTheCommandLineComesFirst(t *testing.T) {
	context := map[string]any{
		"dist": dist, "stage": "prod",
		"prod":  map[string]any{"tokenPrefix": "acme", "maxIntegrations": 7, "forwardAuthorization": true},
		"other": map[string]any{"upstream": "https://other.example.com"},
	}
	s, err := readSettings(newApp(context).Node())
	if err != nil || s.prefix != "acme" || s.maxIntegrations != 7 || !s.forwardAuthorization || s.upstream != "" {
		t.Errorf("%+v, %v", s, err)
	}
	context["maxIntegrations"] = "8"
	if s, err := readSettings(newApp(context).Node()); err != nil || s.maxIntegrations != 8 {
		t.Errorf("%+v, %v", s, err)
	}
}
