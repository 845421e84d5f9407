package signin

import (
	"net/url"
	"slices"
	"strings"
)

const (
	home = "/"
	// maxReturnTo bounds what a link may have put into the cookie of a sign-in. A
	// longer query is left out.
	maxReturnTo = 1_000
)

// localPath is text if it is a path of the console's own, with or without a
// query, and "/" if it could lead anywhere else, by whatever reading: browsers
// take "\" for "/", drop tabs and line ends, and take "//host" for another host.
func localPath(text string) string {
	if len(text) > maxReturnTo {
		text, _, _ = strings.Cut(text, "?")
	}
	if len(text) > maxReturnTo || !strings.HasPrefix(text, "/") || strings.HasPrefix(text, "//") || strings.ContainsFunc(text, foreign) {
		return home
	}
	u, err := url.Parse(text)
	if err != nil {
		return home
	}
	// Once and twice decoded, for whoever decodes on the way.
	path := u.Path
	for range 2 {
		if strings.ContainsFunc(path, foreign) || ambiguous(path) {
			return home
		}
		if path, err = url.PathUnescape(path); err != nil {
			return home
		}
	}
	if strings.HasPrefix(path, "/signin") || strings.HasPrefix(path, "/signout") {
		return home // signing in again, or out at once
	}
	return text
}

// foreign are characters that no path of the console has, that browsers send
// encoded, or read in ways of their own.
func foreign(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`\"<>#`, r) }

// ambiguous reports whether a path has empty segments, or dots for segments, of
// which two readers make different paths.
func ambiguous(path string) bool {
	return strings.Contains(path, "//") || slices.ContainsFunc(strings.Split(path, "/"), func(segment string) bool {
		return segment == "." || segment == ".."
	})
}
