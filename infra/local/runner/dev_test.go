package runner_test

import (
	"strings"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/infra/local/localtest"
)

func TestTheDevPathsAnswerLoopbackNamesAlone(t *testing.T) {
	r := localtest.Start(t)
	_, port, _ := strings.Cut(strings.TrimPrefix(r.ManagementURL, "http://"), ":")
	for _, host := range []string{"localhost:" + port, "127.0.0.1:" + port, "[::1]:" + port, "localhost", "127.0.0.1"} {
		if got := r.Manage("GET", "/dev/clock", "", "Host", host); got.Status != 200 {
			t.Errorf("under %s: %s", host, got)
		}
	}
	for _, host := range []string{"evil.test", "evil.test:" + port, "localhost.evil.test", "127.0.0.1.evil.test", "192.168.1.7:" + port, "localhost:1:2"} {
		for _, path := range []string{"/dev/clock", "/dev/token?user=admin@acme.test", "/dev/oidc/jwks", "/dev/nowhere"} {
			if got := r.Manage("GET", path, "", "Host", host); got.Status != 403 || !strings.Contains(string(got.Body), "this machine alone") {
				t.Errorf("%s under %s: %s", path, host, got)
			}
		}
		for _, path := range []string{"/dev/clock", "/dev/sweep", "/dev/remind"} {
			if got := r.Manage("POST", path, `{"advance":"1h"}`, "Host", host); got.Status != 403 {
				t.Errorf("POST %s under %s: %s", path, host, got)
			}
		}
	}
}

func TestPagesOfOtherOriginsMoveNothing(t *testing.T) {
	r := localtest.Start(t)
	at := r.Clock.Now()
	for _, header := range [][2]string{
		{"Origin", "http://evil.test"}, {"Origin", "null"}, {"Origin", "http://localhost:1"},
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"},
	} {
		for _, path := range []string{"/dev/clock", "/dev/sweep", "/dev/remind", "/dev/oidc/token"} {
			if got := r.Manage("POST", path, `{"advance":"1000h"}`, header[0], header[1]); got.Status != 403 {
				t.Errorf("POST %s with %s: %s", path, header, got)
			}
		}
	}
	if now := r.Clock.Now(); now.Sub(at) > 999*time.Hour {
		t.Errorf("the clock moved from %s to %s", at, now)
	}
}

func TestTheDevPathsAreNotOnTheAPIsPort(t *testing.T) {
	r := localtest.Start(t)
	token := r.Manage("POST", integrations, readonly).Token()
	for _, path := range []string{"/dev/token?user=admin@acme.test", "/dev/clock"} {
		if got := r.API("GET", path, token); outcome(got) != "403 unknown_route" {
			t.Errorf("%s: %s", path, got)
		}
	}
}

func TestADevTokenSignsItsUserIn(t *testing.T) {
	r := localtest.Start(t)
	for user, statuses := range map[string][2]int{ // in acme and in globex
		"admin@acme.test": {200, 404}, "staff@acme.test": {403, 404}, "admin@globex.test": {404, 200}, "agency@acme.test": {200, 200},
	} {
		for n, account := range []string{"acme", "globex"} {
			if got := r.As(user).Manage("GET", "/api/v1/accounts/"+account+"/integrations", ""); got.Status != statuses[n] {
				t.Errorf("%s in %s: %s", user, account, got)
			}
		}
	}
}

func TestAnUnknownUserIsToldWhoIsKnown(t *testing.T) {
	r := localtest.Start(t)
	for _, query := range []string{"?user=nobody@acme.test", "?user=", "", "?user=ADMIN@acme.test"} {
		got := r.Manage("GET", "/dev/token"+query, "")
		if got.Status != 404 {
			t.Errorf("%q: %s", query, got)
		}
		for _, user := range []string{"admin@acme.test", "staff@acme.test", "admin@globex.test", "agency@acme.test"} {
			if !strings.Contains(string(got.Body), user) {
				t.Errorf("%q: the answer does not name %s: %s", query, user, got)
			}
		}
	}
}

