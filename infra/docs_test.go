package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// read is the text of a file of the project.
func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestEverySettingIsInTheTable(t *testing.T) {
	page := read(t, "docs/deploy.md")
	settings := regexp.MustCompile(`c\.(?:text|matching|number|flag)\("(\w+)"`).FindAllStringSubmatch(read(t, "infra/settings.go"), -1)
	if len(settings) < 10 {
		t.Fatalf("found %d settings", len(settings))
	}
	for _, s := range settings {
		name := s[1]
		if name != "stage" && name != "dist" && !strings.Contains(page, "`"+name+"`") {
			t.Errorf("docs/deploy.md does not have %s", name)
		}
	}
}

func TestEveryAlarmHasARunbook(t *testing.T) {
	page := read(t, "docs/operations.md")
	for _, a := range ofType(synth(t, prod), "AWS::CloudWatch::Alarm") {
		if id := strings.TrimSuffix(a.id, "Alarm"); !strings.Contains(page, "\n### "+id+"\n") {
			t.Errorf("docs/operations.md has no runbook for %s", id)
		}
	}
}
