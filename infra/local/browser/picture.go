package browser

import "github.com/chromedp/cdproto/page"

// atRest brings all that is moving, or changing its colour, to its end.
const atRest = `(function rest(root) {
	root.getAnimations().forEach((a) => { try { a.finish() } catch { a.cancel() } });
	root.querySelectorAll('*').forEach((e) => e.shadowRoot && rest(e.shadowRoot));
	return null;
})(document)`

// Picture is what can be seen of the page now, as a PNG of the window's size.
func (p *Page) Picture() []byte {
	p.t.Helper()
	// A caret that blinks would be in one picture and not in the next.
	evaluate[any](p.tab, `document.activeElement?.blur(), null`)
	evaluate[any](p.tab, atRest)
	// Telephones draw scroll bars over the page, and leave no room for them.
	p.resize(p.options.width, p.options.height, true)
	defer p.resize(p.options.width, p.options.height, p.options.telephone)
	return call(p.tab, page.CaptureScreenshot, page.CaptureScreenshotParams{}).Data
}
