package notice

import (
	_ "embed" // for the page
	"html/template"
	"strings"
)

// DefaultBrand is that of deployments that set none.
const DefaultBrand = "Private Integrations"

// Letterhead is what all e-mails of a deployment have in common.
type Letterhead struct {
	Brand   string // whose product it seems to be
	Console string // its URL, without a slash at the end; empty: there is none to link to
}

// Message is an e-mail without its envelope.
type Message struct {
	Subject string
	Text    string
	HTML    string
}

//go:embed message.html
var page string

var html = template.Must(template.New("").Parse(page))

// Message writes the notice as an e-mail: the same words as text and as HTML.
func (n Notice) Message(l Letterhead) Message {
	url := ""
	if l.Console != "" {
		url = l.Console + n.Link.Path
	}
	foot := "You get this e-mail because you manage the private integrations of the account " + n.Account + " at " + line(l.Brand) + "."
	m := Message{Subject: n.Title, Text: n.Text + "\n\n"}
	if url != "" {
		m.Text += n.Link.Says + ":\n" + url + "\n\n"
	}
	m.Text += "-- \n" + foot + "\n"
	var b strings.Builder
	err := html.Execute(&b, struct {
		Notice
		Paragraphs       []string
		Brand, URL, Foot string
	}{n, strings.Split(n.Text, "\n\n"), line(l.Brand), url, foot})
	if err != nil {
		panic("notice: " + err.Error()) // as for the words
	}
	m.HTML = b.String()
	return m
}
