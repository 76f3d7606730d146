package main

import "time"

// The contenders that are not cases of ../shared/bench.
const (
	// own is this program, launches only.
	own = "own"
	// ownAnswers is this program with the view and all analytics, one launch.
	ownAnswers = "own-answers"
	// ownWhole is this program with all its defaults.
	ownWhole = "own-whole"
	// base is another build of this program, launches only.
	base = "base"
	// benthos is the case of the fastest peer.
	benthos = "benthos"
	// script is the hand-written bench/one_launch.py.
	script = "script"
)

// The kinds of run. The second run of a kind has againSuffix at its end.
const (
	// latest is one launch.
	latest = "latest"
	// bulk is all launches into an empty database.
	bulk = "bulk"
	// whole is the same with all defaults, and the COPY that takes turns with it.
	whole = "whole"
	// latestInto is the latest launch into a database that has the others.
	latestInto = "latest-into"
	// analyze is all analytics, process start to exit.
	analyze = "analyze"

	againSuffix = "-again"
	bulkAgain   = bulk + againSuffix
	wholeAgain  = whole + againSuffix
)

const (
	// latestCount is how many launches an API has that is asked for one, and how
	// many a small database has.
	latestCount = 205
	// limitFrom is the number of launches from which the limit is measured:
	// below, it is the start of psql.
	limitFrom = 1000
	// memorySmall is the number of launches that the large one is compared to.
	memorySmall = 10_000
	// mostRevisions bounds the runs that store the latest launch: in each the API
	// has one more launch that has flown, and it has 18 of them.
	mostRevisions = 10

	// The API of the latency part: 400 pages.
	latencyCount = 40_000
	latencyPage  = 100
	latency      = 100 * time.Millisecond
	manyFetchers = 8
	latencyReps  = 3
)
