package stories_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/private-integrations/private-integrations/infra/local/browser"
)

// Of the same site as the console, so that the browser would send the session along.
func TestNoOtherPageCanFrameTheConsole(t *testing.T) {
	t.Parallel()
	w := start(t)
	const page = `<!doctype html><html lang="en"><title>%s</title><link rel="icon" href="data:,"><h1>%[1]s</h1>%s`
	mux := http.NewServeMux()
	mux.HandleFunc("/inner", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintf(w, page, "Inner", "") })
	mux.HandleFunc("/", func(answer http.ResponseWriter, _ *http.Request) {
		frames := `<iframe src="/inner"></iframe>`
		for _, path := range []string{home, home + "/new", "/help", "/signin"} {
			frames += `<iframe src="` + w.ManagementURL + path + `"></iframe>`
		}
		_, _ = fmt.Fprintf(answer, page, "Win a prize", frames)
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	other := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)

	p := w.open(home, admin, browser.Origins(other)).Tab(other + "/")
	p.Has("heading", "Win a prize")
	const refused = "chrome-error://chromewebdata/"
	if frames := p.Frames(); !slices.Equal(frames, []string{other + "/inner", refused, refused, refused, refused}) {
		t.Errorf("the frames show %q", frames)
	}
	if findings := p.Findings(); !strings.Contains(strings.Join(findings, "\n"), "frame-ancestors") {
		t.Errorf("the browser found %q", findings)
	}
}
