package runner_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/infra/local/localtest"
)

// state is all that clients can see of a life: a line for the integration, such
// as "rotating, version 2", and one for each token that was ever issued, such as
// "current", "retiring until 7d" or "grace_ended at 7d, last".
//
// A token's line holds what the management API shows, what looking it up gives,
// what `GET /token` tells and whether API v2.0 lets it through. Where one of
// them says something else than the others, the line says so too.
type state []string

// is checks the state.
func (l *life) is(want ...string) {
	l.Helper()
	if diff := cmp.Diff(state(want), l.state()); diff != "" {
		l.Errorf("at %s (-want +got):\n%s", offset(l.Clock.Now().Sub(dawn)), diff)
	}
}

// turns checks that one state holds to the last millisecond before an instant,
// and another from the instant on.
func (l *life) turns(at time.Duration, before, after state) {
	l.Helper()
	l.at(at - ms)
	l.is(before...)
	l.at(at)
	l.is(after...)
	l.at(at + ms)
	l.is(after...)
}

// shown is what the management API shows of an integration.
type shown struct {
	Status            string
	Version           int
	Current, Retiring *living
	Last              *struct {
		Hint, Reason string
		EndedAt      moment
	}
}

type living struct {
	Hint      string
	ExpiresAt moment
}

func (l *life) state() state {
	l.Helper()
	var s shown
	answer := l.Manage("GET", integrations+"/"+l.id, "")
	l.note("GET", answer)
	lines := state{"gone"}
	switch {
	case answer.Status == 200:
		if err := answer.Into(&s); err != nil {
			l.Fatal(err)
		}
		lines = state{fmt.Sprintf("%s, version %d", s.Status, s.Version)}
		if tag := answer.Header.Get("ETag"); tag != fmt.Sprintf(`"%d"`, s.Version) {
			lines[0] += ", ETag " + tag
		}
	case outcome(answer) != "404 not_found":
		l.Fatalf("read the integration: %s", answer)
	}
	lines[0] += l.listed(answer, s.Status) + l.rotation(s.Retiring)
	for n, text := range l.tokens {
		lines = append(lines, l.tokenState(s, ordinals[n], text))
	}
	return lines
}

// listed says what is wrong with how the lists show the integration.
func (l *life) listed(alone localtest.Answer, status string) string {
	l.Helper()
	for _, filter := range []string{"active", "expiring", "rotating", "expired", "inactive"} {
		var page struct{ Integrations []map[string]any }
		if err := l.Manage("GET", integrations+"?limit=100&status="+filter, "").Into(&page); err != nil {
			l.Fatal(err)
		}
		n := slices.IndexFunc(page.Integrations, func(i map[string]any) bool { return i["id"] == l.id })
		switch {
		case (n >= 0) != (filter == status):
			return fmt.Sprintf(", which the list of status %s does not follow", filter)
		case n >= 0:
			var read map[string]any
			if err := alone.Into(&read); err != nil || !cmp.Equal(read, page.Integrations[n]) {
				return ", but listed as " + cmp.Diff(read, page.Integrations[n])
			}
		}
	}
	return ""
}

// rotation says what is wrong with how the rotation is shown.
func (l *life) rotation(retiring *living) string {
	l.Helper()
	answer := l.Manage("GET", integrations+"/"+l.id+"/rotation", "")
	l.note("GET rotation", answer)
	var window struct {
		Old       living
		ExpiresAt moment
	}
	switch {
	case retiring == nil && outcome(answer) == "404 no_rotation", outcome(answer) == "404 not_found":
		return ""
	case retiring != nil && answer.Status == 200 && answer.Into(&window) == nil &&
		window.Old == *retiring && window.ExpiresAt == retiring.ExpiresAt:
		return ""
	}
	return ", with the rotation " + answer.String()
}

// introspected is what is told of a token to those who have it.
type introspected struct {
	Active             bool
	Reason             string
	EndedAt, ExpiresAt moment
}

func (l *life) tokenState(s shown, name, text string) string {
	l.Helper()
	told := l.API("GET", "/token", text)
	l.note("GET /token with "+name, told)
	if outcome(told) == "401 invalid_token" {
		return "forgotten" + l.passes(name, text, false) + l.lookedUp(introspected{}, text)
	}
	var token introspected
	if err := told.Into(&token); err != nil || told.Status != 200 {
		l.Fatalf("introspect the %s token: %s", name, told)
	}
	var line string
	switch {
	case !token.Active:
		line = token.Reason + " at " + string(token.EndedAt)
		if s.Last != nil && l.name(s.Last.Hint) == name {
			line += ", last"
			if s.Last.Reason != token.Reason || s.Last.EndedAt != token.EndedAt {
				line += fmt.Sprintf(" as %s at %s", s.Last.Reason, s.Last.EndedAt)
			}
		}
	case s.Current != nil && l.name(s.Current.Hint) == name:
		line = "current" + until(*s.Current, token)
	case s.Retiring != nil && l.name(s.Retiring.Hint) == name:
		line = "retiring" + until(*s.Retiring, token)
	default:
		line = "living and nowhere shown"
	}
	return line + l.passes(name, text, token.Active) + l.lookedUp(token, text)
}

// until tells the deadline of a living token.
func until(shown living, told introspected) string {
	line := ""
	if shown.ExpiresAt != "" {
		line = " until " + string(shown.ExpiresAt)
	}
	if shown.ExpiresAt != told.ExpiresAt {
		line += ", but told until " + string(told.ExpiresAt)
	}
	return line
}

// passes says what is wrong with how API v2.0 takes the token.
func (l *life) passes(name, text string, active bool) string {
	l.Helper()
	if active && l.unused[name] {
		return " and unused"
	}
	answer := l.API("GET", "/contacts/ada", text)
	l.said = append(l.said, "GET /contacts/ada with "+name+" → "+outcome(answer))
	if want := map[bool]string{true: "200", false: "401 invalid_token"}[active]; outcome(answer) != want {
		return ", but API v2.0 answers " + outcome(answer)
	}
	return ""
}

// lookedUp says what is wrong with what looking the token up gives.
func (l *life) lookedUp(told introspected, text string) string {
	l.Helper()
	answer := l.Manage("POST", "/api/v1/accounts/acme/tokens/lookup", `{"token":"`+text+`"}`)
	l.note("look up", answer)
	var found struct {
		Integration struct{ ID string }
		Token       struct {
			Active  bool
			Reason  string
			EndedAt moment
		}
	}
	switch {
	case told == (introspected{}) && outcome(answer) == "404 not_found":
		return ""
	case answer.Status != 200 || answer.Into(&found) != nil || found.Integration.ID != l.id ||
		found.Token.Active != told.Active || found.Token.Reason != told.Reason || found.Token.EndedAt != told.EndedAt:
		return ", but looked up " + answer.String()
	}
	return ""
}
