package stories_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/private-integrations/private-integrations/docs"
	"github.com/private-integrations/private-integrations/infra/local/browser"
)

// procedures are the headings of the guide that have numbered steps, each with
// somebody who follows them to the letter.
var procedures = map[string]func(w *world, r *reader){
	"Create an integration":                  followCreate,
	"Make the first call":                    followFirstCall,
	"Rotate and expire the old token later":  followRotateLater,
	"Rotate and expire the old token now":    followRotateNow,
	"Cancel a rotation":                      followCancel,
	"End the old token's time early":         followEndOld,
	"Expire a token now":                     followExpireNow,
	"Expire a token later":                   followExpireLater,
	"See what an integration is used for":    followUsage,
	"Take out scopes that are not needed":    followNarrow,
	"Edit an integration":                    followEdit,
	"Delete an integration":                  followDelete,
	"When a token is compromised":            followCompromised,
	"Find out what a token belongs to":       followFind,
	"Decide who may see and manage":          followPermissions,
	"See what happened in the account":       followActivity,
	"Switch Private Integrations off and on": followLabs,
	"Set the account's preferences":          followPreferences,
}

// reader is somebody who does what the guide says, at a browser. It remembers
// which labels it has met there.
type reader struct {
	*browser.Page
	met *[]string
}

func (r *reader) meet(label string) { *r.met = append(*r.met, label) }

// Click notes what is clicked, and so do the others what they touch or look for.
func (r *reader) Click(role, name string) {
	r.meet(name)
	r.Page.Click(role, name)
}

func (r *reader) Fill(label, value string) {
	r.meet(label)
	r.Page.Fill(label, value)
}

func (r *reader) Check(label string) {
	r.meet(label)
	r.Page.Check(label)
}

func (r *reader) Uncheck(label string) {
	r.meet(label)
	r.Page.Uncheck(label)
}

func (r *reader) Choose(label, option string) {
	r.meet(label)
	r.Page.Choose(label, option)
}

func (r *reader) Has(role, name string) {
	r.meet(name)
	r.Page.Has(role, name)
}

func (r *reader) See(text string) {
	r.meet(text)
	r.Page.See(text)
}

func (r *reader) Row(name string) *reader { return &reader{r.Page.Row(name), r.met} }

// token is the one that the page shows.
func (r *reader) token(t *testing.T) string {
	t.Helper()
	r.Has("heading", "Your access token")
	r.meet("Copy")
	secret := copied(r.Page, "Copy")
	if !whole.MatchString(secret) {
		t.Fatalf("copied %q", secret)
	}
	return secret
}

var (
	heading  = regexp.MustCompile(`(?m)^##+ (.+)$`)
	numbered = regexp.MustCompile(`(?m)^\d+\. .*(\n   .*)*`)
	bold     = regexp.MustCompile(`\*\*([^*]+)\*\*`)
)

// procedure is a heading of the guide and the numbered steps below it.
type procedure struct {
	title string
	steps []string
}

// guided are the procedures of the guide, in its order.
func guided(t *testing.T) []procedure {
	t.Helper()
	guide, err := docs.Files.ReadFile("guide.md")
	if err != nil {
		t.Fatal(err)
	}
	var all []procedure
	at := heading.FindAllSubmatchIndex(guide, -1)
	for n, h := range at {
		end := len(guide)
		if n+1 < len(at) {
			end = at[n+1][0]
		}
		if found := numbered.FindAllString(string(guide[h[1]:end]), -1); found != nil {
			all = append(all, procedure{string(guide[h[2]:h[3]]), found})
		}
	}
	return all
}

// Whoever changes a heading or a label in the guide, or on a page, hears of it here.
func TestTheGuideIsFollowedToTheLetter(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.As(staff).Manage("GET", integrations, "") // somebody for My Staff
	written := guided(t)
	for title := range procedures {
		if !slices.ContainsFunc(written, func(p procedure) bool { return p.title == title }) {
			t.Errorf("the guide has no steps under %q", title)
		}
	}
	for _, p := range written {
		t.Run(p.title, func(t *testing.T) {
			follow := procedures[p.title]
			if follow == nil {
				t.Fatal("no story follows these steps")
			}
			of := &world{Runner: w.Runner, t: t, log: w.log}
			r := &reader{of.open(home, admin), new([]string)}
			follow(of, r)
			for _, label := range bold.FindAllStringSubmatch(strings.Join(p.steps, "\n"), -1) {
				name := strings.Join(strings.Fields(label[1]), " ")
				if !slices.ContainsFunc(*r.met, func(met string) bool { return strings.Contains(met, name) }) {
					t.Errorf("the guide says %q, which nobody has met on the pages", name)
				}
			}
		})
	}
}
