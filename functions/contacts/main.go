// Command contacts is the Lambda handler of the sample API v2.0.
package main

import (
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/private-integrations/private-integrations/functions/internal/boot"
	"github.com/private-integrations/private-integrations/pkg/contacts"
	"github.com/private-integrations/private-integrations/pkg/gateway"
	"github.com/private-integrations/private-integrations/pkg/table"
)

func main() {
	if err := boot.Run(handler); err != nil {
		slog.Error("start contacts", "error", err)
		os.Exit(1)
	}
}

func handler(env *boot.Env) any {
	newID := func() string { return strings.ToLower(ulid.Make().String()) }
	return gateway.REST(contacts.New(table.NewContacts(env.Backend()), time.Now, newID))
}
