// Package boot starts Lambda functions: it reads what a function is told by its
// environment and makes the parts that its handler is built of.
package boot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/private-integrations/private-integrations/pkg/catalog"
	"github.com/private-integrations/private-integrations/pkg/cursor"
	"github.com/private-integrations/private-integrations/pkg/dynamo"
	"github.com/private-integrations/private-integrations/pkg/keyring"
	"github.com/private-integrations/private-integrations/pkg/record"
	"github.com/private-integrations/private-integrations/pkg/seal"
	"github.com/private-integrations/private-integrations/pkg/secrets"
	"github.com/private-integrations/private-integrations/pkg/table"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// Env is the environment of one function. Each of its methods makes one part
// and reads the variables of that part alone, so that a function needs, and its
// role has to allow, only what its handler asks for. Parts whose variables are
// wrong are not usable; [Env.Err] tells all of them at once.
type Env struct {
	getenv func(name string) string
	faults []string
	warm   []task
	end    []task
}

// NewEnv reads variables with getenv.
func NewEnv(getenv func(name string) string) *Env { return &Env{getenv: getenv} }

// Err tells what is wrong with the variables that were read.
func (e *Env) Err() error {
	if len(e.faults) == 0 {
		return nil
	}
	return errors.New(strings.Join(e.faults, "; "))
}

// Fault keeps what is wrong with a variable, which [Env.Err] tells.
func (e *Env) Fault(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(e.faults, text) {
		e.faults = append(e.faults, text)
	}
}

// Required reads a variable that has no default; is tells what it is for.
func (e *Env) Required(name, is string) string {
	value := e.getenv(name)
	if value == "" {
		e.Fault("%s is not set: it is %s", name, is)
	}
	return value
}

// Log writes JSON lines to the standard output, those of LOG_LEVEL (debug,
// info, warn or error; default info) and above.
func (e *Env) Log() *slog.Logger {
	var level slog.Level
	name := e.Get("LOG_LEVEL", "info")
	if err := level.UnmarshalText([]byte(name)); err != nil {
		e.Fault("LOG_LEVEL is %q: it has to be debug, info, warn or error", name)
	}
	return slog.New(slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{Level: level}))
}

// Get reads a variable that has a default.
func (e *Env) Get(name, otherwise string) string { return cmp.Or(e.getenv(name), otherwise) }

// Backend is the table named by TABLE.
func (e *Env) Backend() table.Backend {
	return dynamo.New(e.AWS(), e.Required("TABLE", "the name of the DynamoDB table"))
}

// Store keeps integrations in the table named by TABLE.
func (e *Env) Store() *table.Store { return table.New(e.Backend()) }

// Peppers are the keys of the token MACs, from the secret named by
// PEPPER_SECRET.
func (e *Env) Peppers() *keyring.Ring[*token.Pepper] {
	return keyring.New(secrets.Source(e.AWS(), e.pepperSecret()), token.NewPepper, time.Now)
}

// PepperSecret is the same secret for who changes it.
func (e *Env) PepperSecret() *secrets.Secret { return secrets.Open(e.AWS(), e.pepperSecret()) }

func (e *Env) pepperSecret() string {
	return e.Required("PEPPER_SECRET", "the name or ARN of the secret that holds the peppers")
}

// PepperRotation rotates whichever secret its events name.
func (e *Env) PepperRotation() *secrets.PepperRotation { return secrets.NewPepperRotation(e.AWS()) }

// Cursors are the keys that authenticate the cursors of lists, from the secret
// named by SIGNING_SECRET.
func (e *Env) Cursors() *keyring.Ring[cursor.Key] {
	id := e.Required("SIGNING_SECRET", "the name or ARN of the secret that holds the signing keys")
	return keyring.New(secrets.Source(e.AWS(), id), cursor.NewKey, time.Now)
}

// Uses gathers what tokens are used for and writes it to store, the rest of it
// when the function ends.
func (e *Env) Uses(store *table.Store) *record.Recorder {
	r := record.New(record.ForFunctions(store, time.Now))
	e.AtEnd("writing what tokens were used for", r.Close)
	return r
}

// Sealing are the keys that seal the console's cookies, from the secret named by
// SEALING_SECRET.
func (e *Env) Sealing() *keyring.Ring[seal.Key] {
	id := e.Required("SEALING_SECRET", "the name or ARN of the secret that holds the sealing keys")
	return keyring.New(secrets.Source(e.AWS(), id), seal.NewKey, time.Now)
}

// Text reads the secret of a name or ARN as a text, anew each time that it is
// asked for.
func (e *Env) Text(id string) func(context.Context) (string, error) {
	source := secrets.Source(e.AWS(), id)
	return func(ctx context.Context) (string, error) {
		text, err := source(ctx)
		return strings.TrimSpace(string(text)), err
	}
}

// Format is that of tokens with the prefix TOKEN_PREFIX (default
// [token.DefaultPrefix]).
func (e *Env) Format() token.Format {
	f, err := token.NewFormat(e.Get("TOKEN_PREFIX", token.DefaultPrefix))
	if err != nil {
		e.Fault("TOKEN_PREFIX: %v", err)
	}
	return f
}

// Catalog is the compiled catalogue in CATALOG_FILE (default catalog.json
// beside the function's code).
func (e *Env) Catalog() *catalog.Catalog {
	name := e.Get("CATALOG_FILE", filepath.Join(e.getenv("LAMBDA_TASK_ROOT"), "catalog.json"))
	data, err := os.ReadFile(name)
	if err != nil {
		e.Fault("CATALOG_FILE: %v", err)
		return nil
	}
	c, err := catalog.Decode(data)
	if err != nil {
		e.Fault("CATALOG_FILE: %s: %v", name, err)
	}
	return c
}

// MaxIntegrations is how many integrations an account may have: MAX_INTEGRATIONS
// (default 100).
func (e *Env) MaxIntegrations() int {
	text := e.Get("MAX_INTEGRATIONS", "100")
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		e.Fault("MAX_INTEGRATIONS is %q: it has to be a whole number above 0", text)
	}
	return n
}
