package app

import (
	"time"

	"liftoff/internal/ingest"
)

// Parse reads flags as Ingest does.
func Parse(flags IngestFlags, now time.Time) (ingest.Request, error) { return flags.request(now) }
