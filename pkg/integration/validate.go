package integration

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/private-integrations/private-integrations/pkg/scope"
)

// The bounds of what an admin may enter.
const (
	MaxName        = 100 // characters
	MaxDescription = 500 // characters
)

// Invalid is input that breaks a rule, field by field. Its texts are meant for
// clients and hold nothing of what they sent.
type Invalid struct{ Fields []FieldError }

// FieldError says what is wrong with one field, named as in the JSON body or
// query, such as "scopes[3]".
type FieldError struct{ Field, Message string }

func (e *Invalid) Error() string {
	texts := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		texts[i] = f.Field + " " + f.Message
	}
	return "invalid input: " + strings.Join(texts, "; ")
}

// Add notes one fault.
func (e *Invalid) Add(field, format string, args ...any) {
	e.Fields = append(e.Fields, FieldError{field, fmt.Sprintf(format, args...)})
}

// Err is e if it holds a fault, else nil.
func (e *Invalid) Err() error {
	if len(e.Fields) == 0 {
		return nil
	}
	return e
}

// Offer tells which scopes can be granted: those of the catalogue.
type Offer interface{ Has(scope string) bool }

// checkName adds what is wrong with a name.
func checkName(invalid *Invalid, name string) {
	switch {
	case strings.TrimSpace(name) == "":
		invalid.Add("name", "must not be empty")
	case !strings.ContainsFunc(name, visible):
		invalid.Add("name", "must have characters that can be seen")
	default:
		checkText(invalid, "name", name, MaxName)
	}
}

func checkDescription(invalid *Invalid, description string) {
	checkText(invalid, "description", strings.NewReplacer("\r", " ", "\n", " ", "\t", " ").Replace(description), MaxDescription)
}

func checkText(invalid *Invalid, field, text string, most int) {
	r, found := misplaced(text)
	switch {
	case utf8.RuneCountInString(text) > most:
		invalid.Add(field, "must have at most %d characters", most)
	case strings.ContainsFunc(text, unprintable):
		invalid.Add(field, "must not hold control or text direction characters")
	case found:
		invalid.Add(field, "must not hold characters that can't be seen, such as the %U in it", r)
	}
}

// maxFaults bounds how many faults of one list are told.
const maxFaults = 10

// checkScopes adds what is wrong with scopes: each has to be offered or to be
// held already, since one that left the catalogue must not block an edit.
func checkScopes(invalid *Invalid, scopes []string, held scope.Set, offer Offer) {
	if len(scopes) == 0 {
		invalid.Add("scopes", "must name at least one scope")
	}
	seen := make(map[string]bool, len(scopes))
	first := len(invalid.Fields)
	for n, s := range scopes {
		field := fmt.Sprintf("scopes[%d]", n)
		switch {
		case seen[s]:
			invalid.Add(field, "is named twice")
		case !offer.Has(s) && !held.Has(s):
			invalid.Add(field, "is not a scope that this API offers")
		}
		seen[s] = true
		if len(invalid.Fields)-first == maxFaults {
			return
		}
	}
}

// checkFuture adds a fault if a deadline, zero for none, is not ahead of now.
func checkFuture(invalid *Invalid, field string, at, now time.Time) {
	if over(at, now) {
		invalid.Add(field, "must be in the future")
	}
}

// CheckInfo says what is wrong with what an admin enters of an integration
// beside its scopes. Error: [*Invalid].
func CheckInfo(name, description string, expiresAt, now time.Time) error {
	invalid := &Invalid{}
	checkName(invalid, Normalise(name))
	checkDescription(invalid, Normalise(description))
	checkFuture(invalid, "expiresAt", expiresAt, now)
	return invalid.Err()
}
