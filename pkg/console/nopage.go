package console

import (
	"net/http"
	"net/url"
	"path"
	"strings"
)

// Greedy is the template of a gateway's route for addresses that have none: GET
// of it leads to the console, which says that there is no such page.
const Greedy = "/{proxy+}"

// nowhere answers what no route does.
var nowhere = Route{open: true, handle: (*Console).noPage}

// noPage says that there is nothing. A slash too many at the end is forgiven.
func (c *Console) noPage(v *visit) (*page, error) {
	asked := v.URL.Path
	if asked == "/api" || strings.HasPrefix(asked, "/api/") {
		return &page{status: http.StatusNotFound, contentType: "application/json", body: noOperation}, nil
	}
	meant := strings.TrimSuffix(asked, "/")
	if v.Method == http.MethodGet && meant != asked && unambiguous(asked) && c.answersGet(meant) {
		to := url.URL{Path: meant, RawQuery: v.URL.RawQuery}
		return &page{status: http.StatusFound, location: to.RequestURI()}, nil
	}
	return nil, errNoPage
}

// noOperation is what programs are told by the gateway itself where the
// management API has no such route.
var noOperation = []byte(`{"message":"Not Found"}`)

// unambiguous reports whether a path has neither empty segments nor dots for
// segments. [http.ServeMux] would redirect others to where they may have meant
// to lead.
func unambiguous(p string) bool { return p == "/" || path.Clean(p) == strings.TrimSuffix(p, "/") }
