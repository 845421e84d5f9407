package usage

import (
	"time"

	"github.com/private-integrations/private-integrations/pkg/token"
)

// Of a token and a day so many names are kept; what goes beyond is counted among
// the others. A caller who changes with each request must not make an item grow
// without end.
const (
	MaxOperations = 100
	MaxScopes     = 100
	MaxCallers    = 20
)

// KeptFor is how long a day is kept.
const KeptFor = 400 * 24 * time.Hour

// Key names what is counted together: a token's uses of one day, those since it
// began to retire apart from those before, and those of the dead token apart
// from both.
type Key struct {
	Token         token.ID
	Day           Day
	RetiringSince time.Time // zero: it did not retire, or not yet
	Dead          bool
}

// Row is what a token was used for under a key.
type Row struct {
	Key
	Account     string
	Integration string
	Count       int64 // requests that passed; of a dead token, all
	Refused     int64
	FirstAt     time.Time
	LastAt      time.Time
	Operations  map[string]int64 // of requests that passed
	Scopes      map[string]int64 // those that let them pass
	Callers     map[Caller]Calls // of all requests
	Others      Others
}

// Calls is how often somebody called, and when last.
type Calls struct {
	Count  int64
	LastAt time.Time
}

// Addition is what is to be added to a stored row.
type Addition struct {
	Row
	// New says that whoever adds has stored nothing under the key yet.
	New bool
	// Named says that every name in it has been stored before.
	Named bool
}

// Added is what became of an addition.
type Added struct {
	Done bool  // it is stored, if perhaps without its names
	Err  error // what could not be done; nil: all was
	// Nameless are the names that there was no room for; they were counted among
	// the others.
	Nameless Names
}

// Names are some names of each kind.
type Names struct {
	Operations []string
	Scopes     []string
	Callers    []Caller
}
