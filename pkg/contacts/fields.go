package contacts

import (
	"fmt"
	"net/mail"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/private-integrations/private-integrations/pkg/integration"
)

// The bounds of what clients may set.
const (
	maxText  = 100 // characters of a name or tag
	maxEmail = 254 // bytes; RFC 5321, section 4.5.3.1.3, as erratum 1690 has it
	maxTags  = 50
)

// e164 is a phone number as ITU-T E.164 has it, with at least seven digits.
var e164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// check tells what is wrong with f: nil or an [*integration.Invalid].
func (f Fields) check() error {
	var invalid integration.Invalid
	checkText(&invalid, "firstName", f.FirstName)
	checkText(&invalid, "lastName", f.LastName)
	if len(invalid.Fields) == 0 && blank(f.FirstName+f.LastName+f.Email+f.Phone) {
		invalid.Add("firstName", "must be given, or else lastName, email or phone")
	}
	checkText(&invalid, "companyName", f.CompanyName)
	if f.Email != "" && !isEmail(f.Email) {
		invalid.Add("email", "must be an e-mail address, such as ada@example.com")
	}
	if f.Phone != "" && !e164.MatchString(f.Phone) {
		invalid.Add("phone", "must be an international number of 7 to 15 digits, such as +12025550102")
	}
	checkTags(&invalid, f.Tags)
	return invalid.Err()
}

func checkText(invalid *integration.Invalid, field, text string) {
	switch {
	case utf8.RuneCountInString(text) > maxText:
		invalid.Add(field, "must have at most %d characters", maxText)
	case strings.ContainsFunc(text, deceptive):
		invalid.Add(field, "must not hold control or text direction characters")
	}
}

func checkTags(invalid *integration.Invalid, tags []string) {
	if len(tags) > maxTags {
		invalid.Add("tags", "must have at most %d entries", maxTags)
		return
	}
	for n, tag := range tags {
		field := fmt.Sprintf("tags[%d]", n)
		told := len(invalid.Fields)
		if checkText(invalid, field, tag); blank(tag) && len(invalid.Fields) == told {
			invalid.Add(field, "must not be empty")
		}
	}
}

// isEmail reports whether text is an address alone, without a display name.
func isEmail(text string) bool {
	address, err := mail.ParseAddress(text)
	return err == nil && address.Address == text && len(text) <= maxEmail && !strings.ContainsFunc(text, deceptive)
}

// blank reports whether nothing can be seen of text.
func blank(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) })
}

// deceptive are characters that change how the text around them is shown.
func deceptive(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
}
