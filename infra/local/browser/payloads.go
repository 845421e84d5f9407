package browser

import (
	_ "embed" // for the payloads
	"strings"
)

//go:embed testdata/payloads.txt
var payloads string

// Payloads are texts that run a script, fetch something or tear a page apart where
// a page takes them for more than text. Each is a name that the product allows.
func Payloads() []string { return strings.Split(strings.TrimSuffix(payloads, "\n"), "\n") }

// ShowsAsText fails the test where the page does not show the texts letter by
// letter, or the browser has found anything.
func (p *Page) ShowsAsText(texts ...string) {
	p.t.Helper()
	shown := p.Shown()
	for _, text := range texts {
		if !strings.Contains(shown, squeeze(text)) {
			p.t.Errorf("%s does not show as text: %s", p.URL(), text)
		}
	}
	for _, finding := range p.takeFindings() {
		p.t.Errorf("%s: the browser found: %s", p.URL(), finding)
	}
}
