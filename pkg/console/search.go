package console

import (
	"net/http"
	"net/url"
	"strings"
)

// search takes what was entered above a list: a name, the beginning of a token
// or, by mistake or not, a whole one. It comes by POST, since browsers keep
// addresses and logs show them. What may stand in one leads to the address of the
// list that fits; a token is looked up and goes nowhere else.
func search(path, fragment string) func(*Console, *visit) (*page, error) {
	return func(c *Console, v *visit) (*page, error) {
		text := v.PostFormValue("query")
		if c.tokenIn(text) != "" {
			return c.identify(v, text)
		}
		return &page{status: http.StatusSeeOther, location: listAt(path, c.sought(text), v.PostFormValue("status"), "") + fragment}, nil
	}
}

// listAt is the address of a list, or of its stretch that follows after.
func listAt(path, query, status, after string) string {
	values := url.Values{}
	for name, value := range map[string]string{"query": query, "status": status, "after": after} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}

func searchFor(text string) string { return listAt(home, text, "", "") }

// sought is what to search for: text as it is, but for the hint of a token, which
// pages show with an ellipsis.
func (c *Console) sought(text string) string {
	text = strings.TrimSpace(text)
	if hint := pasted(text); hint != "" && !strings.ContainsAny(text, " \t\n") && c.hint(hint) == hint {
		return hint
	}
	return text
}

// tooShort is how many characters of a token would find one, where text is the
// beginning of fewer; 0: it is not.
func (c *Console) tooShort(text string) int {
	prefix := c.Format.Public("")
	enough := len(prefix) + shortestHint
	text = strings.TrimRight(text, ".…")
	if len(text) < enough && (strings.HasPrefix(text, prefix) || text == c.Format.Prefix()) {
		return enough
	}
	return 0
}

// tokenIn is the first token in a text, whole or not, of which there is more than
// the id: that may be a part of its secret. Empty: there is none, and the text may
// stand in an address.
func (c *Console) tokenIn(text string) string {
	prefix := c.Format.Public("")
	for {
		_, rest, found := strings.Cut(text, prefix)
		if !found {
			return ""
		}
		body := rest[:len(rest)-len(strings.TrimLeft(rest, alphabet+"_"))]
		if len(body) > longestHint+1 {
			return prefix + body
		}
		text = rest
	}
}

// addressHoldsToken reports whether somebody made a token part of the address, by
// hand or by a bookmark. Where people sign in, the parameters are the identity
// provider's.
func (c *Console) addressHoldsToken(v *visit) bool {
	for _, values := range v.URL.Query() {
		for _, value := range values {
			if c.tokenIn(value) != "" {
				return true
			}
		}
	}
	return false
}

// withheldPath is where whoever had a token in the address is told so.
const withheldPath = findPath + "?withheld=1"
