package browser

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
)

// axeFile is where .ci/axe puts axe-core, below the folder of go.mod.
const axeFile = ".build/axe/axe.min.js"

var axe = sync.OnceValues(func() (string, error) {
	file, err := moduleFile(axeFile)
	if err != nil {
		return "", err
	}
	source, err := os.ReadFile(file)
	return string(source), err
})

// fault is what axe has found, and where.
type fault struct {
	Rule, Impact, Help string
	Nodes              []string
}

// judge runs axe, but for its look at style sheets of other origins, and gives
// what is serious or critical.
const judge = `(async () => {
	const result = await axe.run(document, {preload: false, resultTypes: ['violations'], rules: {'target-size': {enabled: true}}});
	return result.violations.filter((v) => v.impact === 'serious' || v.impact === 'critical').map((v) => ({
		Rule: v.id, Impact: v.impact, Help: v.help,
		Nodes: v.nodes.map((n) => n.target.join(' ') + ': ' + n.any.concat(n.all, n.none).map((c) => c.message).join('; ')),
	}));
})()`

// Accessible fails the test where axe-core finds the page as it is now seriously
// or critically wanting, in light or in dark colours, but for rules by their ids.
// A test that asks for it is left out where axe-core is missing.
func (p *Page) Accessible(but ...string) {
	p.t.Helper()
	source, err := axe()
	if err != nil {
		p.t.Skip("this needs axe-core: fetch it with .ci/axe")
	}
	if p.options.noScript {
		p.t.Fatal("axe-core needs JavaScript")
	}
	evaluate[any](p.tab, source+"; null")
	defer p.prefer(p.options.scheme)
	for _, scheme := range []string{"light", "dark"} {
		p.prefer(scheme)
		evaluate[any](p.tab, atRest)
		for _, f := range evaluate[[]fault](p.tab, judge) {
			if slices.Contains(but, f.Rule) {
				continue
			}
			p.t.Errorf("%s, in %s colours: %s, %s: %s%s", p.URL(), scheme, f.Impact, f.Rule, f.Help, list(f.Nodes))
		}
	}
}

func list(lines []string) string {
	var b strings.Builder
	for _, line := range lines {
		fmt.Fprintf(&b, "\n\t%s", line)
	}
	return b.String()
}
