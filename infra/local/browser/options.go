package browser

import (
	"fmt"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
)

// Option says at what kind of browser the person sits.
type Option func(*options)

type options struct {
	scheme        string // of colours
	width, height int64
	telephone     bool
	noScript      bool
	zone          string
	at            time.Time
	origins       []string
	forgiven      []string
}

// standard is a laptop in London.
func standard() options {
	return options{scheme: "light", width: 1280, height: 800, zone: "Europe/London"}
}

// Dark is for people who prefer dark colours.
func Dark(o *options) { o.scheme = "dark" }

// NoScript switches JavaScript off.
func NoScript(o *options) { o.noScript = true }

// Narrow is a small telephone: 360 pixels.
func Narrow(o *options) { o.width, o.height, o.telephone = 360, 740, true }

// Zone is the time zone of the person, such as "Asia/Tokyo".
func Zone(name string) Option { return func(o *options) { o.zone = name } }

// At sets the clock that scripts of the page read. It runs on from there.
func At(now time.Time) Option { return func(o *options) { o.at = now } }

// Origins are others than its own that a page may talk to.
func Origins(origins ...string) Option { return func(o *options) { o.origins = origins } }

// Forgive lets findings pass that contain one of the texts. Say why where it is
// used.
func Forgive(texts ...string) Option { return func(o *options) { o.forgiven = texts } }

// emulate makes a new tab the kind of browser that its options say.
func (p *tab) emulate() {
	p.t.Helper()
	o := p.options
	call(p, audits.Enable, cdp.Empty{})
	p.resize(o.width, o.height, o.telephone)
	p.travelTo(o.zone)
	call(p, emulation.SetLocaleOverride, emulation.SetLocaleOverrideParams{Locale: "en_GB"})
	// Every tab believes to be in front, as it is for the person who uses it.
	call(p, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	call(p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: o.noScript})
	p.prefer(o.scheme)
	if !o.at.IsZero() {
		call(p, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
			Source: fmt.Sprintf(clock, o.at.UnixMilli()),
		})
	}
}

// clock moves the clock of a page.
const clock = `{
	const lead = %d - Date.now(), Real = Date;
	Date = class extends Real {
		constructor(...parts) { parts.length ? super(...parts) : super(Real.now() + lead); }
		static now() { return Real.now() + lead; }
	};
}`

// TravelTo takes the person, with the browser, to another time zone.
func (p *Page) TravelTo(zone string) {
	p.t.Helper()
	p.travelTo(zone)
}

func (p *tab) travelTo(zone string) {
	p.t.Helper()
	call(p, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: zone})
}

func (p *tab) resize(width, height int64, telephone bool) {
	p.t.Helper()
	call(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: height, DeviceScaleFactor: 1, Mobile: telephone,
	})
}

// prefer sets the colour scheme that the person prefers, "light" or "dark".
func (p *tab) prefer(scheme string) {
	p.t.Helper()
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
}
