package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/private-integrations/private-integrations/infra/local/localtest"
)

// whole is a token with all of its secret.
var whole = regexp.MustCompile(`pit_[0-9A-Za-z]{22}_[0-9A-Za-z]{49}`)

func TestDemoEndsWell(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var out bytes.Buffer
	if err := run(t.Context(), &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for n, s := range story {
		if !strings.Contains(out.String(), fmt.Sprintf("\n%d. %s\n", n+1, s.say)) {
			t.Errorf("step %d is not told: %s", n+1, s.say)
		}
		if !strings.Contains(out.String(), fmt.Sprintf("   < %d ", s.status)) {
			t.Errorf("step %d: no answer of status %d", n+1, s.status)
		}
	}
	if found := whole.FindString(out.String()); found != "" {
		t.Error("a whole token is told")
	}
	if strings.Contains(out.String(), "eyJ") {
		t.Error("a JWT is told")
	}
	if !strings.Contains(out.String(), `"token": "pit_`) || strings.Contains(out.String(), "{first}") {
		t.Error("the tokens are not told by their beginning")
	}
	leftNothing(t)
}

func leftNothing(t *testing.T) {
	t.Helper()
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestDemoThatIsInterruptedSaysSoAndLeavesNothing(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := run(ctx, &bytes.Buffer{}); err == nil {
		t.Error("it ended well")
	}
	leftNothing(t)
}

func TestAnAnswerThatIsNotTheOneOfTheStoryFailsIt(t *testing.T) {
	r := localtest.Start(t)
	for name, c := range map[string]struct {
		broken step
		want   string
	}{
		"another status":    {step{do: "GET /api/v1/scopes", status: 201}, "step 2, GET /api/v1/scopes: answered 200, not 201"},
		"a refusal":         {step{do: "GET /contacts/ada", with: "{first}", status: 200}, "step 2, GET /contacts/ada: answered 401, not 200"},
		"a refusal too few": {step{do: "POST /dev/sweep", status: 403}, "step 2, POST /dev/sweep: answered 200, not 403"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			teller := teller{out: &out, management: r.ManagementURL, api: r.APIURL}
			sound := step{say: "Sound.", do: "GET /healthz", status: 200}
			err := teller.tell(t.Context(), []step{sound, c.broken, {say: "Never told."}})
			if err == nil || err.Error() != c.want {
				t.Errorf("it ended with %v", err)
			}
			if !strings.Contains(out.String(), "Sound.") || strings.Contains(out.String(), "Never told.") {
				t.Errorf("it told:\n%s", out.String())
			}
		})
	}
}
