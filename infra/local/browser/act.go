package browser

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
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

// fields are the roles of what text can be put into.
var fields = []string{"textbox", "searchbox", "combobox", "spinbutton", "Date", "DateTime", "InputTime", "slider"}

// field waits for the one field with a label. A label may go on with a hint, after
// a space, if none ends there.
func (p *Page) field(label string, roles ...string) node {
	p.t.Helper()
	var found node
	p.until(func(ctx context.Context) error {
		all, err := p.query(ctx, "", "")
		if err != nil {
			return err
		}
		var exact, longer []node
		for _, n := range all {
			switch {
			case !slices.Contains(roles, n.role):
			case n.name == label:
				exact = append(exact, n)
			case strings.HasPrefix(n.name, label+" "):
				longer = append(longer, n)
			}
		}
		if len(exact) == 0 {
			exact = longer
		}
		found, err = one(exact, "field", label)
		return err
	})
	return found
}

// empty makes a field ready to be typed into. Those that have an editor of their
// own, such as dates, are set instead: it says so.
const empty = `function (value) {
	if (this.disabled || this.readOnly) throw new Error('it can not be changed');
	this.focus();
	if (/^(date|datetime-local|month|week|time|color|range)$/.test(this.type)) {
		this.value = value;
		this.dispatchEvent(new Event('input', {bubbles: true}));
		this.dispatchEvent(new Event('change', {bubbles: true}));
		return true;
	}
	this.select();
	return false;
}`

// Fill puts a text into the field with a label, in place of what it held. Dates
// are written 2027-01-31.
func (p *Page) Fill(label, value string) {
	p.t.Helper()
	n := p.field(label, fields...)
	p.act("fill "+n.String(), func() {
		if p.on(n, empty, value) == true {
			return
		}
		if value == "" {
			p.key(kb.Backspace)
			return
		}
		call(p.tab, input.InsertText, input.InsertTextParams{Text: value})
	})
}

// on calls a function on a node and ends the test where it throws.
func (p *Page) on(n node, function string, arguments ...any) any {
	p.t.Helper()
	ctx, cancel := p.limited()
	defer cancel()
	object, err := n.object(ctx)
	if err != nil {
		p.fail("%s: %v", n, err)
	}
	result, err := callOn[any](ctx, object, function, arguments...)
	if err != nil {
		p.fail("%s: %v", n, err)
	}
	return result
}

// choose picks the option with a label.
const choose = `function (label) {
	const option = [...this.options].find((o) => o.label.trim() === label);
	if (!option) throw new Error('it offers ' + JSON.stringify([...this.options].map((o) => o.label.trim())));
	if (option.disabled) throw new Error('this option is disabled');
	this.focus();
	option.selected = true;
	this.dispatchEvent(new Event('input', {bubbles: true}));
	this.dispatchEvent(new Event('change', {bubbles: true}));
}`

// Choose picks an option of the list with a label.
func (p *Page) Choose(label, option string) {
	p.t.Helper()
	n := p.field(label, "combobox", "listbox")
	p.act("choose "+option, func() { p.on(n, choose, option) })
}

// boxes are the roles of what is on or off.
var boxes = []string{"checkbox", "radio", "switch", "menuitemcheckbox", "menuitemradio"}

// Check switches the box, switch or radio button with a label on.
func (p *Page) Check(label string) {
	p.t.Helper()
	p.set(label, "true")
}

// Uncheck switches the box or switch with a label off.
func (p *Page) Uncheck(label string) {
	p.t.Helper()
	p.set(label, "false")
}

func (p *Page) set(label, want string) {
	p.t.Helper()
	n := p.field(label, boxes...)
	if n.property("checked") == want {
		return
	}
	p.click(n.role, n.name, n)
}

// keys are those that have a name.
var keys = map[string]string{
	"Tab": kb.Tab, "Enter": kb.Enter, "Escape": kb.Escape, "Space": " ", "Backspace": kb.Backspace,
	"Up": kb.ArrowUp, "Down": kb.ArrowDown, "Left": kb.ArrowLeft, "Right": kb.ArrowRight, "Home": kb.Home, "End": kb.End,
}

// Press presses a key, such as "Tab", "Shift+Tab", "Enter", "Down" or "x", where
// the focus is, and waits for what that leads to.
func (p *Page) Press(key string) {
	p.t.Helper()
	p.act("press "+key, func() {
		name, shift := strings.CutPrefix(key, "Shift+")
		code, named := keys[name]
		if !named {
			code = name
		}
		if shift {
			p.key(code, chromedp.KeyModifiers(chromedp.ModifierShift))
			return
		}
		p.key(code)
	})
}

func (p *Page) key(code string, options ...chromedp.KeyOption) {
	p.t.Helper()
	ctx, cancel := p.limited()
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.KeyEvent(code, options...)); err != nil && !errors.Is(err, context.Canceled) {
		p.t.Fatalf("press a key: %v", err)
	}
}
