package app

import (
	"time"

	"liftoff"
	"liftoff/internal/source/spacex"
)

// Asked is a request that was understood.
type Asked struct {
	Selection     liftoff.Selection
	Name, Command string
	Filter        spacex.Filter
	IDs           []string
}

// Parse checks a request as Ingest does.
func Parse(request IngestRequest, now time.Time) (Asked, error) {
	a, err := request.parse(now)
	return Asked{a.selection, a.name, a.command, a.filter, a.ids}, err
}
