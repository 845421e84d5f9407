package console

import "net/http"

// labsOff is the page that stands for all of Private Integrations while the
// feature is switched off.
func labsOff(*visit) *page {
	return &page{
		status: http.StatusForbidden, template: "trouble", title: "Private Integrations is switched off",
		data: trouble{"Private Integrations is switched off", "Ask an admin of the account.", "", ""},
	}
}
