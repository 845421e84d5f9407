package runner

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/private-integrations/private-integrations/pkg/catalog"
)

// Greeting says where the runner is, and gives two lines that work as pasted:
// one creates an integration, the other is a first call with its token.
func (r *Runner) Greeting() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\nPrivate Integrations\n\n  console      %s   (sign in with one click)\n  management   %s   (described at %s/docs)\n  API v2.0     %s\n",
		r.ManagementURL, r.ManagementURL, r.ManagementURL, r.APIURL)
	if o, found := r.firstCall(); found {
		fmt.Fprintf(&b, "\nCreate an integration, and keep its token in $TOKEN:\n\n%s\n\nUse it:\n\n%s\n\n",
			r.createLine(o), r.callLine(o))
	}
	b.WriteString("Ctrl-C stops it.\n")
	return b.String()
}

// firstCall is the first GET that opens with one scope; one of sample contacts
// where the API behind is the contacts one.
func (r *Runner) firstCall() (catalog.Operation, bool) {
	var first catalog.Operation
	for _, o := range r.Catalog.Operations {
		if o.Method != "GET" || len(o.Requirement) == 0 {
			continue
		}
		if r.config.Upstream == "contacts" && o.Path == "/contacts/{contactId}" {
			return o, true
		}
		if first.Path == "" {
			first = o
		}
	}
	return first, first.Path != ""
}

func (r *Runner) createLine(o catalog.Operation) string {
	management := strings.TrimPrefix(r.ManagementURL, "http://")
	scopes := `"` + strings.Join(o.Requirement[0], `","`) + `"`
	return `TOKEN=$(curl -s ` + management + `/api/v1/accounts/acme/integrations` +
		` -H "Authorization: Bearer $(curl -s '` + management + `/dev/token?user=admin@acme.test')"` +
		` -H 'Content-Type: application/json' -d '{"name":"My first integration","scopes":[` + scopes + `]}'` +
		` | sed 's/.*"token":"\([^"]*\)".*/\1/'); echo $TOKEN`
}

func (r *Runner) callLine(o catalog.Operation) string {
	path := o.Path
	for {
		before, rest, found := strings.Cut(path, "{")
		if !found {
			break
		}
		_, after, _ := strings.Cut(rest, "}")
		path = before + "ada" + after
	}
	line := `curl ` + strings.TrimPrefix(r.APIURL, "http://") + path + ` -H "Authorization: $TOKEN"`
	for _, name := range slices.Sorted(maps.Keys(o.Headers)) {
		line += ` -H '` + name + `: ` + o.Headers[name] + `'`
	}
	return line
}
