package console

import (
	"fmt"
	"net/url"
)

// CheckBaseURL says what is wrong with the address of an API that examples are
// made of by putting a path behind it.
func CheckBaseURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" ||
		text != u.Scheme+"://"+u.Host+u.EscapedPath() || text[len(text)-1] == '/' {
		return fmt.Errorf("%q: must be http(s)://host/path, without a slash at its end", text)
	}
	return nil
}
