// Package remind records when a token has become so old that it should be
// rotated. Each token is announced once, however often or late the schedule
// runs.
package remind

import (
	"context"
	"time"

	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/sweep"
)

// Run records what is due by now. It ends when ctx does, with what it has done
// by then; the error is a fault.
func Run(ctx context.Context, store sweep.Store, now time.Time) (sweep.Report, error) {
	return sweep.Each(ctx, store, now, integration.Integration.Remind)
}
