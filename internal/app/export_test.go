package app

import (
	"time"

	"liftoff/internal/ingest"
)

// Parse reads flags as Ingest does.
func Parse(flags IngestFlags, now time.Time) (ingest.Request, error) { return flags.request(now) }

// WithFlags adds the flags of the command to an error's hint as Ingest does.
func WithFlags(err error) error { return withFlags(err) }

// ReplayTrouble returns the attributes of the log for the trouble that the replay
// makes.
func (a *App) ReplayTrouble() []any { return a.replayTrouble() }
