package browser

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

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
