// Package route finds the path template that a request's path is an instance
// of, and refuses paths that another reader could take for another path.
//
// Where several templates fit, the leftmost literal wins: segment by segment,
// literal text goes before a parameter with text around it (more text first),
// and that before a bare parameter.
package route

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	// ErrNotFound says that no template of the method fits the path.
	ErrNotFound = errors.New("no operation has this method and path")

	// ErrAmbiguous says that a template fits, but that a reader who decodes
	// escapes or ignores letter case could choose a more specific one.
	ErrAmbiguous = errors.New("the path could be taken for that of another operation")
)

// Route is one entry of a [Table]: a method and a template such as
// "/contacts/{contactId}".
type Route struct {
	Method   string `json:"method"`
	Template string `json:"template"`
}

// Table matches paths to routes. It does not change once built, and any
// number of goroutines may use it.
type Table struct {
	methods map[string]*node
}

// New builds a table. Templates of one method must differ in more than the
// names of their parameters and a slash at the end.
func New(routes []Route) (*Table, error) {
	t := &Table{methods: make(map[string]*node)}
	for i, r := range routes {
		segments, err := parse(r.Template)
		if err != nil {
			return nil, err
		}
		n := t.methods[r.Method]
		if n == nil {
			n = newNode()
			t.methods[r.Method] = n
		}
		for _, g := range segments {
			n = n.child(g)
		}
		if n.route != none {
			return nil, fmt.Errorf("%s %s and %s match the same paths", r.Method, routes[n.route].Template, r.Template)
		}
		n.route = i
	}
	return t, nil
}

// Match gives the index of the route that path is an instance of, or
// [ErrNotFound] or [ErrAmbiguous]. One slash at the end of path is not
// significant. Match takes path as it is; [Check] it first. Segments up to
// 128 bytes cost no allocation, and the work is bounded by the size of the
// table, whatever the path: the templates form a tree, to each of whose nodes
// one way leads.
func (t *Table) Match(method, path string) (int, error) {
	n := t.methods[method]
	if n == nil || path == "" || path[0] != '/' {
		return 0, ErrNotFound
	}
	var s search
	route := s.from(n, strings.TrimSuffix(path, "/"))
	switch {
	case route == none:
		return 0, ErrNotFound
	case s.twin:
		return 0, ErrAmbiguous
	}
	return route, nil
}

const none = -1

// node is the place in a table that one sequence of segments leads to.
type node struct {
	route    int // of the template that ends here, or none
	literals map[string]*node
	mixed    []*mixed // most specific first
	param    *node

	// folded counts the literals by what they look like to a reader who
	// decodes and ignores letter case.
	folded map[string]int
}

// mixed leads on over a segment that has text around its parameter.
type mixed struct {
	segment
	folded segment
	*node
}

func newNode() *node { return &node{route: none} }

// child is the node that g leads to, made where it is missing.
func (n *node) child(g segment) *node {
	switch {
	case !g.parameter:
		return n.literal(g.prefix)
	case g.prefix == "" && g.suffix == "":
		if n.param == nil {
			n.param = newNode()
		}
		return n.param
	}
	for _, m := range n.mixed {
		if m.prefix == g.prefix && m.suffix == g.suffix {
			return m.node
		}
	}
	m := &mixed{segment: g, node: newNode()}
	m.folded = segment{prefix: string(appendFolded(nil, g.prefix)), suffix: string(appendFolded(nil, g.suffix))}
	n.mixed = append(n.mixed, m)
	slices.SortFunc(n.mixed, func(a, b *mixed) int { return compareMixed(a.segment, b.segment) })
	return m.node
}

func (n *node) literal(text string) *node {
	if n.literals == nil {
		n.literals = make(map[string]*node)
		n.folded = make(map[string]int)
	}
	c := n.literals[text]
	if c == nil {
		c = newNode()
		n.literals[text] = c
		n.folded[string(appendFolded(nil, text))]++
	}
	return c
}

// compareMixed puts more literal text first, and of the same amount the longer
// prefix; then any order that does not hang on the order of the templates.
func compareMixed(a, b segment) int {
	return cmp.Or(
		cmp.Compare(len(b.prefix)+len(b.suffix), len(a.prefix)+len(a.suffix)),
		cmp.Compare(len(b.prefix), len(a.prefix)),
		cmp.Compare(a.prefix, b.prefix),
		cmp.Compare(a.suffix, b.suffix),
	)
}

// search is one walk through the tree, best way first.
type search struct {
	// twin says that a way was passed by that a reader who decodes and ignores
	// letter case would have tried before those that came later.
	twin bool
}

// from gives the route that the best way from n leads to, or none.
func (s *search) from(n *node, path string) int {
	if path == "" {
		return n.route
	}
	text, rest := cut(path)
	if text == "" {
		return none
	}
	if exact := n.literals[text]; exact != nil {
		if route := s.from(exact, rest); route != none {
			return route
		}
	}
	if n.literals != nil || n.mixed != nil {
		if route := s.overMixed(n, text, rest); route != none {
			return route
		}
	}
	if n.param == nil {
		return none
	}
	return s.from(n.param, rest)
}

// overMixed tries the ways from n over text around a parameter. It also sees
// what another reader would have taken for a literal.
func (s *search) overMixed(n *node, text, rest string) int {
	var room [128]byte
	folded := appendFolded(room[:0], text)
	alike := n.folded[string(folded)]
	if n.literals[text] != nil {
		alike-- // text itself
	}
	s.twin = s.twin || alike > 0
	for _, m := range n.mixed {
		switch {
		case m.fits(text):
			if route := s.from(m.node, rest); route != none {
				return route
			}
		case m.folded.fitsBytes(folded):
			s.twin = true
		}
	}
	return none
}

// fitsBytes is fits without the string that a conversion would allocate.
func (g segment) fitsBytes(s []byte) bool {
	return len(s) > len(g.prefix)+len(g.suffix) &&
		string(s[:len(g.prefix)]) == g.prefix && string(s[len(s)-len(g.suffix):]) == g.suffix
}

// appendFolded appends s to b with its escapes decoded and letter case taken
// away.
func appendFolded(b []byte, s string) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case 'A' <= c && c <= 'Z':
			b = append(b, c|0x20)
			i++
		case c == '%':
			r, size := decodeEscaped(s[i:])
			if size == 0 {
				b = append(b, c)
				i++
				continue
			}
			b = utf8.AppendRune(b, foldRune(r))
			i += size
		default:
			b = append(b, c)
			i++
		}
	}
	return b
}

// foldRune is one character for all that differ in letter case alone, and a
// lower-case one for ASCII letters.
func foldRune(r rune) rune {
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	return unicode.ToLower(least)
}
