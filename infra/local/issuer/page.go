package issuer

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
)

var (
	//go:embed page.html
	pageHTML string
	//go:embed style.css
	styleCSS []byte

	pageTemplate = template.Must(template.New("page").Parse(pageHTML))
)

// page is the one page there is: a message, and buttons where there is a choice.
type page struct {
	Title, Message string
	Users          []User
	// ReturnTo is where the form's answer may redirect to; empty without a form.
	ReturnTo string
}

func show(w http.ResponseWriter, status int, p page) {
	var body bytes.Buffer
	if err := pageTemplate.Execute(&body, p); err != nil {
		panic(err) // the template is part of the program and the buffer can't fail
	}
	formAction := "'none'"
	if p.ReturnTo != "" {
		// Browsers hold form-action against redirects too, so it names the origin
		// of the client beside our own.
		target, _ := url.Parse(p.ReturnTo)
		formAction = "'self' " + target.Scheme + "://" + target.Host
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action "+formAction)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = body.WriteTo(w)
}

func style(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(styleCSS)
}
