package delivery_test

import (
	"strings"
	"testing"

	"github.com/private-integrations/private-integrations/functions/internal/boot"
	"github.com/private-integrations/private-integrations/functions/internal/delivery"
	"github.com/private-integrations/private-integrations/pkg/notice"
)

// env is an environment of these variables and those of Lambda.
func env(variables map[string]string) *boot.Env {
	lambda := map[string]string{"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "TABLE": "t"}
	return boot.NewEnv(func(name string) string {
		if value, set := variables[name]; set {
			return value
		}
		return lambda[name]
	})
}

func TestPublisherNeedsABusAndATable(t *testing.T) {
	e := env(map[string]string{"TABLE": ""})
	delivery.Changes(e)
	for _, name := range []string{"TABLE", "BUS"} {
		if err := e.Err(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in: %v", name, err)
		}
	}
}

func TestWithoutASenderNoticesAreListedAlone(t *testing.T) {
	e := env(nil)
	n := delivery.Events(e).Notifier
	if err := e.Err(); err != nil || n.Mailer != nil || n.Letterhead != (notice.Letterhead{Brand: notice.DefaultBrand}) {
		t.Errorf("%+v, %v", n, err)
	}
}

func TestVariablesReachTheNotifier(t *testing.T) {
	e := env(map[string]string{"MAIL_FROM": "no-reply@acme.test", "BRAND_NAME": "Acme", "CONSOLE_URL": "https://console.test/"})
	n := delivery.Events(e).Notifier
	want := notice.Letterhead{Brand: "Acme", Console: "https://console.test"}
	if err := e.Err(); err != nil || n.Mailer == nil || n.Letterhead != want {
		t.Errorf("%+v, %v", n, err)
	}
}

func TestWrongSenderIsNamed(t *testing.T) {
	for _, from := range []string{"acme", "Acme <no-reply@acme.test>", "a@b.test, c@d.test"} {
		e := env(map[string]string{"MAIL_FROM": from})
		delivery.Events(e)
		if err := e.Err(); err == nil || !strings.Contains(err.Error(), from) {
			t.Errorf("%s: %v", from, err)
		}
	}
}
