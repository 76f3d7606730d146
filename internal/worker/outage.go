package worker

import (
	"context"
	"log/slog"
	"time"

	"liftoff"
)

const (
	// firstRest is how long a worker waits after the database could not be used; it
	// doubles each time, up to longestRest.
	firstRest   = time.Second
	longestRest = 30 * time.Second
	// lastLook is the look at which a database is given up that does not come back.
	lastLook = 3
)

// outage is a time without the database. Its zero value is a time with it.
type outage struct {
	looks int
	// warnAt is the look at which the next warning is due.
	warnAt int
}

// note counts a look that failed, and returns how long to wait before the next one.
// There are ever fewer warnings: after 1, 2, 4, 8 looks and so on.
func (o *outage) note(ctx context.Context, logger *slog.Logger, err error) time.Duration {
	const doublings = 5
	rest := min(firstRest<<min(o.looks, doublings), longestRest)
	o.looks++
	if o.looks == 1 {
		o.warnAt = 1
	}
	if o.looks == o.warnAt {
		o.warnAt *= 2
		logger.WarnContext(ctx, "The worker cannot use the database; it tries again.", "tries", o.looks, "error", liftoff.OneLine(err))
	}
	return rest
}

// end notes that the database can be used, and says so after an outage.
func (o *outage) end(ctx context.Context, logger *slog.Logger) {
	if o.looks > 0 {
		logger.InfoContext(ctx, "The worker can use the database again.", "tries", o.looks)
	}
	*o = outage{}
}
