package console_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/private-integrations/private-integrations/pkg/console"
)

// branded is the same console under another brand.
func (s *site) branded(logo, color string) {
	s.t.Helper()
	brand, err := console.NewBrand("Acme Cloud", logo, color)
	if err != nil {
		s.t.Fatal(err)
	}
	config := s.console.Config
	config.Brand = brand
	s.console = console.New(config)
}

// icon is what the browser shows beside the title.
func (s *screen) icon() *screen {
	s.b.s.t.Helper()
	for n := range s.root.Descendants() {
		if n.Data != "link" || attribute(n, "rel") != "icon" {
			continue
		}
		icon := s.b.get(attribute(n, "href")).want(http.StatusOK)
		if got := icon.header.Get("Content-Type"); got != attribute(n, "type") {
			s.b.s.t.Errorf("%s, not %s", got, attribute(n, "type"))
		}
		return icon
	}
	s.b.s.t.Fatal("no icon")
	return nil
}

func TestNothingOfAnotherBrandIsInOurColour(t *testing.T) {
	s := newSite(t)
	s.branded("", "#ffcc00") // on which black can be read, not white
	page := s.admin("acme").get(home)
	icon := page.icon().body
	if !strings.Contains(icon, "#ffcc00") || !strings.Contains(icon, "#000000") {
		t.Error(icon)
	}
	style := page.b.get("/assets/console.css").body
	for name, text := range map[string]string{"page": page.body, "icon": icon, "style": style} {
		if strings.Contains(text, console.DefaultColor) {
			t.Errorf("%s: ours", name)
		}
	}
}

func TestLogoIsTheIconToo(t *testing.T) {
	s := newSite(t)
	file := filepath.Join(t.TempDir(), "logo.png")
	if err := os.WriteFile(file, []byte("\x89PNG of Acme"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.branded(file, "#ffcc00")
	if icon := s.stranger().get("/help").icon(); icon.body != "\x89PNG of Acme" {
		t.Errorf("%q", icon.body)
	}
	s.branded("https://acme.test/logo.svg", "#ffcc00")
	if icon := s.stranger().get("/help").icon(); !strings.Contains(icon.body, "#ffcc00") {
		t.Error(icon.body)
	}
}
