package browser

import "github.com/chromedp/cdproto/page"

// Picture is what can be seen of the page now, as a PNG of the window's size.
func (p *Page) Picture() []byte {
	p.t.Helper()
	// A caret that blinks would be in one picture and not in the next.
	evaluate[any](p.tab, `document.activeElement?.blur(), null`)
	return call(p.tab, page.CaptureScreenshot, page.CaptureScreenshotParams{}).Data
}
