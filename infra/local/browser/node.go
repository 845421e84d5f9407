package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Disclosure is the role of what folds something out, such as a menu.
const Disclosure = "DisclosureTriangle"

// node is something in the page as assistive technology is told of it.
type node struct {
	id         cdp.BackendNodeID
	role, name string
	raw        *accessibility.Node
}

func (n node) String() string { return fmt.Sprintf("%s %q", n.role, n.name) }

// scope finds the part of the page that a [Page] is limited to, in a larger one.
type scope func(ctx context.Context, root runtime.RemoteObjectID) (runtime.RemoteObjectID, error)

// root is the node below which the page looks: the document, if it is not
// limited to a part of it.
func (p *Page) root(ctx context.Context) (runtime.RemoteObjectID, error) {
	document, err := chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: "document"})
	if err != nil {
		return "", err
	}
	root := document.Result.ObjectID
	for _, narrow := range p.within {
		if root, err = narrow(ctx, root); err != nil {
			return "", err
		}
	}
	return root, nil
}

// query finds the nodes below root that have a role and a name; an empty one is
// any. What assistive technology is not told of is not found.
func query(ctx context.Context, root runtime.RemoteObjectID, role, name string) ([]node, error) {
	result, err := chromedp.Call(ctx, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{
		ObjectID: root, Role: role, AccessibleName: name,
	})
	if err != nil {
		return nil, err
	}
	var found []node
	for _, raw := range result.Nodes {
		n := node{id: raw.BackendDOMNodeID, role: text(raw.Role), name: text(raw.Name), raw: raw}
		// Text is told of as such, and again as a part of what it labels.
		if !raw.Ignored && n.id != 0 && (role != "" || !slices.Contains([]string{"StaticText", "InlineTextBox", "none"}, n.role)) {
			found = append(found, n)
		}
	}
	return found, nil
}

func (p *Page) query(ctx context.Context, role, name string) ([]node, error) {
	root, err := p.root(ctx)
	if err != nil {
		return nil, err
	}
	return query(ctx, root, role, name)
}

// one is the node among found, which have to be one.
func one(found []node, role, name string) (node, error) {
	switch len(found) {
	case 0:
		return node{}, fmt.Errorf("there is no %s %q", role, name)
	case 1:
		return found[0], nil
	}
	return node{}, fmt.Errorf("there are %d of %s %q: say which with Within or Row", len(found), role, name)
}

// find waits until there is one node with a role and a name.
func (p *Page) find(role, name string) node {
	p.t.Helper()
	var found node
	p.until(func(ctx context.Context) error {
		nodes, err := p.query(ctx, role, name)
		if err == nil {
			found, err = one(nodes, role, name)
		}
		return err
	})
	return found
}

// until tries until there is no error. A page that is just changing gives errors
// of all kinds, so any is tried again; when patience is over, the last ends the
// test.
func (p *Page) until(try func(ctx context.Context) error) {
	p.t.Helper()
	ctx, cancel := p.limited()
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var last error
	for {
		err := try(ctx)
		if err == nil {
			return
		}
		if ctx.Err() == nil {
			last = err
		}
		select {
		case <-ctx.Done():
			p.fail("%v", last)
		case <-tick.C:
		}
	}
}

// object is the node for scripts.
func (n node) object(ctx context.Context) (runtime.RemoteObjectID, error) {
	resolved, err := chromedp.Call(ctx, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: n.id})
	if err != nil {
		return "", err
	}
	return resolved.Object.ObjectID, nil
}

// property is what assistive technology is told of the node beside its role and
// name; empty if nothing.
func (n node) property(name accessibility.PropertyName) string {
	for _, property := range n.raw.Properties {
		if property.Name == name {
			return text(property.Value)
		}
	}
	return ""
}

// text is a value as text, whatever its type.
func text(v *accessibility.Value) string {
	if v == nil || len(v.Value) == 0 {
		return ""
	}
	var s string
	if json.Unmarshal(v.Value, &s) == nil {
		return s
	}
	return strings.TrimSpace(string(v.Value))
}
