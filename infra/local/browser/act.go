package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"

	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// point is where a control can be clicked, or why it can't be.
type point struct {
	X, Y float64
	Why  string
}

// aim finds the point at which a person would click this. A box that is drawn
// otherwise than by itself is clicked on its label.
const aim = `function () {
	if (this.disabled) return {Why: 'is disabled'};
	const spots = [this, ...(this.labels || [])].flatMap((e) => [...e.getClientRects()].slice(0, 1));
	for (const r of spots) {
		if (r.width < 3 || r.height < 3) continue;
		const x = r.x + r.width / 2, y = r.y + r.height / 2;
		const hit = document.elementFromPoint(x, y);
		if (hit && (this.contains(hit) || [...(this.labels || [])].some((l) => l.contains(hit)))) return {X: x, Y: y, Why: ''};
		if (hit) var cover = hit;
	}
	return {Why: cover ? 'is covered by ' + cover.outerHTML.slice(0, 100) : 'can not be seen'};
}`

// Click clicks the one control with a role and a label, and waits for what that
// leads to.
func (p *Page) Click(role, name string) {
	p.t.Helper()
	p.click(role, name, p.find(role, name))
}

func (p *Page) click(role, name string, n node) {
	p.t.Helper()
	var at point
	p.until(func(ctx context.Context) (err error) {
		if at, err = p.aim(ctx, n); err != nil {
			// The page may have put another in its place.
			if found, again := p.query(ctx, role, name); again == nil && len(found) == 1 {
				n = found[0]
			}
		}
		return err
	})
	p.act(fmt.Sprintf("click %s", n), func() {
		p.mouse(input.DispatchMouseEventTypeMouseMoved, at)
		p.mouse(input.DispatchMouseEventTypeMousePressed, at)
		p.mouse(input.DispatchMouseEventTypeMouseReleased, at)
	})
}

// send makes a form of fields and sends it.
const send = `((address, fields) => {
	const form = Object.assign(document.createElement('form'), {method: 'post', action: address, hidden: true});
	for (const [name, values] of Object.entries(fields)) for (const value of values) {
		form.append(Object.assign(document.createElement('textarea'), {name, value}));
	}
	document.body.append(form);
	form.submit();
})(%s)`

// Post sends a form of the page's own with what its fields would not take, and
// waits for the answer.
func (p *Page) Post(address string, fields url.Values) {
	p.t.Helper()
	arguments, err := json.Marshal([]any{address, fields})
	if err != nil {
		p.t.Fatal(err)
	}
	p.navigate("post to "+address, func() {
		call(p.tab, runtime.Evaluate, runtime.EvaluateParams{
			Expression: fmt.Sprintf(send, arguments[1:len(arguments)-1]), UserGesture: new(true),
		})
	})
}

func (p *Page) aim(ctx context.Context, n node) (point, error) {
	if _, err := chromedp.Call(ctx, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{BackendNodeID: n.id}); err != nil {
		return point{}, fmt.Errorf("%s can't be seen: %w", n, err)
	}
	object, err := n.object(ctx)
	if err != nil {
		return point{}, err
	}
	at, err := callOn[point](ctx, object, aim)
	if err == nil && at.Why != "" {
		err = fmt.Errorf("%s %s", n, at.Why)
	}
	return at, err
}

func (p *Page) mouse(what input.DispatchMouseEventType, at point) {
	p.t.Helper()
	params := input.DispatchMouseEventParams{Type: what, X: at.X, Y: at.Y}
	if what != input.DispatchMouseEventTypeMouseMoved {
		params.Button, params.ClickCount = input.MouseButtonLeft, 1
	}
	call(p.tab, input.DispatchMouseEvent, params)
}
