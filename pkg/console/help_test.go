package console_test

import (
	"html"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	dom "golang.org/x/net/html"

	"github.com/private-integrations/private-integrations/docs"
	"github.com/private-integrations/private-integrations/pkg/problem"
)

func TestHelpIsOpenToEverybody(t *testing.T) {
	s := newSite(t)
	stranger := s.stranger().get("/help").want(200, "Private integrations, step by step", "On this page",
		"curl "+apiURL+"/token -H 'Authorization: Bearer YOUR_TOKEN'").lacks("API_BASE_URL")
	if !stranger.has("Sign in") {
		t.Error("a stranger can't go on to sign in")
	}
	if got := s.staff("acme").get("/help").want(200).menu(); !slices.Equal(got, []string{"Help"}) {
		t.Errorf("the menu of staff without rights: %q", got)
	}
	if n := len(stranger.body); n > 60<<10 {
		t.Errorf("the page has %d bytes", n)
	}
}

// Contents, links within the text and to other pages, and pictures.
func TestEveryLinkOfTheHelpLeadsSomewhere(t *testing.T) {
	s := newSite(t)
	p := s.stranger().get("/help").want(200)
	ids := map[string]bool{}
	for n := range p.root.Descendants() {
		if id := attribute(n, "id"); id != "" {
			if ids[id] {
				t.Errorf("two elements have the id %q", id)
			}
			ids[id] = true
		}
	}
	links := 0
	for n := range p.root.Descendants() {
		target := attribute(n, "href")
		switch {
		case n.Data == "img" && attribute(n, "src") != "":
			if picture := s.stranger().get(attribute(n, "src")).want(200); picture.header.Get("Content-Type") != "image/png" {
				t.Errorf("%s is %s", picture.asked, picture.header.Get("Content-Type"))
			}
			if attribute(n, "alt") == "" || attribute(n, "width") == "" {
				t.Errorf("%s has no text or no size", attribute(n, "src"))
			}
		case n.Data != "a":
		case strings.HasPrefix(target, "#"):
			links++
			if !ids[target[1:]] {
				t.Errorf("%s leads nowhere", target)
			}
		case s.stranger().get(target).status == 404:
			t.Errorf("%s leads nowhere", target)
		}
	}
	if links < 30 {
		t.Errorf("%d links within the page", links)
	}
}

// What can be done is told in steps, one after the other, each heading with its
// own: people follow them word for word, and so do the browser tests.
func TestEachProcedureOfTheHelpHasSteps(t *testing.T) {
	s := newSite(t)
	steps := map[string]int{}
	heading := ""
	for n := range s.stranger().get("/help").want(200).root.Descendants() {
		switch {
		case n.Data == "h2" && attribute(n, "id") != "":
			heading = attribute(n, "id")
		case n.Data == "li" && n.Parent.Data == "ol":
			steps[heading]++
		}
	}
	for _, procedure := range []string{
		"create-an-integration", "make-the-first-call", "rotate-and-expire-the-old-token-later", "rotate-and-expire-the-old-token-now",
		"cancel-a-rotation", "end-the-old-tokens-time-early", "expire-a-token-now", "expire-a-token-later", "edit-an-integration",
		"delete-an-integration", "when-a-token-is-compromised", "find-out-what-a-token-belongs-to", "decide-who-may-see-and-manage",
		"switch-private-integrations-off-and-on", "set-the-accounts-preferences", "take-out-scopes-that-are-not-needed", "see-what-happened-in-the-account",
	} {
		if steps[procedure] < 3 {
			t.Errorf("%s has %d steps", procedure, steps[procedure])
		}
	}
}

// Bold words are labels: whoever looks for them finds them as they are written.
func TestHelpCallsThingsAsThePagesDo(t *testing.T) {
	pages := everyText(t)
	labels := 0
	for _, bold := range regexp.MustCompile(`\*\*([^*]+)\*\*`).FindAllStringSubmatch(guide(t), -1) {
		label := strings.Join(strings.Fields(bold[1]), " ")
		labels++
		if label != "bold" && !strings.Contains(pages, label) {
			t.Errorf("no page says %q", label)
		}
	}
	if labels < 80 {
		t.Errorf("%d labels", labels)
	}
}

// everyText is all that pages are made of, templates and words in the code.
func everyText(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, pattern := range []string{"templates/*.html", "*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all.WriteString(html.UnescapeString(string(text)))
		}
	}
	return all.String()
}

func guide(t *testing.T) string {
	t.Helper()
	text, err := docs.Files.ReadFile("guide.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The table of troubles has codes and statuses as they are.
func TestHelpTellsOfProblemsThatThereAre(t *testing.T) {
	kinds := map[string]int{}
	for _, k := range problem.Table {
		kinds[string(k.Code)] = k.Status
	}
	rows := 0
	p := newSite(t).stranger().get("/help").want(200)
	for n := range p.root.Descendants() {
		if n.Data != "tr" || n.Parent.Data != "tbody" {
			continue
		}
		cells := cellsOf(n)
		statuses, err := numbers(cells[0])
		if err != nil {
			continue // another table
		}
		codes := strings.Split(cells[1], ", ")
		if len(statuses) != len(codes) {
			t.Errorf("%q: %d statuses, %d codes", cells, len(statuses), len(codes))
			continue
		}
		rows++
		if !strings.Contains(p.body, `<td data-label="code"><code>`+codes[0]) {
			t.Errorf("on a telephone the cell of %s lacks the name of its column", codes[0])
		}
		for n, code := range codes {
			if kinds[code] != statuses[n] {
				t.Errorf("%s is told to be %d, and is %d", code, statuses[n], kinds[code])
			}
		}
	}
	if rows < 14 {
		t.Errorf("%d rows of problems", rows)
	}
}

func cellsOf(row *dom.Node) (cells []string) {
	for n := range row.ChildNodes() {
		if n.Data == "td" {
			cells = append(cells, textOf(n))
		}
	}
	return cells
}

func numbers(text string) (all []int, err error) {
	for _, part := range strings.Split(text, ", ") {
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, nil
}

func TestHelpHasNoPicturesButItsOwn(t *testing.T) {
	s := newSite(t)
	for _, name := range []string{"README", "nothing", "..%2fguide", "README.md"} {
		if p := s.stranger().get("/help/images/" + name); p.status != 404 {
			t.Errorf("%s: %d", name, p.status)
		}
	}
}
