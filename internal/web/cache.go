package web

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"liftoff"
	"liftoff/internal/table"
)

const (
	// checkEvery is how often the database is asked whether anything has changed, at
	// most. Pages are not older than that, unless reading takes longer.
	checkEvery = time.Second
	// patience is how long a request waits for the newest state before it shows the one
	// from before, with its age.
	patience = 2 * time.Second
	// readTimeout bounds one reading, so that a database that hangs is noticed.
	readTimeout = 2 * time.Minute
)

// snapshot is one state of the data, as the pages that all look at share it.
type snapshot struct {
	version liftoff.DataVersion
	health  liftoff.Health
	// answers are those of the queries, in their order; a query without an answer
	// has an error.
	answers []answer
	// engine names who gave them.
	engine string
	// latest are the launches that flew last, runs the newest runs.
	latest []liftoff.StoredLaunch
	runs   []liftoff.LedgerRow
	// choices are those of the filters.
	choices liftoff.LaunchChoices
	isEmpty bool
	// readAt is when it was read, and took how long that was.
	readAt time.Time
	took   time.Duration
}

// answer is the answer to a query, or why there is none.
type answer struct {
	table table.Table
	err   error
}

// state is what a request gets to see.
type state struct {
	// snapshot is the newest that could be read; nil before the first.
	snapshot *snapshot
	// err says why a newer one could not be read; nil if that succeeded. failedSince is
	// when that began.
	err         error
	failedSince time.Time
	// isReading says that a newer one is being read.
	isReading bool
}

// cache keeps the newest snapshot. It asks whether anything has changed when a request
// comes and the last look is a second old.
type cache struct {
	read func(context.Context, *snapshot) (*snapshot, error)
	now  func() time.Time

	reading singleflight.Group
	// ctx ends all readings, which work waits for.
	ctx  context.Context //nolint:containedctx // readings outlive the request that began them
	stop context.CancelFunc
	work sync.WaitGroup

	mutex     sync.Mutex
	current   state
	checkedAt time.Time
}

// newCache returns an empty cache. read returns the newest snapshot, which is the one it
// is given if nothing has changed since.
func newCache(read func(context.Context, *snapshot) (*snapshot, error), now func() time.Time) *cache {
	ctx, stop := context.WithCancel(context.Background())
	return &cache{read: read, now: now, ctx: ctx, stop: stop}
}

// get returns the state of a second ago or newer, or after a while of waiting the newest
// there is.
func (c *cache) get(ctx context.Context) state {
	if found, isFresh := c.peek(); isFresh {
		return found
	}
	done := c.refresh() //nolint:contextcheck // the reading is for all who wait, and ends with the cache
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		select {
		case <-done:
			found, _ := c.peek()
			return found
		case <-timer.C:
			if found, _ := c.peek(); found.snapshot != nil {
				found.isReading = true
				return found
			}
			// Nothing can be shown yet: the server's own time limit ends the wait.
		case <-ctx.Done():
			found, _ := c.peek()
			if found.snapshot == nil && found.err == nil {
				found.err = ctx.Err()
			}
			return found
		}
	}
}

// peek returns the newest state, and whether it need not be looked at again.
func (c *cache) peek() (current state, isFresh bool) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.current, !c.checkedAt.IsZero() && c.now().Sub(c.checkedAt) < checkEvery
}

// refresh looks for a newer state, once for all who wait; the channel tells when it is
// there.
func (c *cache) refresh() <-chan singleflight.Result {
	c.work.Add(1)
	done := make(chan singleflight.Result, 1)
	go func() {
		defer c.work.Done()
		_, err, _ := c.reading.Do("", func() (any, error) {
			c.lookAgain()
			return nil, nil
		})
		done <- singleflight.Result{Err: err}
	}()
	return done
}

// lookAgain reads the newest state.
func (c *cache) lookAgain() {
	before, isFresh := c.peek()
	if isFresh {
		return
	}
	ctx, cancel := context.WithTimeout(c.ctx, readTimeout)
	defer cancel()
	found, err := c.read(ctx, before.snapshot)
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.checkedAt = c.now()
	if err == nil {
		c.current = state{snapshot: found}
		return
	}
	if c.current.err == nil {
		c.current.failedSince = c.checkedAt
	}
	c.current.err = err
}

// close ends all readings and waits for them.
func (c *cache) close() {
	c.stop()
	c.work.Wait()
}
