package console

import (
	"fmt"
	"net/url"
	"strings"
)

// BaseURL is the address of an API, without the slash at its end, such that
// examples are made by putting a path behind it.
func BaseURL(text string) (string, error) {
	base := strings.TrimSuffix(text, "/")
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || base != u.Scheme+"://"+u.Host+u.EscapedPath() || strings.HasSuffix(base, "/") {
		return "", fmt.Errorf("%q: must be http(s)://host/path", text)
	}
	return base, nil
}
