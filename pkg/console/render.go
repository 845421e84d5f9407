package console

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"regexp"
	"strings"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/integration"
)

// page is what a request is answered with: a template filled with data, a
// redirect, or a file.
type page struct {
	status   int
	location string // of a redirect

	template             string // name of the file, without .html
	title                string
	crumbs               []crumb
	data                 any
	contentType, caching string
	body                 []byte
}

// crumb is a step of the way to a page; the last one has no path.
type crumb struct{ Name, Path string }

// frame is what the layout is filled with; pages reach it as $.
type frame struct {
	*visit
	Title  string
	Crumbs []crumb
	Brand  Brand
	APIURL string
	Data   any
	Style  string // addresses of the assets
	Script string
	// Icon is the address of the browser's picture of the page: the logo, if it is
	// served here, or else the key.
	Icon, IconType string
}

//go:embed templates
var files embed.FS

// scopePart is what of a scope's name stays on one line: "calendars/", "events"
// and ".readonly" of "calendars/events.readonly".
var scopePart = regexp.MustCompile(`\.?[^./]*/?`)

// templates has every page's, each within the layout.
var templates = parse()

func parse() map[string]*template.Template {
	functions := template.FuncMap{
		"plural": plural, "join": strings.Join,
		"parts":       func(scope string) []string { return scopePart.FindAllString(scope, -1) },
		"more":        func(all []string, shown int) int { return len(all) - shown },
		"statusBadge": func(s integration.Status) badge { return badges[s] },
		"accessBadge": func(kind string) badge { return access[kind] },
		"right":       func(p account.Permission) badge { return rights[p] },
		"role":        func(r account.Role) string { return roles[r] },
	}
	shared := template.Must(template.New("layout").Funcs(functions).ParseFS(files, "templates/layout.html", "templates/parts.html"))
	all := map[string]*template.Template{}
	names, err := files.ReadDir("templates")
	if err != nil {
		panic(err) // they are part of the program
	}
	for _, entry := range names {
		name := strings.TrimSuffix(entry.Name(), ".html")
		if name != "layout" && name != "parts" {
			all[name] = template.Must(template.Must(shared.Clone()).ParseFS(files, path.Join("templates", entry.Name())))
		}
	}
	return all
}

// show sends a page.
func (c *Console) show(w http.ResponseWriter, v *visit, p *page) {
	c.protect(w.Header())
	switch {
	case p.location != "":
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, v.Request, p.location, p.status) //nolint:gosec // every location is a path of the console's own
	case p.template != "":
		c.render(w, v, p)
	case p.status != 0:
		if p.contentType != "" {
			w.Header().Set("Content-Type", p.contentType)
		}
		w.Header().Set("Cache-Control", p.cachingOr("no-store"))
		w.WriteHeader(p.status)
		_, _ = w.Write(p.body) //nolint:gosec // files of the program's own, and plain text
	}
}

func (p *page) cachingOr(otherwise string) string {
	if p.caching != "" {
		return p.caching
	}
	return otherwise
}

func (c *Console) render(w http.ResponseWriter, v *visit, p *page) {
	f := frame{
		visit: v, Title: p.title, Crumbs: p.crumbs, Brand: c.Brand, APIURL: c.APIURL, Data: p.data,
		Style: stylePath + "?v=" + tag(c.style), Script: scriptPath + "?v=" + tag(script),
		Icon: iconPath + "?v=" + tag(c.icon), IconType: iconType,
	}
	if c.Brand.logo != nil {
		f.Icon, f.IconType = f.LogoURL(), c.Brand.logoType
	}
	var body bytes.Buffer
	if err := templates[p.template].ExecuteTemplate(&body, "layout", f); err != nil {
		c.fault(v.Context(), p.template, err)
		http.Error(w, "Something went wrong on our side. Try again.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	// Pages of somebody who has signed in are kept by nobody, not even for going
	// back, but for those on the way from one step of a form to the other.
	w.Header().Set("Cache-Control", p.cachingOr("no-store"))
	if p.status != 0 {
		w.WriteHeader(p.status)
	}
	_, _ = body.WriteTo(w)
}

// protect sets what keeps others out of the page.
func (c *Console) protect(h http.Header) {
	images := "'self'"
	if strings.HasPrefix(c.Brand.LogoURL, "https://") {
		images += " " + c.Brand.LogoURL
	}
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src "+images+
		"; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	// No path: an address would be sent a second time with the next request, and
	// to others. None at all would have browsers send forms with "Origin: null".
	h.Set("Referrer-Policy", "strict-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	if strings.HasPrefix(c.URL, "https://") {
		h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
	}
}

// LogoURL is where the page finds the logo; empty without one.
func (f frame) LogoURL() string {
	if f.Brand.logo != nil {
		return f.Brand.LogoURL + "?v=" + tag(f.Brand.logo)
	}
	return f.Brand.LogoURL
}

// Now is the product's clock, for the script.
func (v *visit) Now() string { return v.now.Format(integration.Layout) }

// User is who has signed in, as a person knows themselves.
func (v *visit) User() string {
	if v.session.Email != "" {
		return v.session.Email
	}
	return v.session.Subject
}

// Account is the one that is looked at; Accounts are all that there are to choose from.
func (v *visit) Account() string { return v.session.Account }

// Accounts are those that the person belongs to.
func (v *visit) Accounts() []string { return v.session.Accounts() }

// SignedIn says whether the page has a menu.
func (v *visit) SignedIn() bool { return v.signedIn() }

// Here says whether the page is at or below path.
func (v *visit) Here(path string) bool {
	return v.URL.Path == path || strings.HasPrefix(v.URL.Path, path+"/")
}

func plural(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}
