package runner_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/private-integrations/private-integrations/infra/local/localtest"
)

func TestThePepperIsRotatedAndRetiredUnderRunningTokens(t *testing.T) {
	r := localtest.Start(t)
	move := func(d string) {
		t.Helper()
		if got := r.Manage("POST", "/dev/clock", `{"advance":"`+d+`"}`); got.Status != 200 {
			t.Fatalf("advance by %s: %s", d, got)
		}
	}
	pepper := func(body string, status int, says string) {
		t.Helper()
		if got := r.Manage("POST", "/dev/pepper", body); got.Status != status || !strings.Contains(string(got.Body), says) {
			t.Errorf("%s: %s, want %d %s", body, got, status, says)
		}
	}
	works := func(tokens ...string) {
		t.Helper()
		for _, token := range tokens {
			if got := r.API("GET", "/contacts/", token); got.Status != 200 {
				t.Errorf("%.12s: %s", token, got)
			}
		}
	}
	made := r.Manage("POST", integrations, readonly)
	old := made.Token()
	works(old)
	pepper(`{"rotate":true}`, 200, `{"current":2,"versions":[1,2]}`)
	pepper(`{"retire":1}`, 409, "can't be retired before")
	move("2h")
	rotated := r.Manage("POST", integrations+"/"+made.ID()+"/rotate", `{"expireOld":"later"}`)
	works(old, rotated.Token())
	pepper(`{"retire":1}`, 409, "living tokens are on it (1)")
	move("168h")
	pepper(`{"retire":2}`, 409, "older than the current one")
	pepper(`{"retire":1}`, 200, `{"current":2,"versions":[2]}`)
	pepper(`{"retire":1}`, 409, "no key of this version")
	works(rotated.Token())
	text, err := os.ReadFile(filepath.Join(r.Config.DataDir, "pepper.json"))
	if err != nil || !strings.HasPrefix(string(text), `{"current":2,"keys":{"2":"`) {
		t.Errorf("the file begins %.30s, %v", text, err)
	}
	for _, body := range []string{``, `{}`, `{"rotate":false}`, `{"rotate":true,"retire":1}`, `{"retire":"1"}`, `{"retire":0}`, `{"Rotate":true}`} {
		pepper(body, 422, "")
	}
}
