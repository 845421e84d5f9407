// Package pages makes the console of a function's environment. It stands apart
// from boot, so that no other function carries it.
package pages

import (
	"strings"
	"time"

	"github.com/private-integrations/private-integrations/functions/internal/boot"
	"github.com/private-integrations/private-integrations/functions/internal/management"
	"github.com/private-integrations/private-integrations/pkg/console"
	"github.com/private-integrations/private-integrations/pkg/signin"
)

// Config is what the console is made of, but for what it manages. Its variables
// are CONSOLE_URL, where it is reached, API_BASE_URL, where API v2.0 is, and
// those that begin with BRAND_, of which the logo is an https URL.
func Config(env *boot.Env, keys signin.Keys) console.Config {
	apiURL, err := console.BaseURL(env.Required("API_BASE_URL", "where API v2.0 is reached"))
	if err != nil {
		env.Fault("API_BASE_URL: %v", err)
	}
	brand, err := console.NewBrand(env.Get("BRAND_NAME", console.DefaultName), env.Get("BRAND_LOGO", ""), env.Get("BRAND_COLOR", console.DefaultColor))
	if err != nil {
		env.Fault("%v", err)
	}
	c := console.Config{
		Brand: brand, URL: strings.TrimSuffix(env.Required("CONSOLE_URL", "where the console is reached"), "/"), APIURL: apiURL,
		Now: time.Now, Log: env.Log(),
	}
	c.SignIn = newSignIn(env, c.URL, keys)
	return c
}

// newSignIn reads OIDC_ISSUER, the provider's URL; OIDC_CLIENT_ID;
// OIDC_CLIENT_SECRET_ARN, the ARN of the secret whose text is the client's, if it
// has one; and SESSION_LIFETIME, such as 8h. The provider is asked for nothing
// yet: the function has to start while it is down, to tell people so.
func newSignIn(env *boot.Env, url string, keys signin.Keys) *signin.SignIn {
	lifetime, err := time.ParseDuration(env.Get("SESSION_LIFETIME", signin.DefaultLifetime.String()))
	if err != nil {
		env.Fault("SESSION_LIFETIME: %v", err)
	}
	config := signin.Config{
		Issuer:   env.Required("OIDC_ISSUER", "the URL of the identity provider"),
		ClientID: env.Required("OIDC_CLIENT_ID", "the console's name at the identity provider"),
		URL:      url, Claim: management.Claim(env), Lifetime: lifetime, Keys: keys, Now: time.Now, Log: env.Log(),
	}
	if arn := env.Get("OIDC_CLIENT_SECRET_ARN", ""); arn != "" {
		config.Secret = env.Text(arn)
	}
	s, err := signin.New(config)
	if err != nil {
		env.Fault("CONSOLE_URL or SESSION_LIFETIME: %v", err)
	}
	return s
}
