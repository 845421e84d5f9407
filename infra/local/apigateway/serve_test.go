package apigateway

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/private-integrations/private-integrations/pkg/gateway"
)

// guestbook is a site for net/http: a form that is posted, a cookie that keeps
// who has signed, and another that is taken away.
func guestbook(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		http.SetCookie(w, &http.Cookie{Name: "signed", Value: r.PostFormValue("name"), Path: "/", HttpOnly: true})
		http.SetCookie(w, &http.Cookie{Name: "visits", Value: "1", Path: "/"})
		http.SetCookie(w, &http.Cookie{Name: "old", Path: "/", MaxAge: -1})
		http.Redirect(w, r, "/book?page="+url.QueryEscape(r.PostFormValue("page")), http.StatusSeeOther)
		return
	}
	var names []string
	for _, c := range r.Cookies() {
		names = append(names, c.Name+"="+c.Value)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = fmt.Fprintf(w, "%s %s, host %s, page %q, cookies %s", r.Method, r.URL.Path, r.Host, r.URL.Query().Get("page"), strings.Join(names, ", "))
}

func TestBrowserCantTellASiteBehindTheGatewayFromOneOfNetHTTP(t *testing.T) {
	for _, throughJSON := range []bool{false, true} {
		handler := gateway.HTTP(gateway.Serve(http.HandlerFunc(guestbook)))
		config := (&httpAPI{}).config()
		config.ThroughJSON = throughJSON
		config.Routes = []Route{{"GET", "/book", handler, true}, {"POST", "/book", handler, true}}
		h, err := NewHTTP(config)
		if err != nil {
			t.Fatal(err)
		}
		behind, plain := visit(t, serve(t, h)), visit(t, serve(t, http.HandlerFunc(guestbook)))
		if behind != plain || !strings.Contains(behind, "signed=Ada, visits=1") || strings.Contains(behind, "old") || !strings.Contains(behind, `page "2 & 3"`) {
			t.Errorf("through JSON %t: %s\nof net/http: %s", throughJSON, behind, plain)
		}
	}
}

// visit signs the guestbook as a browser does and gives the page that it ends on.
func visit(t *testing.T, address string) string {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	at, err := url.Parse("http://" + address + "/book")
	if err != nil {
		t.Fatal(err)
	}
	jar.SetCookies(at, []*http.Cookie{{Name: "old", Value: "1", Path: "/"}})
	browser := &http.Client{Jar: jar}
	response, err := browser.PostForm(at.String(), url.Values{"name": {"Ada"}, "page": {"2 & 3"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	page, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(page), at.Host, "host") + " " + response.Header.Get("Content-Type")
}
