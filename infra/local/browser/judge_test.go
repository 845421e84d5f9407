package browser_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/infra/local/browser"
)

// judged gathers what a page is found wanting in, and goes on.
type judged struct {
	*testing.T
	found []string
}

func (j *judged) Errorf(format string, arguments ...any) {
	j.found = append(j.found, fmt.Sprintf(format, arguments...))
}

func TestAGoodPageIsFoundGood(t *testing.T) {
	p := browser.Open(t, site(t))
	p.Accessible()
	p.Light()
	p.Fits()
	want := []string{
		`link "Other page"`, `link "Below"`, `textbox "Name"`, `Date "Day"`, `combobox "Colour"`, `checkbox "Send news"`,
		`button "Save"`, `button "Delete"`, `button "Delete"`, `button "Ask the server"`, `button "More"`, `button "Copy"`,
	}
	if diff := cmp.Diff(want, p.Walk()); diff != "" {
		t.Error(diff)
	}
	browser.Open(t, site(t), browser.Narrow).Fits()
}

func TestABadPageIsFoundBad(t *testing.T) {
	j := &judged{T: t}
	p := browser.Open(j, site(t)+"/bad.html")
	p.See("A banner")
	p.Accessible()
	p.Light()
	p.Fits()
	p.Walk()
	p.Nowhere("pit_kept")
	for _, want := range []string{
		`(?s)in light colours: serious, color-contrast:.*\.faint`,
		`(?s)in dark colours: serious, color-contrast:.*\.night`,
		`in light colours: critical, label: `,
		`painting waits for \[".*style.css" ".*bad.css"\]`,
		`what was painted has moved`,
		`(?s)is wider than the 360 pixels of the window:.*class="wide"`,
		`(?s)at 1024 pixels:.*"Longer than its cell" runs out of its cell`,
		`it can't be seen that button "Unmarked" has the focus`,
		`the browser keeps it: storage: .*`,
	} {
		if found := strings.Join(j.found, "\n"); !regexp.MustCompile(want).MatchString(found) {
			t.Errorf("not found: %s in\n%s", want, found)
		}
	}
	for _, wrong := range []string{`"Marked"`, `in light colours: .*night`} {
		if found := strings.Join(j.found, "\n"); regexp.MustCompile(wrong).MatchString(found) {
			t.Errorf("found: %s in\n%s", wrong, found)
		}
	}
}

func TestWhatAPageWeighsCountsFromTheCacheToo(t *testing.T) {
	p := browser.Open(t, site(t))
	first := p.Weight()
	p.Visit("/other.html")
	p.Click("link", "Home")
	// The icon, of 60 bytes and a header, is fetched once and for all: with the first page, or later.
	if again := p.Weight(); max(again.Bytes-first.Bytes, first.Bytes-again.Bytes) > 360 || first.Bytes < 3000 {
		t.Errorf("%s, then %s", first, again)
	}
}

func TestTracesAreAllThatTheBrowserKeeps(t *testing.T) {
	p := browser.Open(t, site(t))
	p.Fill("Name", "pit_name")
	p.Click("button", "Save")
	p.Visit("/other.html#pit_part")
	traces := p.Traces()
	for _, want := range []string{"history: http://localhost", "name=pit_name", "cookie: saved=1", "pit_part", "storage: {"} {
		if !strings.Contains(traces, want) {
			t.Errorf("no %s in\n%s", want, traces)
		}
	}
	p.Forget()
	if left := p.Cookies(); len(left) > 0 {
		t.Errorf("cookies %v", left)
	}
}

func TestWhatIsCopiedIsOnTheClipboard(t *testing.T) {
	p := browser.Open(t, site(t))
	p.Click("button", "Copy")
	if got := p.Clipboard(); got != "copied words" {
		t.Errorf("copied %q", got)
	}
}

func TestPicturesAreOfTheWindowsSize(t *testing.T) {
	picture := browser.Open(t, site(t), browser.Narrow).Picture()
	if !strings.HasPrefix(string(picture), "\x89PNG") {
		t.Errorf("%.8q", picture)
	}
}
