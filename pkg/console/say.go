package console

import (
	"fmt"
	"html/template"
	"time"

	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// say fills a sentence of ours: with instants in the reader's zone, with the
// hints of tokens, and with what others have entered, which shows as text
// whatever it is.
func (c *Console) say(v *visit, format string, args ...any) template.HTML {
	for n, arg := range args {
		switch a := arg.(type) {
		case template.HTML:
		case time.Time:
			args[n] = v.When(a)
		case token.ID:
			args[n] = template.HTML("<code>" + template.HTMLEscapeString(c.Format.Hint(a)) + "</code>") //nolint:gosec // escaped
		default:
			args[n] = template.HTMLEscapeString(fmt.Sprint(a))
		}
	}
	return template.HTML(fmt.Sprintf(format, args...)) //nolint:gosec // each argument is escaped above
}

// instantOf reads an instant as facts have it; zero for none.
func instantOf(text string) time.Time {
	t, err := time.Parse(integration.Layout, text)
	if err != nil {
		return time.Time{}
	}
	return t
}
