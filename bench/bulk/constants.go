package main

import "time"

const (
	// own is this program as a contender.
	own = "own"
	// latest is one launch.
	latest = "latest"
	// bulk is all launches into an empty database.
	bulk = "bulk"
	// bulkAgain is all launches once more.
	bulkAgain = "bulk-again"

	// latestCount is how many launches an API has that is asked for one.
	latestCount = 205
	// limitFrom is the number of launches from which the limit is measured:
	// below, it is the start of psql.
	limitFrom = 1000
	// memorySmall is the number of launches that the large one is compared to.
	memorySmall = 10_000

	// The API of the latency part: 400 pages.
	latencyCount = 40_000
	latencyPage  = 100
	latency      = 100 * time.Millisecond
	manyFetchers = 8
	latencyReps  = 3
)
