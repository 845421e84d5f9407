package stories_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/infra/local/localtest"
	"github.com/private-integrations/private-integrations/infra/local/runner"
)

// sample is the account acme as it may look after some months. Its clock stands
// still.
type sample struct {
	*world
	ids map[string]string // by name
}

// The integrations of the sample.
const (
	form    = "Website contact form"
	billing = "Invoice sync"
	badges  = "Conference badge printer"
	export  = "Nightly export to the warehouse"
	season  = "Spring campaign"
	chat    = "Chat assistant"
	program = `{"name":%q,"description":%q,"scopes":%s,"expiresAt":%s}`
)

// when are the instants of the sample, in the order in which it is told.
func when(day string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", day)
	if err != nil {
		panic(err)
	}
	return t
}

func startSample(t *testing.T) *sample {
	t.Helper()
	s := &sample{world: start(t, func(c *runner.Config) {
		c.Catalog = []string{"../../../pkg/contacts/openapi.yaml", "testdata/api.yaml"}
		c.APIBaseURL = "https://api.example.com"
		c.Begin = when("2025-11-17 09:00")
	}), ids: map[string]string{}}
	s.As(staff).Manage("GET", integrations, "")
	s.As(agency).Manage("GET", integrations, "")

	s.at("2025-11-17 09:12")
	old := s.add(form, "Puts people who write to us into the contacts", `["contacts.readonly","contacts.write"]`, "null")
	s.at("2025-11-17 09:31")
	s.use(old)
	s.at("2025-12-09 15:40")
	s.use(s.add(billing, "", `["contacts.readonly","invoices.readonly","invoices.write","payments/orders.readonly"]`, "null"))
	s.at("2026-01-12 10:02")
	s.use(s.add(badges, "For the conference in January", `["contacts.readonly"]`, `"2026-02-01T18:00:00.000Z"`))
	s.at("2026-01-20 16:25")
	first := s.add(export, "Copies contacts and events to the warehouse, at two in the morning",
		`["calendars.readonly","calendars/events.readonly","contacts.readonly"]`, "null")
	s.use(first)
	s.at("2026-02-10 08:55")
	s.use(s.add(season, "Sends invitations, until the campaign is over", `["contacts.readonly","conversations.write"]`, `"2026-03-20T17:00:00.000Z"`))
	s.nights(first, "2026-02-11", 16)
	s.at("2026-02-27 10:03")
	s.use(first)
	second := s.do("POST", "/"+s.ids[export]+"/rotate", `{"expireOld":"later","graceHours":168}`).Token()
	s.at("2026-02-28 02:00")
	s.use(second)
	s.at("2026-03-02 11:05")
	s.add(chat, "Answers what is asked most often", `["contacts.readonly","conversations.readonly"]`, "null")
	s.at("2026-03-02 14:30")
	return s
}

func (s *sample) at(day string) {
	s.t.Helper()
	if err := s.Clock.Stop(when(day)); err != nil {
		s.t.Fatal(err)
	}
}

func (s *sample) do(method, path, body string) localtest.Answer {
	s.t.Helper()
	answer := s.Manage(method, integrations+path, body)
	if answer.Status >= http.StatusMultipleChoices {
		s.t.Fatalf("%s %s: %s", method, path, answer)
	}
	return answer
}

// add creates an integration and gives its token.
func (s *sample) add(name, description, scopes, expiresAt string) string {
	s.t.Helper()
	created := s.do("POST", "", fmt.Sprintf(program, name, description, scopes, expiresAt))
	s.ids[name] = created.ID()
	return created.Token()
}

// use makes a call with a token.
func (s *sample) use(token string) {
	s.t.Helper()
	s.call(token, "/contacts/ada")
}

func (s *sample) call(token, path string) {
	s.t.Helper()
	if used := s.API("GET", path, token); used.Status != http.StatusOK {
		s.t.Fatalf("use a token: %s", used)
	}
}

// nights has a program work every night, and try once a week what it may not.
func (s *sample) nights(token, from string, n int) {
	s.t.Helper()
	begin := when(from + " 02:00")
	for night := range n {
		if err := s.Clock.Stop(begin.AddDate(0, 0, night)); err != nil {
			s.t.Fatal(err)
		}
		for n := range 3 + night*5%7 {
			s.call(token, []string{"/contacts/ada", "/contacts/", "/contacts/ada"}[n%3])
		}
		if night%7 == 3 {
			s.API("DELETE", "/contacts/ada", token)
		}
	}
	if written := s.Manage("POST", "/dev/usage", ""); written.Status != http.StatusOK {
		s.t.Fatalf("write usage: %s", written)
	}
}

// page is the address of a page of an integration.
func (s *sample) page(name, part string) string { return home + "/" + s.ids[name] + part }
