package stories_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
)

// given is an integration that is there when a story begins.
type given struct {
	name, path, token string
}

// given makes an integration that may read contacts, and what more it is given
// scopes for.
func (w *world) given(name string, more ...string) given {
	w.t.Helper()
	scopes := strings.Join(append([]string{"contacts.readonly"}, more...), `","`)
	created := w.Manage("POST", integrations, fmt.Sprintf(`{"name":%q,"scopes":["%s"]}`, name, scopes))
	if created.Status != http.StatusCreated {
		w.t.Fatalf("create %s: %s", name, created)
	}
	return given{name, home + "/" + created.ID(), created.Token()}
}

// works wants API v2.0 to take the tokens.
func (w *world) works(tokens ...string) {
	w.t.Helper()
	for _, secret := range tokens {
		if ada := w.API("GET", "/contacts/ada", secret); ada.Status != http.StatusOK {
			w.t.Errorf("with a token that works: %s", ada)
		}
	}
}

// refused wants API v2.0 to refuse the tokens.
func (w *world) refused(tokens ...string) {
	w.t.Helper()
	for _, secret := range tokens {
		if ada := w.API("GET", "/contacts/ada", secret); ada.Status != http.StatusUnauthorized || ada.Code() != "invalid_token" {
			w.t.Errorf("with a token that is dead: %s", ada)
		}
	}
}

// mayWrite wants API v2.0 to let a token write contacts, or not to.
func (w *world) mayWrite(secret string, may bool) {
	w.t.Helper()
	if sent := w.API("POST", "/contacts/", secret); (sent.Code() != "insufficient_scope") != may {
		w.t.Errorf("write with a token: %s", sent)
	}
}

// count wants an account to have so many integrations.
func (w *world) count(user, account string, want int) {
	w.t.Helper()
	var list struct {
		Integrations []struct{} `json:"integrations"`
	}
	answer := w.As(user).Manage("GET", "/api/v1/accounts/"+account+"/integrations", "")
	if err := answer.Into(&list); err != nil {
		w.t.Fatal(err)
	}
	if len(list.Integrations) != want {
		w.t.Errorf("%s has %d integrations, not %d", account, len(list.Integrations), want)
	}
}

// soon finds a countdown that begins with one text and goes on with the next.
func soon(begin, next string) *regexp.Regexp {
	return regexp.MustCompile(`\bin (` + begin + `|` + next + `)\b`)
}
