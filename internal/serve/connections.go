package serve

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// activePatience is how long a connection that is being served is left alone when there
// are too many.
const activePatience = 5 * time.Second

// connections keeps the number of the server's connections within a limit. A new one
// takes the place of the one that has waited longest without asking for anything: slow
// clients lock out one another, and nobody else.
type connections struct {
	most int
	now  func() time.Time

	mutex sync.Mutex
	all   map[net.Conn]connection
}

// connection is how a connection is, and since when.
type connection struct {
	// isActive says that a request has come and has no whole answer yet.
	isActive bool
	since    time.Time
}

func newConnections(most int, now func() time.Time) *connections {
	return &connections{most: most, now: now, all: map[net.Conn]connection{}}
}

// note is told of each change of a connection. A connection is new until its first
// request has come as a whole, and idle until the next one has.
func (c *connections) note(conn net.Conn, state http.ConnState) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	switch state {
	case http.StateClosed, http.StateHijacked:
		delete(c.all, conn)
	case http.StateNew:
		if len(c.all) >= c.most && !c.makeRoom() {
			_ = conn.Close() // its own error says nothing
			return
		}
		c.all[conn] = connection{since: c.now()}
	case http.StateActive, http.StateIdle:
		if _, isKnown := c.all[conn]; isKnown {
			c.all[conn] = connection{isActive: state == http.StateActive, since: c.now()}
		}
	}
}

// makeRoom closes the connection that has waited longest, or else the one that has been
// served longest, if that is long. It reports whether it has closed one.
func (c *connections) makeRoom() bool {
	var victim net.Conn
	var of connection
	for conn, candidate := range c.all {
		isWorse := candidate.isActive && !of.isActive
		isBetter := !candidate.isActive && of.isActive
		if victim == nil || isBetter || !isWorse && candidate.since.Before(of.since) {
			victim, of = conn, candidate
		}
	}
	if victim == nil || of.isActive && c.now().Sub(of.since) < activePatience {
		return false
	}
	delete(c.all, victim)
	_ = victim.Close() // its own error says nothing
	return true
}

// closeWaiting closes all connections that ask for nothing.
func (c *connections) closeWaiting() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for conn, state := range c.all {
		if !state.isActive {
			delete(c.all, conn)
			_ = conn.Close() // its own error says nothing
		}
	}
}

// count returns how many connections there are.
func (c *connections) count() int {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return len(c.all)
}
