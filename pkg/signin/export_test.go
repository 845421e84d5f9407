package signin

import (
	"net/url"
	"strings"
	"testing"
)

// CheckReturnTo holds what is made of any text against Go's own reading of it.
func CheckReturnTo(t *testing.T, text string) {
	path := localPath(text)
	base := &url.URL{Scheme: "https", Host: "console.example.com", Path: "/signin/callback"}
	u, err := base.Parse(path)
	if err != nil || u.Host != base.Host || u.Scheme != base.Scheme || u.User != nil || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") {
		t.Errorf("%q leads to %v, %v", text, u, err)
	}
	if path != text && path != home {
		t.Errorf("%q was changed to %q", text, path)
	}
}
