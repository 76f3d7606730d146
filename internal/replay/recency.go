package replay

import (
	"crypto/sha256"
	"sync"
	"time"
)

// maxRemembered bounds the memory of recency.
const maxRemembered = 1024

// recency remembers which requests were answered a short time ago, so that
// the Spacex-Api-Cache header can say HIT as the real API's cache does.
type recency struct {
	now   func() time.Time
	mu    sync.Mutex
	until map[[sha256.Size]byte]time.Time
}

func newRecency(now func() time.Time) *recency {
	return &recency{now: now, until: make(map[[sha256.Size]byte]time.Time)}
}

// forget makes all requests new, because the answers are.
func (c *recency) forget() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.until)
}

// visit reports whether the request was made before within its lifetime, and
// remembers it. On nil it is always false.
func (c *recency) visit(request string, lifetime time.Duration) bool {
	if c == nil {
		return false
	}
	key := sha256.Sum256([]byte(request))
	now := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Before(c.until[key]) {
		return true
	}
	if len(c.until) >= maxRemembered {
		clear(c.until)
	}
	c.until[key] = now.Add(lifetime)
	return false
}
