package route

import (
	"fmt"
	"strings"
)

// segment is what stands between two slashes of a template: literal text, or
// a parameter with text before and after it, either of which may be empty.
type segment struct {
	prefix string // all of the text where parameter is false
	suffix string
	name   string

	parameter bool
}

// fits reports whether s can be an instance of a segment with a parameter.
// The parameter is never empty.
func (g segment) fits(s string) bool {
	return len(s) > len(g.prefix)+len(g.suffix) &&
		strings.HasPrefix(s, g.prefix) && strings.HasSuffix(s, g.suffix)
}

// Shape is the template without its parameters' names and the slash at its
// end: two templates with one shape match the same paths. The error says what
// is wrong with a template that no table takes: braces that don't pair, two
// parameters in one segment, or text that [Check] would refuse in a path.
func Shape(template string) (string, error) {
	segments, err := parse(template)
	if err != nil {
		return "", err
	}
	return join(segments, "{}"), nil
}

// Params gives the values that path has for the parameters of template, still
// escaped, or false where the path does not match.
func Params(template, path string) (map[string]string, bool) {
	segments, err := parse(template)
	if err != nil || !strings.HasPrefix(path, "/") {
		return nil, false
	}
	values := make(map[string]string)
	rest := strings.TrimSuffix(path, "/")
	for _, g := range segments {
		if rest == "" {
			return nil, false
		}
		var s string
		s, rest = cut(rest)
		switch {
		case g.parameter && g.fits(s):
			values[g.name] = s[len(g.prefix) : len(s)-len(g.suffix)]
		case g.parameter || s != g.prefix:
			return nil, false
		}
	}
	return values, rest == ""
}

// TrimSlash takes the one slash off the end of path that is not significant.
func TrimSlash(path string) string {
	if path == "/" {
		return path
	}
	return strings.TrimSuffix(path, "/")
}

// cut takes the first segment off a path that begins with a slash.
func cut(path string) (first, rest string) {
	path = path[1:]
	if i := strings.IndexByte(path, '/'); i >= 0 {
		return path[:i], path[i:]
	}
	return path, ""
}

// join writes segments as a path, with value in place of every parameter.
func join(segments []segment, value string) string {
	if len(segments) == 0 {
		return "/"
	}
	var path []byte
	for _, g := range segments {
		path = append(append(path, '/'), g.prefix...)
		if g.parameter {
			path = append(append(path, value...), g.suffix...)
		}
	}
	return string(path)
}

func parse(template string) ([]segment, error) {
	if !strings.HasPrefix(template, "/") {
		return nil, fmt.Errorf("template %q does not begin with a slash", template)
	}
	segments := make([]segment, 0, strings.Count(template, "/"))
	for rest := strings.TrimSuffix(template, "/"); rest != ""; {
		var text string
		text, rest = cut(rest)
		g, err := parseSegment(text)
		if err != nil {
			return nil, fmt.Errorf("template %q: %w", template, err)
		}
		segments = append(segments, g)
	}
	if err := Check(join(segments, "x")); err != nil {
		return nil, fmt.Errorf("template %q can't be matched safely: %w", template, err)
	}
	return segments, nil
}

func parseSegment(text string) (segment, error) {
	prefix, rest, opened := strings.Cut(text, "{")
	if !opened {
		if strings.Contains(text, "}") {
			return segment{}, fmt.Errorf("segment %q closes a brace that it did not open", text)
		}
		return segment{prefix: text}, nil
	}
	name, suffix, closed := strings.Cut(rest, "}")
	switch {
	case !closed || name == "" || strings.ContainsAny(prefix, "}") || strings.Contains(name, "{"):
		return segment{}, fmt.Errorf("segment %q has braces that don't enclose one name", text)
	case strings.ContainsAny(suffix, "{}"):
		return segment{}, fmt.Errorf("segment %q has more than one parameter; a path could be split between them in several ways", text)
	}
	return segment{prefix: prefix, suffix: suffix, name: name, parameter: true}, nil
}
