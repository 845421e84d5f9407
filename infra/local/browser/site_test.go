package browser_test

import (
	"embed"
	"fmt"
	"html"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

//go:embed testdata/site
var files embed.FS

// policy is as strict as that of the console.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// site serves testdata/site and a few pages that answer.
func site(t *testing.T) string {
	t.Helper()
	pages, err := fs.Sub(files, "testdata/site")
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(pages))
	mux.HandleFunc("POST /save", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "saved", Value: "1", HttpOnly: true, Path: "/"})
		http.Redirect(w, r, "/saved?name="+r.PostFormValue("name")+"&colour="+r.PostFormValue("colour")+"&day="+r.PostFormValue("day")+
			"&news="+r.PostFormValue("news"), http.StatusSeeOther)
	})
	mux.HandleFunc("GET /saved", func(w http.ResponseWriter, r *http.Request) {
		_, err := r.Cookie("saved")
		show(w, fmt.Sprintf("<h1>Saved</h1><p>%s</p><p>cookie %t</p>", html.EscapeString(r.URL.Query().Encode()), err == nil))
	})
	mux.HandleFunc("GET /late", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "from the server") })
	mux.HandleFunc("GET /gone", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusGone)
		_, _ = fmt.Fprint(w, "<!doctype html><html lang=en><title>Gone</title><link rel=icon href=icon.svg><h1>Gone</h1>")
	})
	mux.HandleFunc("GET /raw", func(w http.ResponseWriter, r *http.Request) { show(w, r.URL.Query().Get("html")) })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if strings.Contains(r.URL.Path, ".") {
			w.Header().Del("Content-Type")
			w.Header().Set("Cache-Control", "max-age=60")
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
}

func show(w http.ResponseWriter, body string) {
	_, _ = fmt.Fprintf(w, `<!doctype html><html lang="en"><title>Test</title><link rel="icon" href="icon.svg">%s`, body)
}
