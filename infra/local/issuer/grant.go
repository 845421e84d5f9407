package issuer

import (
	"crypto/rand"
	"maps"
	"sync"
	"time"
)

const codeLifetime = time.Minute

// grant is what somebody's click on the sign-in page gave to a client.
type grant struct {
	user                                    User
	clientID, redirectURI, nonce, challenge string
	at                                      time.Time
}

func (g grant) lives(now time.Time) bool { return now.Before(g.at.Add(codeLifetime)) }

// grants are those whose code is still out, by code. The zero value is ready.
type grants struct {
	mu     sync.Mutex
	byCode map[string]grant
}

// add returns the code for g, and forgets the codes that have lapsed by then.
func (gs *grants) add(g grant) (code string) {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	if gs.byCode == nil {
		gs.byCode = map[string]grant{}
	}
	maps.DeleteFunc(gs.byCode, func(_ string, old grant) bool { return !old.lives(g.at) })
	code = rand.Text()
	gs.byCode[code] = g
	return code
}

// take returns the grant of a living code. Whoever asks, and whatever comes of
// it, the code is used up.
func (gs *grants) take(code string, now time.Time) (grant, bool) {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	g, ok := gs.byCode[code]
	delete(gs.byCode, code)
	return g, ok && g.lives(now)
}
