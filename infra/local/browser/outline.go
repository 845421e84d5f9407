package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/chromedp"
)

// Outline is the page as assistive technology is told of it.
func (p *tab) Outline() string {
	ctx, cancel := p.limited()
	defer cancel()
	tree, err := chromedp.Call(ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		return err.Error()
	}
	nodes := map[accessibility.NodeID]*accessibility.Node{}
	for _, raw := range tree.Nodes {
		nodes[raw.NodeID] = raw
	}
	var b strings.Builder
	if len(tree.Nodes) > 0 {
		outline(&b, nodes, tree.Nodes[0], 0)
	}
	return b.String()
}

func outline(b *strings.Builder, nodes map[accessibility.NodeID]*accessibility.Node, raw *accessibility.Node, depth int) {
	if raw == nil {
		return
	}
	role := text(raw.Role)
	if !raw.Ignored && !slices.Contains([]string{"InlineTextBox", "none", "generic"}, role) {
		fmt.Fprintf(b, "%s%s %q\n", strings.Repeat("  ", depth), role, text(raw.Name))
		depth++
	}
	for _, child := range raw.ChildIDs {
		outline(b, nodes, nodes[child], depth)
	}
}

// fail ends the test, and shows the page as it is.
func (p *tab) fail(format string, arguments ...any) {
	p.t.Helper()
	address := "?"
	ctx, cancel := p.limited()
	defer cancel()
	if at, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.location.href`)); err == nil {
		address = at
	}
	if picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot()); err == nil {
		// It stays where the tests were told to keep what they make.
		if t, can := p.t.(interface{ ArtifactDir() string }); can {
			_ = os.WriteFile(filepath.Join(t.ArtifactDir(), "page.png"), picture, 0o600)
		}
	}
	p.t.Fatalf("%s\nat %s, which shows\n%s", fmt.Sprintf(format, arguments...), address, p.Outline())
}
