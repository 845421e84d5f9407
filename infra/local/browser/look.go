package browser

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Has waits until the page has something with a role and a name. An empty name
// is any.
func (p *Page) Has(role, name string) {
	p.t.Helper()
	p.until(func(ctx context.Context) error {
		found, err := p.query(ctx, role, name)
		if err == nil && len(found) == 0 {
			err = fmt.Errorf("there is no %s %q", role, name)
		}
		return err
	})
}

// Lacks waits until the page has nothing with a role and a name.
func (p *Page) Lacks(role, name string) {
	p.t.Helper()
	p.until(func(ctx context.Context) error {
		found, err := p.query(ctx, role, name)
		if err == nil && len(found) > 0 {
			err = fmt.Errorf("there is %s", found[0])
		}
		return err
	})
}

// See waits until a text can be seen in the page.
func (p *Page) See(text string) {
	p.t.Helper()
	p.until(func(ctx context.Context) error {
		shown, err := p.shown(ctx)
		if err == nil && !strings.Contains(shown, squeeze(text)) {
			err = fmt.Errorf("%q can't be seen", text)
		}
		return err
	})
}

// SeeNot waits until a text can't be seen in the page.
func (p *Page) SeeNot(text string) {
	p.t.Helper()
	p.until(func(ctx context.Context) error {
		shown, err := p.shown(ctx)
		if err == nil && strings.Contains(shown, squeeze(text)) {
			err = fmt.Errorf("%q can be seen", text)
		}
		return err
	})
}

// shown is the text that can be seen, on one line.
func (p *Page) shown(ctx context.Context) (string, error) {
	root, err := p.root(ctx)
	if err != nil {
		return "", err
	}
	shown, err := callOn[string](ctx, root, `function () { return (this.body || this).innerText }`)
	return squeeze(shown), err
}

// squeeze makes one space of all white space.
func squeeze(text string) string { return strings.Join(strings.Fields(text), " ") }

// Shown is the text that can be seen in the page, on one line.
func (p *Page) Shown() string {
	p.t.Helper()
	var shown string
	p.until(func(ctx context.Context) (err error) {
		shown, err = p.shown(ctx)
		return err
	})
	return shown
}

// Element is something in the page, as a person is told of it.
type Element struct {
	Role, Name, Description string
	Text                    string // that can be seen in it
	Value                   string // of a field
	Checked, Expanded       string // "true", "false", "mixed" or, where it does not apply, ""
	Disabled, Invalid       bool
}

// Look waits for the one thing with a role and a name, and tells of it.
func (p *Page) Look(role, name string) Element {
	p.t.Helper()
	n := p.find(role, name)
	value, _ := p.on(n, `function () { return this.value === undefined ? '' : String(this.value) }`).(string)
	shown, _ := p.on(n, `function () { return this.innerText || '' }`).(string)
	refused, _ := p.on(n, `function () { return this.matches(':user-invalid') }`).(bool) // by the browser itself
	return Element{
		Role: n.role, Name: n.name, Description: text(n.raw.Description),
		Text: squeeze(shown), Value: value,
		Checked: n.property(accessibility.PropertyNameChecked), Expanded: n.property(accessibility.PropertyNameExpanded),
		Disabled: n.property(accessibility.PropertyNameDisabled) == "true",
		Invalid:  n.property(accessibility.PropertyNameInvalid) == "true" || refused,
	}
}

// Text is the text that can be seen in the one thing with a role and a name.
func (p *Page) Text(role, name string) string {
	p.t.Helper()
	return p.Look(role, name).Text
}

// Names are the names of all that has a role, in the page's order, as they are
// now.
func (p *Page) Names(role string) []string {
	p.t.Helper()
	var names []string
	p.until(func(ctx context.Context) error {
		found, err := p.query(ctx, role, "")
		names = nil
		for _, n := range found {
			names = append(names, n.name)
		}
		return err
	})
	return names
}

// Within is the page limited to the one thing in it with a role and a name, such
// as a dialog or a region. It is found anew each time.
func (p *Page) Within(role, name string) *Page {
	return p.narrow(func(ctx context.Context, root runtime.RemoteObjectID) (runtime.RemoteObjectID, error) {
		found, err := query(ctx, root, role, name)
		if err != nil {
			return "", err
		}
		n, err := one(found, role, name)
		if err != nil {
			return "", err
		}
		return n.object(ctx)
	})
}

// Row is the page limited to the table row, list item or article that shows
// something named so.
func (p *Page) Row(name string) *Page {
	return p.narrow(func(ctx context.Context, root runtime.RemoteObjectID) (runtime.RemoteObjectID, error) {
		found, err := query(ctx, root, "", name)
		if err != nil {
			return "", err
		}
		for _, n := range found {
			object, err := n.object(ctx)
			if err != nil {
				return "", err
			}
			row, err := chromedp.Call(ctx, runtime.CallFunctionOn, runtime.CallFunctionOnParams{
				ObjectID: object, FunctionDeclaration: `function () { return this.closest('tr, li, article, [role=row], [role=listitem]') }`,
			})
			if err != nil {
				return "", err
			}
			if row.Result.ObjectID != "" {
				return row.Result.ObjectID, nil
			}
		}
		return "", fmt.Errorf("no row shows %q", name)
	})
}

func (p *Page) narrow(by scope) *Page {
	return &Page{tab: p.tab, within: append(slices.Clip(p.within), by)}
}
