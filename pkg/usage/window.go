package usage

import "time"

// Window is what is known of the two tokens of a rotation.
type Window struct {
	RotatedAt time.Time
	ExpiresAt time.Time // when the old token dies
	OldUsedAt time.Time // its last use, before the rotation or after; zero: none is known
	NewUsedAt time.Time
	// QuietFor is how long the old token has to have been silent before it counts
	// as unused: a setting of the account.
	QuietFor time.Duration
}

// Verdict says whether the old token can be ended.
type Verdict string

// The verdicts.
const (
	Safe           Verdict = "safe"             // the new one is used and the old one silent
	InUse          Verdict = "in_use"           // the old one was used a while ago
	NewTokenUnused Verdict = "new_token_unused" // nobody has moved to the new one yet
)

// Unwritten is how much later than what is written a token may have been used:
// an instance that is not asked anything any more keeps what came within a
// minute after it wrote last.
const Unwritten = time.Minute

// Verdict is the verdict at now.
func (w Window) Verdict(now time.Time) Verdict {
	switch {
	case w.NewUsedAt.IsZero():
		return NewTokenUnused
	case w.OldInUse(now):
		return InUse
	}
	return Safe
}

// OldInUse reports whether the old token has not been silent for long enough.
func (w Window) OldInUse(now time.Time) bool {
	return !w.OldUsedAt.IsZero() && now.Before(w.QuietAt())
}

// QuietAt is when the old token will have been silent for long enough, if it is
// not used again; zero: no use of it is known.
func (w Window) QuietAt() time.Time {
	if w.OldUsedAt.IsZero() {
		return time.Time{}
	}
	return w.OldUsedAt.Add(w.QuietFor + Unwritten)
}
