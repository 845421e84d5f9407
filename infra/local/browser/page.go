package browser

import (
	"context"
	"encoding/json"
	"net/url"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long an act or a look may take. Nothing of ours does: it ends
// the test of a page that never shows what is looked for.
const patience = 20 * time.Second

// Page is a tab with the product in it, or a part of one ([Page.Within]). Its
// methods end the test where they can't do what they say.
type Page struct {
	*tab
	within []scope
}

// tab is a tab of the browser.
type tab struct {
	t       testing.TB
	ctx     context.Context // of the tab: ends with the test
	options options
	home    *url.URL // the origin that it may talk to
	frame   cdp.FrameID
	watch   *watch
	traffic *traffic
}

// Open opens a page in a fresh profile: no cookies, nothing stored, nothing
// cached. What the browser has found when the test ends fails it.
func Open(t testing.TB, address string, configure ...Option) *Page {
	t.Helper()
	home, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	o := standard()
	for _, c := range configure {
		c(&o)
	}
	p := &Page{tab: &tab{t: t, options: o, home: home}}
	p.open(running(t), chromedp.WithNewBrowserContext())
	return p.Visit(address)
}

// Tab opens another tab of the same profile.
func (p *Page) Tab(address string) *Page {
	p.t.Helper()
	other := &Page{tab: &tab{t: p.t, options: p.options, home: p.home}}
	other.open(p.ctx)
	return other.Visit(address)
}

// open makes the tab and sees to it that it is watched and closed.
func (p *tab) open(parent context.Context, options ...chromedp.ContextOption) {
	p.t.Helper()
	p.watch = &watch{tab: p, seen: map[string]int{}}
	p.traffic = newTraffic(p)
	ctx, cancel := chromedp.NewContext(parent, append(options,
		chromedp.WithListener(p.watch.hear), chromedp.WithListener(p.traffic.hear))...)
	p.ctx = ctx
	p.t.Cleanup(func() {
		p.t.Helper()
		for _, finding := range p.takeFindings() {
			p.t.Errorf("the browser found: %s", finding)
		}
		cancel()
	})
	if err := chromedp.Do(ctx); err != nil {
		p.t.Fatalf("open a tab: %v", err)
	}
	p.frame = cdp.FrameID(chromedp.FromContext(ctx).Target.TargetID)
	p.permit("clipboard-write") // as every browser does that has windows
	p.emulate()
}

// limited is the tab's context for one act or look.
func (p *tab) limited() (context.Context, context.CancelFunc) {
	return context.WithTimeout(p.ctx, patience)
}

// call sends a command and ends the test where it fails.
func call[P, R any](p *tab, command cdp.Command[P, R], params P) R {
	p.t.Helper()
	ctx, cancel := p.limited()
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	if err != nil {
		p.t.Fatalf("%s: %v", command.Method, err)
	}
	return result
}

// evaluate runs an expression in the page, whose own policy and switched-off
// scripts don't hold it back.
func evaluate[T any](p *tab, expression string) T {
	p.t.Helper()
	ctx, cancel := p.limited()
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.fail("evaluate %.80s: %v", expression, err)
	}
	return value
}

// callOn calls a function on a node of the page and decodes what it returns.
func callOn[T any](ctx context.Context, node runtime.RemoteObjectID, function string, arguments ...any) (T, error) {
	var result T
	params := runtime.CallFunctionOnParams{FunctionDeclaration: function, ObjectID: node, ReturnByValue: new(true)}
	for _, a := range arguments {
		value, err := json.Marshal(a)
		if err != nil {
			return result, err
		}
		params.Arguments = append(params.Arguments, &runtime.CallArgument{Value: value})
	}
	answer, err := chromedp.Call(ctx, runtime.CallFunctionOn, params)
	switch {
	case err != nil:
		return result, err
	case answer.ExceptionDetails != nil:
		return result, &chromedp.ExceptionError{ExceptionDetails: answer.ExceptionDetails}
	case len(answer.Result.Value) == 0:
		return result, nil
	}
	return result, json.Unmarshal(answer.Result.Value, &result)
}

// Visit goes to an address, which may be relative to the present one, and waits
// until the page has loaded.
func (p *Page) Visit(address string) *Page {
	p.t.Helper()
	base := p.home
	if current, err := url.Parse(p.URL()); err == nil && current.Host == base.Host {
		base = current // and not one of the browser's own, which says that it has no page
	}
	target, err := base.Parse(address)
	if err != nil {
		p.t.Fatal(err)
	}
	p.navigate("visit "+target.String(), func() {
		if result := call(p.tab, page.Navigate, page.NavigateParams{URL: target.String()}); result.ErrorText != "" {
			p.t.Fatalf("visit %s: %s", target, result.ErrorText)
		}
	})
	return p
}

// Reload loads the page anew, as F5 does; what was sent to get it is sent again.
func (p *Page) Reload() {
	p.t.Helper()
	p.navigate("reload", func() { call(p.tab, page.Reload, page.ReloadParams{}) })
}

// Back goes one page back in the tab's history.
func (p *Page) Back() {
	p.t.Helper()
	p.travel("go back", -1)
}

// Forward goes one page forward in the tab's history.
func (p *Page) Forward() {
	p.t.Helper()
	p.travel("go forward", 1)
}

func (p *Page) travel(what string, by int64) {
	p.t.Helper()
	history := call(p.tab, page.GetNavigationHistory, cdp.Empty{})
	to := history.CurrentIndex + by
	if to < 0 || to >= int64(len(history.Entries)) {
		p.t.Fatalf("%s: there is no page", what)
	}
	p.navigate(what, func() {
		call(p.tab, page.NavigateToHistoryEntry, page.NavigateToHistoryEntryParams{EntryID: history.Entries[to].ID})
	})
}

// URL is the page's address.
func (p *tab) URL() string {
	p.t.Helper()
	return evaluate[string](p, `document.location.href`)
}

// Title is the page's title.
func (p *tab) Title() string {
	p.t.Helper()
	return evaluate[string](p, `document.title`)
}
