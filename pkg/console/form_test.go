package console_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// filled is a form of a page, filled in as the page had it and then as somebody
// goes on.
type filled struct {
	page   *screen
	node   *html.Node
	fields url.Values
}

// form is the form of the page that has a button of this label.
func (s *screen) form(button string) *filled {
	s.b.s.t.Helper()
	for n := range s.root.Descendants() {
		if n.Data == "form" && buttonOf(n, button) != nil {
			f := &filled{page: s, node: n, fields: url.Values{}}
			f.read()
			return f
		}
	}
	s.b.s.t.Fatalf("%s has no form with a button %q:\n%s", s.asked, button, textOf(s.root))
	return nil
}

func buttonOf(form *html.Node, label string) *html.Node {
	for n := range form.Descendants() {
		if n.Data == "button" && attribute(n, "type") != "button" && textOf(n) == label {
			return n
		}
	}
	return nil
}

// read takes over what the page has filled in.
func (f *filled) read() {
	for n := range f.node.Descendants() {
		name := attribute(n, "name")
		if n.Type != html.ElementNode || name == "" {
			continue
		}
		switch n.Data {
		case "input":
			if kind := attribute(n, "type"); kind != "checkbox" && kind != "radio" || hasAttribute(n, "checked") {
				f.fields.Add(name, valueOf(n))
			}
		case "textarea":
			f.fields.Add(name, textOf(n))
		case "select":
			f.fields.Add(name, selected(n))
		}
	}
}

// valueOf is what an input sends; a checkbox without a value sends "on".
func valueOf(n *html.Node) string {
	if hasAttribute(n, "value") || attribute(n, "type") != "checkbox" {
		return attribute(n, "value")
	}
	return "on"
}

func selected(n *html.Node) string {
	value, first := "", true
	for o := range n.Descendants() {
		if o.Data == "option" && (first || hasAttribute(o, "selected")) {
			value, first = attribute(o, "value"), false
		}
	}
	return value
}

// fill enters a text in the field of a label.
func (f *filled) fill(label, value string) *filled {
	f.page.b.s.t.Helper()
	f.fields.Set(attribute(f.field(label), "name"), value)
	return f
}

// tick switches a checkbox on, or picks a radio button; untick switches off.
func (f *filled) tick(label string) *filled {
	f.page.b.s.t.Helper()
	n := f.field(label)
	name := attribute(n, "name")
	if attribute(n, "type") == "radio" {
		f.fields.Del(name)
	}
	if !slices.Contains(f.fields[name], valueOf(n)) {
		f.fields.Add(name, valueOf(n))
	}
	return f
}

func (f *filled) untick(label string) *filled {
	f.page.b.s.t.Helper()
	n := f.field(label)
	name := attribute(n, "name")
	f.fields[name] = slices.DeleteFunc(f.fields[name], func(v string) bool { return v == valueOf(n) })
	return f
}

// ticked reports whether a checkbox or radio button is on.
func (f *filled) ticked(label string) bool {
	f.page.b.s.t.Helper()
	n := f.field(label)
	return slices.Contains(f.fields[attribute(n, "name")], valueOf(n))
}

// field is the input of a label, whose text begins with that.
func (f *filled) field(label string) *html.Node {
	f.page.b.s.t.Helper()
	for l := range f.node.Descendants() {
		if l.Data != "label" || !strings.HasPrefix(textOf(l), label) {
			continue
		}
		id := attribute(l, "for")
		for n := range f.node.Descendants() {
			input := n.Data == "input" || n.Data == "textarea" || n.Data == "select"
			if input && (id != "" && attribute(n, "id") == id || id == "" && within(n, l)) {
				return n
			}
		}
	}
	f.page.b.s.t.Fatalf("the form of %s has no field %q:\n%s", f.page.asked, label, textOf(f.node))
	return nil
}

func within(n, parent *html.Node) bool {
	for p := range n.Ancestors() {
		if p == parent {
			return true
		}
	}
	return false
}

// press sends the form by the button of a label.
func (f *filled) press(label string) *screen {
	f.page.b.s.t.Helper()
	button := buttonOf(f.node, label)
	if button == nil {
		f.page.b.s.t.Fatalf("the form of %s has no button %q:\n%s", f.page.asked, label, textOf(f.node))
	}
	fields := url.Values{}
	for name, values := range f.fields {
		fields[name] = values
	}
	if name := attribute(button, "name"); name != "" {
		fields.Add(name, attribute(button, "value"))
	}
	target, method := f.attribute(button, "action"), strings.ToUpper(f.attribute(button, "method"))
	if target == "" {
		target, _, _ = strings.Cut(f.page.asked, "?")
	}
	if method == http.MethodPost {
		return f.page.b.post(target, fields)
	}
	target, _, _ = strings.Cut(target, "#")
	return f.page.b.get(target + "?" + fields.Encode())
}

// attribute is what the button says of how the form is sent, or else the form.
func (f *filled) attribute(button *html.Node, name string) string {
	if hasAttribute(button, "form"+name) {
		return attribute(button, "form"+name)
	}
	return attribute(f.node, name)
}
