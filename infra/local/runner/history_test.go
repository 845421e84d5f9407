package runner_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
)

// history checks the events of a life, oldest first, once the sweeper has been:
// it is what records deaths that nothing else came upon. An event is told as
// "token.ended first grace_ended at 7d by system", with what changed behind it.
func (l *life) history(want ...string) {
	l.Helper()
	l.sweep()
	if diff := cmp.Diff(want, l.events()); diff != "" {
		l.Errorf("history (-want +got):\n%s", diff)
	}
}

// events reads them and checks their numbers and who did it from where.
func (l *life) events() []string {
	l.Helper()
	answer := l.Manage("GET", integrations+"/"+l.id+"/events?limit=100", "")
	l.note("events", answer)
	var page struct {
		Events []struct {
			ID, Type, Token, Reason, Address string
			At                               moment
			Actor                            struct{ ID, Email string }
			Changes                          []struct{ Field, From, To string }
		}
		NextCursor *string
	}
	if err := answer.Into(&page); err != nil || page.NextCursor != nil {
		l.Fatalf("events: %s", answer)
	}
	slices.Reverse(page.Events)
	told := make([]string, len(page.Events))
	for n, e := range page.Events {
		if number := fmt.Sprintf("%s.%d", l.id, n+1); e.ID != number {
			l.Errorf("event %d has the id %s, not %s", n+1, e.ID, number)
		}
		by := "the admin"
		switch {
		case e.Actor.ID == "system" && e.Actor.Email == "" && e.Address == "":
			by = "system"
		case e.Actor.Email != "admin@acme.test" || e.Actor.ID == "" || e.Address != "127.0.0.1":
			by = fmt.Sprint(e.Actor, " from ", e.Address)
		}
		words := []string{e.Type}
		if e.Token != "" {
			words = append(words, l.name(e.Token))
		}
		if e.Reason != "" {
			words = append(words, e.Reason)
		}
		told[n] = strings.Join(append(words, "at", string(e.At), "by", by), " ")
		for _, c := range e.Changes {
			told[n] += fmt.Sprintf("; %s: %s→%s", c.Field, value(c.From), value(c.To))
		}
	}
	return told
}

// value is a changed value, an instant as the time since dawn.
func value(text string) string {
	var m moment
	if m.UnmarshalText([]byte(text)) != nil {
		return text
	}
	return string(m)
}
