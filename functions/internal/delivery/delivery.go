// Package delivery makes the functions that bring news to programs and people. It
// stands apart from boot, so that no other function carries EventBridge and SES.
package delivery

import (
	netmail "net/mail"
	"strings"
	"time"

	"github.com/private-integrations/private-integrations/functions/internal/boot"
	"github.com/private-integrations/private-integrations/pkg/batch"
	"github.com/private-integrations/private-integrations/pkg/deliver"
	"github.com/private-integrations/private-integrations/pkg/eventbus"
	"github.com/private-integrations/private-integrations/pkg/mail"
	"github.com/private-integrations/private-integrations/pkg/notice"
)

// Changes deals with the changes of the table named by TABLE, as its stream has
// them: their events go to the bus named by BUS.
func Changes(env *boot.Env) *batch.Changes {
	bus := eventbus.New(env.AWS(), env.Required("BUS", "the name or ARN of the event bus"))
	return &batch.Changes{
		Publisher: &deliver.Publisher{Bus: bus, Format: env.Format()},
		Store:     env.Store(), Now: time.Now, Log: env.Log(),
	}
}

// Events deals with events that come from the bus through a queue. People are
// told in the name of BRAND_NAME, with links to CONSOLE_URL, by e-mail from the
// address MAIL_FROM; without one the notices are listed alone.
func Events(env *boot.Env) *batch.Events {
	brand := env.Get("BRAND_NAME", notice.DefaultBrand)
	n := &deliver.Notifier{
		Store: env.Store(), Now: time.Now,
		Letterhead: notice.Letterhead{Brand: brand, Console: strings.TrimSuffix(env.Get("CONSOLE_URL", ""), "/")},
	}
	if from := env.Get("MAIL_FROM", ""); from != "" {
		if address, err := netmail.ParseAddress(from); err != nil || address.Address != from {
			env.Fault("MAIL_FROM is %q: it has to be an e-mail address", from)
		}
		n.Mailer = mail.New(env.AWS(), brand, from)
	}
	return &batch.Events{Notifier: n, Log: env.Log()}
}
