package browser

import (
	"context"
	"sync"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
)

// traffic is what a tab is loading. It is how acts wait for what they have set
// off, and for nothing else.
type traffic struct {
	tab *tab

	mu        sync.Mutex
	changed   chan struct{} // closed with the next change
	asked     bool          // a navigation was asked for and has not begun to show
	loading   bool
	documents int                        // how many have been shown
	calls     map[network.RequestID]bool // of scripts, begun since the last act, without an answer
	status    int64                      // of the last document that came over the network
}

func newTraffic(t *tab) *traffic {
	return &traffic{tab: t, changed: make(chan struct{}), calls: map[network.RequestID]bool{}}
}

// hear takes every event of the tab, in order.
func (n *traffic) hear(event any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch e := event.(type) {
	case *page.EventFrameRequestedNavigation:
		n.asked = n.asked || e.FrameID == n.tab.frame && e.Disposition == page.ClientNavigationDispositionCurrentTab
	case *page.EventFrameStartedNavigating:
		n.asked = n.asked || e.FrameID == n.tab.frame
	case *page.EventFrameStartedLoading:
		n.loading = n.loading || e.FrameID == n.tab.frame
	case *page.EventFrameStoppedLoading:
		if e.FrameID == n.tab.frame {
			n.asked, n.loading = false, false
		}
	case *page.EventFrameNavigated:
		if e.Frame.ID == n.tab.frame {
			// A page that comes out of the back/forward cache has loaded before.
			n.asked, n.loading = false, n.loading && e.Type != page.NavigationTypeBackForwardCacheRestore
			n.documents++
			clear(n.calls)
		}
	case *page.EventNavigatedWithinDocument:
		if e.FrameID == n.tab.frame {
			n.asked = false
			n.documents++
		}
	case *network.EventRequestWillBeSent:
		if e.Type == network.ResourceTypeXHR || e.Type == network.ResourceTypeFetch {
			n.calls[e.RequestID] = true
		}
	case *network.EventLoadingFinished:
		delete(n.calls, e.RequestID)
	case *network.EventLoadingFailed:
		delete(n.calls, e.RequestID)
	case *network.EventResponseReceived:
		if e.Type == network.ResourceTypeDocument && e.FrameID == n.tab.frame {
			n.status = e.Response.Status
		}
	default:
		return
	}
	close(n.changed)
	n.changed = make(chan struct{})
}

// begin forgets the calls that are under way, and gives the number of documents.
func (n *traffic) begin() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	clear(n.calls)
	return n.documents
}

// quiet says whether nothing is loading, and more than before documents have
// been shown.
func (n *traffic) quiet(before int) (bool, <-chan struct{}) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return !n.asked && !n.loading && len(n.calls) == 0 && n.documents > before, n.changed
}

// wait waits until it is quiet.
func (n *traffic) wait(ctx context.Context, before int) error {
	for {
		quiet, changed := n.quiet(before)
		if quiet {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

// navigate does what leads to another document, and waits until that has loaded.
func (p *tab) navigate(what string, do func()) {
	p.t.Helper()
	before := p.traffic.begin()
	do()
	p.settle(what, before)
}

// act does what may lead to another document or to calls of scripts, and waits
// until those that it has led to have been answered.
func (p *tab) act(what string, do func()) {
	p.t.Helper()
	p.traffic.begin()
	do()
	p.settle(what, -1)
}

func (p *tab) settle(what string, before int) {
	p.t.Helper()
	ctx, cancel := p.limited()
	defer cancel()
	for {
		// An act is answered by one process and what it sets off is told by
		// another: that one's answer comes after what it had to tell.
		p.roundTrip(ctx)
		if err := p.traffic.wait(ctx, before); err != nil {
			p.fail("%s: what it led to did not end: %v", what, err)
		}
		p.roundTrip(ctx)
		if quiet, _ := p.traffic.quiet(before); quiet {
			return
		}
	}
}

// Status is the HTTP status that the page came with.
func (p *tab) Status() int {
	p.traffic.mu.Lock()
	defer p.traffic.mu.Unlock()
	return int(p.traffic.status)
}
