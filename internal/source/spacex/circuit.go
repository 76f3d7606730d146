package spacex

import (
	"context"
	"sync"
	"time"
)

// openAfter is how many requests in a row, of whatever fetchers, must fail
// until the API counts as away.
const openAfter = 3

// circuit is what the requests of a client tell one another about an API in
// trouble. It is open while the API is away, or asks for a pause: then one
// request, the probe, goes on trying, and the others wait for what comes of
// it, instead of asking a server that is down as often as there are fetchers.
type circuit struct {
	clock   func() time.Time
	maxWait time.Duration

	mutex  sync.Mutex
	isOpen bool
	probe  *probe
	// calls counts those under way; gaveUp says that the probe of one has ended
	// with the API still away.
	calls  int
	gaveUp bool
	// failures counts all requests that failed, row those in a row, since the
	// first of them did; spent is how long earlier rows have taken.
	failures, row int
	since         time.Time
	spent         time.Duration
	// refusal is why no request is to be made before until.
	refusal *fault
	until   time.Time
	warned  warnings
}

// probe is a call's part in the circuit.
type probe struct {
	// done is closed when the others need not wait for it any more.
	done chan struct{}
	// known is how many requests had failed when its own was sent.
	known int
}

// join begins a call's part.
func (c *circuit) join() *probe {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.calls++
	return &probe{}
}

// enter waits until a call may send a request. isLast says that a probe has
// been given up: then one attempt tells what there is to tell. The error is the
// context's, or the fault when the API wants to be left alone for longer than
// anybody waits.
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

// admit returns what a call has to wait for, nil when it may go on. With the
// circuit open it makes the call the probe when there is none.
func (c *circuit) admit(me *probe) (other <-chan struct{}, err error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	me.known = c.failures
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

// failed notes that a call's request has failed, in a way that may pass.
func (c *circuit) failed(me *probe, f *fault) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.failures++
	if c.row++; c.row == 1 {
		c.since = c.clock()
	}
	if c.row < openAfter && f.pause == nil {
		return
	}
	c.isOpen = true
	if c.probe == nil {
		c.probe, me.done = me, make(chan struct{})
	}
}

// answered notes that the API answers a call. It returns for how long it was
// away, and whether anybody was told so. An answer to what was asked before the
// trouble began says nothing about its end.
func (c *circuit) answered(me *probe) (away time.Duration, wasTold bool) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.row == 0 || me.known <= c.failures-c.row {
		return 0, false
	}
	away, wasTold = c.clock().Sub(c.since), c.isOpen && c.warned.isPending
	c.spent += away
	c.row, c.isOpen, c.gaveUp = 0, false, false
	c.warned.isPending = false
	c.release()
	return away, wasTold
}

// refuse keeps all calls from asking before a time.
func (c *circuit) refuse(f *fault) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.refusal, c.until = f, *f.until
}

// leave ends a call's part.
func (c *circuit) leave(me *probe) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.probe == me {
		c.gaveUp = true
		c.release()
	}
	if c.calls--; c.calls == 0 {
		c.gaveUp = false // Whoever comes now does not share in what was tried.
	}
}

// release frees those who wait for the probe.
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
	spent := c.spent
	if c.row > 0 {
		spent += c.clock().Sub(c.since)
	}
	return max(c.maxWait-spent, 0)
}

// warn reports whether a failed request deserves a line in the log, and how
// many did not since the last one that did.
func (c *circuit) warn() (isDue bool, unshown int) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.warned.take(c.clock())
}
