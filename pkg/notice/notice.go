// Package notice is what people are told of what happens, and in which words:
// the managers of an account, by e-mail and in a list.
//
// Told is what somebody has to act on, or would want to have known before it
// is too late: nobody reads the fiftieth message that a colleague did what
// colleagues do. All of that is in the audit.
package notice

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/template"
	"time"
	"unicode"

	"github.com/private-integrations/private-integrations/pkg/event"
	"github.com/private-integrations/private-integrations/pkg/fact"
)

// Age is how long a notice stays in the list.
const Age = 90 * 24 * time.Hour

// Notice is one thing that people are told.
type Notice struct {
	ID          string // that of the event
	Type        fact.Type
	At          time.Time // when it happened
	Account     string
	Integration string // empty: it is about the account itself
	Title       string // a line, with what it is about
	Text        string // paragraphs, with an empty line between them
	Link        Link
}

// Link leads to where something can be done about it.
type Link struct {
	Path string // in the console
	Says string
}

// Subject is what an event is about, as it stands when people are told.
type Subject struct {
	Name    string // of the integration
	Deleted bool
}

// Types lists what people are told of. Of some types not every event is told.
func Types() []fact.Type {
	var all []fact.Type
	for _, k := range kinds {
		if !slices.Contains(all, k.of) {
			all = append(all, k.of)
		}
	}
	return all
}

// Of is what people are told of an event; false if nothing.
func Of(e event.Event, s Subject) (Notice, bool) {
	k, found := kindOf(e)
	if !found {
		return Notice{}, false
	}
	data := struct {
		event.Event
		Subject
	}{e, s}
	n := Notice{
		ID: e.ID, Type: e.Type, At: e.At.Time, Account: e.Account, Integration: e.Integration,
		Title: line(write(k.title, data)), Text: write(k.text, data), Link: k.link,
	}
	if e.Integration != "" {
		n.Link = linkTo(e.Integration, s.Deleted)
	}
	return n, true
}

const (
	listPath  = "/settings/private-integrations"
	staffPath = "/settings/staff"
	labsPath  = "/settings/labs"
)

// linkTo leads to an integration; to the list if it has no page any more.
func linkTo(id string, deleted bool) Link {
	if deleted {
		return Link{listPath, "See your integrations"}
	}
	return Link{listPath + "/" + id, "See the integration"}
}

// line makes one line of text. What a sign-in says of people may be anything,
// and a title becomes the header of an e-mail.
func line(text string) string {
	printable := func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}
	return strings.Join(strings.Fields(strings.Map(printable, text)), " ")
}

func write(t *template.Template, data any) string {
	var b strings.Builder
	if err := t.Execute(&b, data); err != nil {
		panic("notice: " + err.Error()) // a test has written each
	}
	return strings.TrimSpace(b.String())
}

// Mailed names what e-mails tell of once: the event, or, if a program that had
// used a dead token before goes on to use it, all of a day. Everybody knows by
// then, and an event an hour is enough to be filtered away unread.
func Mailed(e event.Event) string {
	if c := e.Caller; e.Type == fact.ReuseDetected && c != nil && c.Known {
		return fmt.Sprintf("%s.%s.%s", e.Integration, e.Token, c.At.Format(time.DateOnly))
	}
	return e.ID
}

// What a store answers that remembers who was told.
var (
	// ErrTold means that the person was told.
	ErrTold = errors.New("was told already")
	// ErrClaimed means that another is about to tell the person, or has died
	// while it was.
	ErrClaimed = errors.New("is just being told by another")
)

// ClaimAge is for how long a claim keeps others away: longer than a program that
// makes one is given to live.
const ClaimAge = 2 * time.Minute

// LedgerAge is how long it is remembered who was told: longer than queues keep
// what could not be delivered.
const LedgerAge = 60 * 24 * time.Hour

// Place is where a notice stands in the list of its account: texts in the order
// of time.
func (n Notice) Place() string { return fmt.Sprintf("%015d#%s", n.At.UnixMilli(), n.ID) }
