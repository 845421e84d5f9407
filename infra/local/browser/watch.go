package browser

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/inspector"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// watch gathers what the browser has to complain about in a tab.
type watch struct {
	tab *tab

	mu        sync.Mutex
	findings  []string
	seen      map[string]int // how often
	addresses []string       // that were asked for, with what they were asked from
	documents map[network.RequestID]bool
}

// hear takes every event of the tab, in order.
func (w *watch) hear(event any) {
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning || e.Type == runtime.ConsoleAPICalledTypeAssert {
			w.add("console %s: %s", e.Type, textOf(e.Args))
		}
	case *runtime.EventExceptionThrown:
		w.add("%v", &chromedp.ExceptionError{ExceptionDetails: e.ExceptionDetails})
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && !w.isDocument(e.Entry.NetworkRequestID) {
			w.add("%s error: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *audits.EventIssueAdded:
		details, _ := json.Marshal(e.Issue.Details) // names and numbers alone
		if slices.Contains(advice, e.Issue.Code) || bytes.Contains(details, []byte(`"chrome-error://`)) {
			return
		}
		w.add("%s: %s", e.Issue.Code, details)
	case *page.EventJavascriptDialogOpening:
		w.add("a script opened a dialog, %s: %s", e.Type, e.Message)
		// The page stands still until it is answered; this goroutine must not.
		go func() {
			ctx, cancel := w.tab.limited()
			defer cancel()
			_, _ = chromedp.Call(ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{})
		}()
	case *network.EventRequestWillBeSent:
		w.request(e)
	case *target.EventTargetCreated:
		if string(e.TargetInfo.OpenerID) == string(w.tab.frame) && w.tab.frame != "" {
			w.add("it opened a window: %s", e.TargetInfo.URL)
		}
	case *inspector.EventTargetCrashed:
		w.add("the page crashed")
	}
}

// advice are issues that are none here: that a cookie is read while the page loads,
// and pictures whose size is told by their attributes alone. [Page.Light] measures
// what comes of it. Those of the browser's own pages are none either.
var advice = []audits.InspectorIssueCode{
	audits.InspectorIssueCodePerformanceIssue, audits.InspectorIssueCodeLazyLoadImageIssue,
}

// isDocument says whether a request was for a page itself: a page that answers
// with an error is no finding, [Page.Status] tells of it.
func (w *watch) isDocument(id network.RequestID) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.documents[id]
}

func (w *watch) request(e *network.EventRequestWillBeSent) {
	w.mu.Lock()
	w.addresses = append(w.addresses, e.Request.URL+e.Request.URLFragment)
	if referrer, _ := e.Request.Headers["Referer"].(string); referrer != "" {
		w.addresses = append(w.addresses, referrer)
	}
	if e.Type == network.ResourceTypeDocument {
		if w.documents == nil {
			w.documents = map[network.RequestID]bool{}
		}
		w.documents[e.RequestID] = true
	}
	w.mu.Unlock()
	if !w.tab.mayAsk(e.Request.URL) {
		w.add("a request to another origin: %s %s", e.Request.Method, e.Request.URL)
	}
}

// mayAsk says whether address is of the page's own origin, or of none.
func (p *tab) mayAsk(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	origin := u.Scheme + "://" + u.Host
	return slices.Contains([]string{"data", "blob", "about"}, u.Scheme) ||
		origin == p.home.Scheme+"://"+p.home.Host || slices.Contains(p.options.origins, origin)
}

func (w *watch) add(format string, arguments ...any) {
	finding := fmt.Sprintf(format, arguments...)
	if slices.ContainsFunc(w.tab.options.forgiven, func(text string) bool { return strings.Contains(finding, text) }) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen[finding]++; w.seen[finding] == 1 {
		w.findings = append(w.findings, finding)
	}
}

func textOf(arguments []*runtime.RemoteObject) string {
	var parts []string
	for _, a := range arguments {
		text := a.Description
		if a.Type == runtime.RemoteObjectTypeString {
			_ = json.Unmarshal(a.Value, &text)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " ")
}

// Findings are what the browser has complained about since the tab was opened, or
// since they were last asked for. They don't fail the test any more.
func (p *Page) Findings() []string {
	p.t.Helper()
	return p.takeFindings()
}

func (p *tab) takeFindings() []string {
	ctx, cancel := p.limited()
	defer cancel()
	p.roundTrip(ctx)
	p.watch.mu.Lock()
	defer p.watch.mu.Unlock()
	found := p.watch.findings
	for n, finding := range found {
		if times := p.watch.seen[finding]; times > 1 {
			found[n] = fmt.Sprintf("%s (%d times)", finding, times)
		}
	}
	p.watch.findings = nil
	clear(p.watch.seen)
	return found
}

// roundTrip asks the page for nothing. What it had to tell before has arrived
// when it answers; where it doesn't, a new page is just taking its place.
func (p *tab) roundTrip(ctx context.Context) {
	_, _ = chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: "0"})
}
