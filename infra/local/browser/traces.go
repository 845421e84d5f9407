package browser

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

// stored is all that the page can keep in the browser, as text.
const stored = `(async () => JSON.stringify({
	local: {...localStorage}, session: {...sessionStorage}, name: window.name, state: history.state, referrer: document.referrer,
	databases: await indexedDB.databases(), caches: window.caches ? await caches.keys() : [],
	workers: (await navigator.serviceWorker?.getRegistrations() || []).map((r) => r.scope),
}))()`

// Traces is what the tab and the page leave behind in the browser, beside what is
// to be seen: the addresses and titles of the history, every address that was
// asked for and those that it was asked from, cookies, storage.
func (p *Page) Traces() string {
	p.t.Helper()
	var b strings.Builder
	for _, entry := range call(p.tab, page.GetNavigationHistory, cdp.Empty{}).Entries {
		fmt.Fprintf(&b, "history: %s %s %s\n", entry.URL, entry.UserTypedURL, entry.Title)
	}
	p.watch.mu.Lock()
	for _, address := range p.watch.addresses {
		fmt.Fprintf(&b, "request: %s\n", address)
	}
	p.watch.mu.Unlock()
	for _, cookie := range p.Cookies() {
		fmt.Fprintf(&b, "cookie: %s=%s\n", cookie.Name, cookie.Value)
	}
	fmt.Fprintf(&b, "storage: %s\n", evaluate[string](p.tab, stored))
	return b.String()
}

// Nowhere fails the test where the traces hold a secret, or a part of it that
// would be worth something, as it is or escaped.
func (p *Page) Nowhere(secret string) {
	p.t.Helper()
	traces := p.Traces()
	plain, err := url.PathUnescape(traces)
	if err != nil {
		plain = traces
	}
	for _, text := range []string{traces, plain} {
		if at := strings.Index(text, secret); at >= 0 {
			line, _, _ := strings.Cut(text[strings.LastIndex(text[:at], "\n")+1:], "\n")
			p.t.Errorf("the browser keeps it: %.60s…", line)
			return
		}
	}
}

// Cookie is a cookie of the profile.
type Cookie struct {
	Name, Value, Domain, Path, SameSite string
	HTTPOnly, Secure, Session           bool
}

// Cookies are those of the profile, whatever page set them.
func (p *Page) Cookies() []Cookie {
	p.t.Helper()
	ctx, cancel := p.limited()
	defer cancel()
	result, err := chromedp.CallBrowser(ctx, storage.GetCookies, storage.GetCookiesParams{BrowserContextID: p.profile()})
	if err != nil {
		p.t.Fatalf("read the cookies: %v", err)
	}
	var cookies []Cookie
	for _, c := range result.Cookies {
		cookies = append(cookies, Cookie{
			Name: c.Name, Value: c.Value, Domain: c.Domain, Path: c.Path, SameSite: string(c.SameSite),
			HTTPOnly: c.HTTPOnly, Secure: c.Secure, Session: c.Session,
		})
	}
	return cookies
}

// profile is the id of the profile that the tab belongs to.
func (p *tab) profile() cdp.BrowserContextID { return chromedp.FromContext(p.ctx).BrowserContextID }

// Clipboard is the text that was copied last.
func (p *Page) Clipboard() string {
	p.t.Helper()
	p.permit("clipboard-read")
	return evaluate[string](p.tab, `navigator.clipboard.readText()`)
}

// permit lets the pages of the product do what a browser may ask people about.
func (p *tab) permit(what string) {
	p.t.Helper()
	ctx, cancel := p.limited()
	defer cancel()
	if _, err := chromedp.CallBrowser(ctx, browser.SetPermission, browser.SetPermissionParams{
		Permission: &browser.PermissionDescriptor{Name: what}, Setting: browser.PermissionSettingGranted,
		Origin: p.home.Scheme + "://" + p.home.Host, BrowserContextID: p.profile(),
	}); err != nil {
		p.t.Fatalf("permit %s: %v", what, err)
	}
}

// Forget takes every cookie out of the profile, as the end of a session does.
func (p *Page) Forget() {
	p.t.Helper()
	ctx, cancel := p.limited()
	defer cancel()
	if _, err := chromedp.CallBrowser(ctx, storage.ClearCookies, storage.ClearCookiesParams{BrowserContextID: p.profile()}); err != nil {
		p.t.Fatalf("forget the cookies: %v", err)
	}
}

// Frames are the addresses of what the page's frames show. One that was not
// allowed shows a page of the browser's own.
func (p *Page) Frames() []string {
	p.t.Helper()
	var all []string
	for _, child := range call(p.tab, page.GetFrameTree, cdp.Empty{}).FrameTree.ChildFrames {
		all = append(all, child.Frame.URL)
	}
	return all
}

// Source is the document as it is now, with what can't be seen.
func (p *Page) Source() string {
	p.t.Helper()
	return evaluate[string](p.tab, `document.documentElement.outerHTML`)
}

// Script runs an expression in the page and decodes what it gives, or promises,
// into v. It is for what no person does, and no other method.
func (p *Page) Script(expression string, v any) {
	p.t.Helper()
	if err := json.Unmarshal(evaluate[[]byte](p.tab, expression), v); err != nil {
		p.t.Fatalf("%.80s: %v", expression, err)
	}
}