func TestTheClockIsHeldToTheMillisecondAndRunsOn(t *testing.T) {
	r := localtest.Start(t)
	move := func(body, want string) {
		t.Helper()
		moved := r.Manage("POST", "/dev/clock", body)
		read := r.Manage("GET", "/dev/clock", "")
		if want = `{"now":"` + want + `"}` + "\n"; moved.Status != 200 || string(moved.Body) != want || string(read.Body) != want {
			t.Errorf("%s: moved to %s, then read %s, not %s", body, moved, read, want)
		}
	}
	move(`{"stop":"2100-01-31T12:00:00.123Z"}`, "2100-01-31T12:00:00.123Z")
	move(`{"advance":"1ms"}`, "2100-01-31T12:00:00.124Z")
	move(`{"advance":"0s"}`, "2100-01-31T12:00:00.124Z")
	move(`{"advance":"168h"}`, "2100-02-07T12:00:00.124Z")
	move(`{"stop":"2100-02-07T14:00:00.124+01:00"}`, "2100-02-07T13:00:00.124Z")
	if ran := r.Manage("POST", "/dev/clock", `{"run":true}`); ran.Status != 200 {
		t.Fatalf("run: %s", ran)
	}
	stood := time.Date(2100, 2, 7, 13, 0, 0, 124e6, time.UTC)
	first, second := r.Clock.Now(), r.Clock.Now()
	if first.Before(stood) || !second.After(first) || second.Sub(stood) > time.Minute {
		t.Errorf("it ran from %s to %s and %s", stood, first, second)
	}
	if moved := r.Manage("POST", "/dev/clock", `{"advance":"1h"}`); moved.Status != 200 || r.Clock.Now().Before(stood.Add(time.Hour)) {
		t.Errorf("a clock that runs moved on to %s: %s", r.Clock.Now(), moved)
	}
}

func TestTheClockOnlyGoesForward(t *testing.T) {
	r := localtest.Start(t)
	for _, body := range []string{`{"stop":"2020-01-01T00:00:00Z"}`, `{"advance":"-1ms"}`} {
		if got := r.Manage("POST", "/dev/clock", body); got.Status != 422 || !strings.Contains(string(got.Body), "the clock only goes forward") {
			t.Errorf("%s: %s", body, got)
		}
	}
	for _, body := range []string{`{"stop":"2201-01-01T00:00:00Z"}`, `{"stop":"9999-12-31T23:59:59.999Z"}`, `{"advance":"2500000h"}`} {
		if got := r.Manage("POST", "/dev/clock", body); got.Status != 422 || !strings.Contains(string(got.Body), "the year 2200 and no further") {
			t.Errorf("%s: %s", body, got)
		}
	}
	if now := r.Clock.Now(); now.Year() > 2099 {
		t.Errorf("the clock stands at %s", now)
	}
}

func TestABodyThatMovesNoClockIsToldWhatToSend(t *testing.T) {
	r := localtest.Start(t)
	at := r.Clock.Now()
	const oneOf = "send one of"
	for body, want := range map[string]string{
		``:                               "the body is empty",
		`null`:                           "must be an object",
		`[]`:                             "must be an object",
		`{"advance":"168h"`:              "ends too early",
		`{"advance":"168h"} {}`:          "something follows",
		`{"advance":168}`:                "advance must be a string",
		`{"stop":"2100-01-31"}`:          "stop must be an RFC 3339 date and time with a zone",
		`{"stop":"2100-01-31T12:00:00"}`: "stop must be an RFC 3339 date and time with a zone",
		`{"Advance":"168h"}`:             "Advance is not a known field",
		`{"advence":"168h"}`:             "advence is not a known field",
		`{"advance":"` + strings.Repeat("1", 100_000) + `h"}`: "too large",

		`{}`: oneOf, `{"advance":"7 days"}`: oneOf, `{"advance":""}`: oneOf, `{"stop":null}`: oneOf, `{"run":false}`: oneOf,
		`{"advance":"168h","run":true}`: oneOf, `{"advance":"168h","stop":"2100-01-31T12:00:00Z"}`: oneOf,
	} {
		got := r.Manage("POST", "/dev/clock", body)
		if got.Status != 422 || !strings.Contains(string(got.Body), want) {
			t.Errorf("%.60s: %s, not %q", body, got, want)
		}
	}
	if now := r.Clock.Now(); now.Sub(at) > time.Minute {
		t.Errorf("the clock moved to %s", now)
	}
}

func TestTheDevPathsTakeTheirOwnMethodsAlone(t *testing.T) {
	r := localtest.Start(t)
	for _, request := range []string{"GET /dev/sweep", "GET /dev/remind", "DELETE /dev/clock", "POST /dev/token"} {
		method, path, _ := strings.Cut(request, " ")
		if got := r.Manage(method, path, ""); got.Status != 405 {
			t.Errorf("%s: %s", request, got)
		}
	}
	if got := r.Manage("GET", "/dev/nowhere", ""); got.Status != 404 {
		t.Errorf("a path that is none: %s", got)
	}
}
