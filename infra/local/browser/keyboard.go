package browser

import (
	"context"
	"fmt"
	"slices"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// remember notes how this looks without the focus; its answer says whether Tab
// should stop at it. Of radio buttons with one name it stops at one.
const remember = `function () {
	const key = (e) => [e, ...(e.labels || [])].map((x) => {
		const s = getComputedStyle(x);
		return [s.outlineStyle, s.outlineWidth, s.outlineColor, s.boxShadow, s.borderColor, s.backgroundColor, s.textDecorationLine].join();
	}).join(';');
	globalThis.unfocused ??= new Map();
	globalThis.unfocused.set(this, key(this));
	globalThis.looks = key;
	if (this.tabIndex < 0 || this.disabled || this.getRootNode() !== document) return false;
	if (this.type !== 'radio') return true;
	const group = [...document.querySelectorAll('input[type=radio]')].filter((e) => e.name === this.name && e.form === this.form);
	return this === (group.find((e) => e.checked) || group[0]);
}`

// shows says whether it can be seen that this has the focus.
const shows = `function () { return globalThis.looks(this) !== globalThis.unfocused.get(this) }`

// Walk goes through the page with the Tab key and gives the controls in the order
// in which they got the focus, as `role "name"`. It fails the test where Tab does
// not reach a control, or where it can't be seen that one has the focus.
func (p *Page) Walk() []string {
	p.t.Helper()
	evaluate[any](p.tab, `document.activeElement.blur(), getSelection().removeAllRanges(), null`)
	stops := p.stops()
	evaluate[any](p.tab, `scrollTo(0, 0), document.body.tabIndex = -1, document.body.focus(), document.body.removeAttribute('tabindex'), null`)
	var walked []string
	reached := map[cdp.BackendNodeID]bool{}
	for last, left := cdp.BackendNodeID(0), 0; ; {
		p.Press("Tab")
		at, object, in := p.focused()
		if !in {
			// Out of the page and in again: a dialog gives the focus to its first
			// control by itself, which is where the walk began.
			if left++; left > 1 {
				break
			}
			continue
		}
		if at == last {
			continue // a part of it, such as the month of a date
		}
		if reached[at] {
			break
		}
		last, reached[at] = at, true
		name := "something that is no control"
		if i := slices.IndexFunc(stops, func(n node) bool { return n.id == at }); i >= 0 {
			name = stops[i].String()
		}
		walked = append(walked, name)
		ctx, cancel := p.limited()
		visible, err := callOn[bool](ctx, object, shows)
		cancel()
		if err != nil || !visible {
			p.t.Errorf("%s: it can't be seen that %s has the focus", p.URL(), name)
		}
	}
	for _, n := range stops {
		if !reached[n.id] {
			p.t.Errorf("%s: Tab does not reach %s", p.URL(), n)
		}
	}
	return walked
}

// stops are the controls at which Tab should stop.
func (p *Page) stops() []node {
	p.t.Helper()
	ctx, cancel := p.limited()
	defer cancel()
	all, err := p.query(ctx, "", "")
	if err != nil {
		p.fail("look for controls: %v", err)
	}
	var stops []node
	for _, n := range all {
		if n.property(accessibility.PropertyNameFocusable) != "true" || n.role == "RootWebArea" || n.role == "option" {
			continue
		}
		if p.on(n, remember) == true {
			stops = append(stops, n)
		}
	}
	return stops
}

// focused is what has the focus; the page itself is nothing.
func (p *Page) focused() (cdp.BackendNodeID, runtime.RemoteObjectID, bool) {
	p.t.Helper()
	ctx, cancel := p.limited()
	defer cancel()
	id, object, err := active(ctx)
	if err != nil {
		p.fail("look for the focus: %v", err)
	}
	return id, object, object != ""
}

func active(ctx context.Context) (cdp.BackendNodeID, runtime.RemoteObjectID, error) {
	found, err := chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{
		Expression: `document.hasFocus() && document.activeElement !== document.body ? document.activeElement : null`,
	})
	if err != nil || found.Result.ObjectID == "" {
		return 0, "", err
	}
	described, err := chromedp.Call(ctx, dom.DescribeNode, dom.DescribeNodeParams{ObjectID: found.Result.ObjectID})
	if err != nil {
		return 0, "", fmt.Errorf("describe what has the focus: %w", err)
	}
	return described.Node.BackendNodeID, found.Result.ObjectID, nil
}
