package browser

import (
	"fmt"
	"slices"
	"strings"
)

// Weight is what a page costs those who wait for it.
type Weight struct {
	// Bytes is what the page and all that it loads are on the wire, each as it
	// came compressed, without fonts. What lies in the browser's cache counts.
	Bytes int
	// Blocking are the addresses of what has to be there before anything is
	// painted, beside the document.
	Blocking []string
	// Shift is how much of what was painted has moved since without being asked
	// to: the cumulative layout shift, 0 for none.
	Shift float64
	// Moved is what has.
	Moved []string
}

// weigh asks the browser's own records. The header of an answer is taken to be
// 300 bytes, as the Resource Timing standard does.
const weigh = `(() => {
	const entries = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
	const font = (e) => /\.(woff2?|ttf|otf)(\?|$)/.test(e.name);
	const shifts = [];
	new PerformanceObserver((list) => shifts.push(...list.getEntries())).observe({type: 'layout-shift', buffered: true});
	return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve({
		Bytes: entries.filter((e) => !font(e)).reduce((sum, e) => sum + e.encodedBodySize + 300, 0),
		Blocking: entries.filter((e) => e.renderBlockingStatus === 'blocking' && e.entryType === 'resource').map((e) => e.name),
		Moved: shifts.flatMap((e) => e.hadRecentInput ? [] : e.sources.map((s) => (s.node?.outerHTML || s.node?.textContent || 'something')
			.slice(0, 100) + ' from ' + JSON.stringify(s.previousRect) + ' to ' + JSON.stringify(s.currentRect))),
		Shift: shifts.reduce((sum, e) => sum + (e.hadRecentInput ? 0 : e.value), 0),
	})))));
})()`

// Weight tells what the page as it is now has cost. It needs JavaScript.
func (p *Page) Weight() Weight {
	p.t.Helper()
	return evaluate[Weight](p.tab, weigh)
}

// MaxBytes is what a page may weigh without fonts.
const MaxBytes = 100_000

// MaxShift is how much of a page may move: a tenth of what counts as good, 0.1
// (web.dev, Cumulative Layout Shift). A browser that is short of time draws a page
// that has arrived up to the middle of a line, and the rest of the line moves it.
const MaxShift = 0.01

// Light fails the test where the page weighs too much, where more than one style
// sheet, or anything else, stands before the first paint, or where what was
// painted has moved.
func (p *Page) Light() {
	p.t.Helper()
	w := p.Weight()
	if w.Bytes > MaxBytes {
		p.t.Errorf("%s: %d bytes, more than %d", p.URL(), w.Bytes, MaxBytes)
	}
	if len(w.Blocking) > 1 || len(w.Blocking) == 1 && !strings.Contains(w.Blocking[0], ".css") {
		p.t.Errorf("%s: painting waits for %q", p.URL(), w.Blocking)
	}
	if w.Shift > MaxShift {
		p.t.Errorf("%s: what was painted has moved, by %g:%s", p.URL(), w.Shift, list(w.Moved))
	}
}

// across is what is wider than the window.
const across = `(() => {
	const width = document.documentElement.clientWidth, out = [];
	if (document.scrollingElement.scrollWidth <= width) return out;
	for (const e of document.querySelectorAll('body *')) {
		const r = e.getBoundingClientRect();
		if (r.right > width + 1 && r.width > 0) out.push(e.outerHTML.slice(0, 120).replace(/\s+/g, ' ') + ' ends at ' + Math.round(r.right));
	}
	return out.length ? out.slice(0, 5) : ['something'];
})()`

// outside is what is not where it can be read: text that runs out of its cell, into
// the next one, and navigation that has to be scrolled. What is laid over the page
// may lie anywhere.
const outside = `(() => {
	const range = document.createRange(), out = [];
	const laidOver = (e, cell) => e !== cell && (getComputedStyle(e).position === 'absolute' || laidOver(e.parentElement, cell));
	for (const cell of document.querySelectorAll('td, th')) {
		const box = cell.getBoundingClientRect(), texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
		if (laidOver(cell, document.body)) continue;
		while (texts.nextNode()) {
			const text = texts.currentNode;
			if (!text.data.trim() || !text.parentElement.checkVisibility() || laidOver(text.parentElement, cell)) continue;
			range.selectNodeContents(text);
			if ([...range.getClientRects()].some((r) => r.left < box.left - 1 || r.right > box.right + 1)) out.push('"' + text.data.trim() + '" runs out of its cell');
		}
	}
	for (const nav of document.querySelectorAll('nav')) if (nav.scrollWidth > nav.clientWidth + 1) out.push('navigation "' + nav.ariaLabel + '" has to be scrolled');
	return out.slice(0, 5);
})()`

// Fits fails the test where the page has to be scrolled sideways or text runs out of
// its place: in its window, on a small telephone, and on a small and a large screen.
func (p *Page) Fits() {
	p.t.Helper()
	defer p.resize(p.options.width, p.options.height, p.options.telephone)
	for _, width := range slices.Compact([]int64{p.options.width, 360, 1024, 1440}) {
		p.resize(width, p.options.height, width == 360)
		if found := evaluate[[]string](p.tab, across); len(found) > 0 {
			p.t.Errorf("%s is wider than the %d pixels of the window:%s", p.URL(), width, list(found))
		}
		if found := evaluate[[]string](p.tab, outside); len(found) > 0 {
			p.t.Errorf("%s, at %d pixels:%s", p.URL(), width, list(found))
		}
	}
}

func (w Weight) String() string {
	return fmt.Sprintf("%d bytes, %d before the first paint, shift %g", w.Bytes, len(w.Blocking), w.Shift)
}
