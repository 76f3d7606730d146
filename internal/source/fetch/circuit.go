package fetch

import (
	"context"
	"sync"
	"time"
)

// openAfter is how many requests in a row, of any callers, must fail until the
// API counts as away.
const openAfter = 3

// circuit is a circuit breaker shared by a client's requests. It is open while
// the API is away, or asks for a pause: then one call, the probe, goes on
// trying, and the others wait for its result, so that a server that is down
// gets one request at a time.
type circuit struct {
	clock   func() time.Time
	maxWait time.Duration

	mutex  sync.Mutex
	isOpen bool
	probe  *probe
	// calls counts those under way; gaveUp says that a probe has ended with the
	// API still away.
	calls  int
	gaveUp bool
	// failures counts all requests that failed; consecutiveFailures those since
	// the last answer, the first of them at awaySince.
	failures, consecutiveFailures int
	awaySince                     time.Time
	// waited is how long earlier outages have lasted in all.
	waited time.Duration
	// refusal is why no request may be made before until.
	refusal *Failure
	until   time.Time
	warned  warnings
}

// probe is a call's place in the circuit.
type probe struct {
	// done is closed when the other calls may go on.
	done chan struct{}
	// failuresAtSend is how many requests had failed when its own was sent.
	failuresAtSend int
}

// join gives a call its place.
func (c *circuit) join() *probe {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.calls++
	return &probe{}
}

// enter waits until a call may send a request. isLast says that a probe has
// been given up: then this call makes one attempt only. The error is the
// context's, or the failure with which the API asked to be left alone for
// longer than any call waits.
func (c *circuit) enter(ctx context.Context, me *probe) (isLast bool, err error) {
	for {
		other, err := c.admit(me)
		if other == nil || err != nil {
			return c.isGivenUp(), err
		}
		select {
		case <-other:
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

// admit returns what a call has to wait for, nil when it may go on. While the
// circuit is open and has no probe, the call becomes the probe.
func (c *circuit) admit(me *probe) (other <-chan struct{}, err error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	me.failuresAtSend = c.failures
	switch {
	case c.refusal != nil && c.clock().Before(c.until):
		return nil, c.refusal
	case !c.isOpen || c.probe == me:
		return nil, nil
	case c.probe != nil:
		return c.probe.done, nil
	}
	c.probe, me.done = me, make(chan struct{})
	return nil, nil
}

func (c *circuit) isGivenUp() bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.gaveUp
}

// failed notes that a call's request has failed in a way that may pass.
func (c *circuit) failed(me *probe, f *Failure) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.failures++
	if c.consecutiveFailures++; c.consecutiveFailures == 1 {
		c.awaySince = c.clock()
	}
	if c.consecutiveFailures < openAfter && f.pause == nil {
		return
	}
	c.isOpen = true
	if c.probe == nil {
		c.probe, me.done = me, make(chan struct{})
	}
}

// answered notes that the API answers a call. It returns how long the API was
// away, and whether that was logged. An answer to a request from before the
// outage does not end it.
func (c *circuit) answered(me *probe) (away time.Duration, wasLogged bool) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.consecutiveFailures == 0 || me.failuresAtSend <= c.failures-c.consecutiveFailures {
		return 0, false
	}
	away, wasLogged = c.clock().Sub(c.awaySince), c.isOpen && c.warned.isPending
	c.waited += away
	c.consecutiveFailures, c.isOpen, c.gaveUp = 0, false, false
	c.warned.isPending = false
	c.release()
	return away, wasLogged
}

// refuse keeps all calls from sending requests before f.until.
func (c *circuit) refuse(f *Failure) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.refusal, c.until = f, *f.until
}

// leave gives up a call's place.
func (c *circuit) leave(me *probe) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.probe == me {
		c.gaveUp = true
		c.release()
	}
	if c.calls--; c.calls == 0 {
		c.gaveUp = false // A later call starts afresh.
	}
}

// release lets the calls go on that wait for the probe.
func (c *circuit) release() {
	if c.probe != nil {
		close(c.probe.done)
		c.probe = nil
	}
}

// left returns how much longer an API that is away may be waited for.
func (c *circuit) left() time.Duration {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	waited := c.waited
	if c.consecutiveFailures > 0 {
		waited += c.clock().Sub(c.awaySince)
	}
	return max(c.maxWait-waited, 0)
}

// warn reports whether a failed request is to be logged, and how many were not
// since the last one that was.
func (c *circuit) warn() (isDue bool, unshown int) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.warned.take(c.clock())
}
