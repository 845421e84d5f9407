// Package management is what the handlers of the management API have in common.
// It stands apart from boot, so that the authorizer carries none of it.
package management

import (
	"time"

	"github.com/private-integrations/private-integrations/functions/internal/boot"
	"github.com/private-integrations/private-integrations/pkg/api"
	"github.com/private-integrations/private-integrations/pkg/manage"
)

// API is what every operation on integrations is made of. It holds no keys, no
// catalogue and no quota: a handler that needs one adds it, and shows so.
func API(env *boot.Env) *api.API {
	format := env.Format()
	return &api.API{
		Service: manage.New(manage.Config{Store: env.Store(), Format: format, Now: time.Now}),
		Format:  format,
		Claim:   Claim(env),
		Log:     env.Log(),
	}
}

// Claim is the name of the claim that says who may manage what:
// MEMBERSHIP_CLAIM (default [api.DefaultClaim]).
func Claim(env *boot.Env) string { return env.Get("MEMBERSHIP_CLAIM", api.DefaultClaim) }
