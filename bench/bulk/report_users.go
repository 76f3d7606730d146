package main

import "fmt"

// reportWhole prints the table of whole runs, beside the COPY of the launches
// alone.
func (b *bench) reportWhole() {
	limit := b.results.median(copySeed, whole, b.whole, wall)
	var lines []string
	line := func(what, name, kind string, n int) {
		count := b.results.count(name, kind, n)
		if count == 0 {
			return
		}
		of := ""
		if n == b.whole {
			of = ratio(b.results.median(name, kind, n, wall), limit)
		}
		lines = append(lines, fmt.Sprintf("| %s | %s | %d | %s | %s |\n", thousands(n), what, count, b.figures(name, kind, n), of))
	}
	line("psql, COPY of the launches alone into the seed's table", copySeed, whole, b.whole)
	for _, n := range b.wholeSizes() {
		line("**`liftoff ingest --all`**", ownWhole, whole, n)
		line("**the same again**, nothing changed", ownWhole, wholeAgain, n)
	}
	if len(lines) == 0 {
		return
	}
	b.printf("\n## Whole runs, with the defaults\n\n")
	b.printf("`liftoff ingest --all` also fetches payloads, rockets and launchpads, keeps ledger,\n")
	b.printf("hashes and revisions, and makes the view and all analytics.\n\n")
	b.printf("| launches | | runs | wall | CPU | peak memory | ÷ COPY |\n| ---: | --- | ---: | ---: | ---: | ---: | ---: |\n")
	for _, each := range lines {
		b.printf("%s", each)
	}
}

// figures are the cells that all runs have.
func (b *bench) figures(name, kind string, n int) string {
	return fmt.Sprintf("%s | %s | %s", seconds(b.results.median(name, kind, n, wall)),
		seconds(b.results.median(name, kind, n, cpu)), megabytes(b.results.median(name, kind, n, peak)))
}

func (b *bench) reportLatestInto() {
	few := b.results.median(ownWhole, latestInto, latestCount, wall)
	if few == 0 {
		return
	}
	b.printf("\n`liftoff ingest`, which stores the latest launch, into a database with the others:\n\n")
	b.printf("| launches there | runs | wall | CPU | peak memory | ÷ small |\n| ---: | ---: | ---: | ---: | ---: | ---: |\n")
	for _, n := range []int{latestCount, b.whole} {
		b.printf("| %s | %d | %s | %s |\n", thousands(n), b.results.count(ownWhole, latestInto, n),
			b.figures(ownWhole, latestInto, n), ratio(b.results.median(ownWhole, latestInto, n, wall), few))
	}
}

func (b *bench) reportAnalytics(n int) {
	c := b.answers[n]
	if len(c.engines) == 0 {
		return
	}
	b.printf("\n## Analytics over %s launches, beside DuckDB\n\n", thousands(n))
	b.printf("| | liftoff | DuckDB over the export | ÷ |\n| --- | ---: | ---: | ---: |\n")
	ours, theirs := b.results.median(analyzeOwn, analyze, n, wall), b.results.median(analyzeDuckDB, analyze, n, wall)
	b.printf("| process start to exit | %s | %s | %s |\n", seconds(ours), seconds(theirs), ratio(ours, theirs))
	b.printf("| peak memory | %s | %s | |\n", megabytes(b.results.median(analyzeOwn, analyze, n, peak)),
		megabytes(b.results.median(analyzeDuckDB, analyze, n, peak)))
	b.reportQueries(c)
}

// reportQueries prints the lines of each query on two engines, by itself, and
// of all in one run.
func (b *bench) reportQueries(c comparison) {
	ours, theirs := c.engines[0], c.engines[1]
	b.printf("| all queries, warm | %s | %s | %s |\n", seconds(ours.all), seconds(theirs.all), ratio(ours.all, theirs.all))
	for i, name := range c.queries {
		b.printf("| `%s` | %s | %s | %s |\n", name, seconds(ours.each[i]), seconds(theirs.each[i]), ratio(ours.each[i], theirs.each[i]))
	}
	b.printf("\nThe queries: medians of %d runs of each.\n", c.rounds)
}

func (b *bench) reportTrino() {
	c := b.onTrino
	if len(c.engines) == 0 {
		return
	}
	b.printf("\n## Analytics over %s launches, through Trino\n\n", thousands(b.whole))
	b.printf("| | PostgreSQL | Trino | ÷ |\n| --- | ---: | ---: | ---: |\n")
	b.reportQueries(c)
}

func (b *bench) reportPages() {
	if len(b.pages) == 0 {
		return
	}
	b.printf("\n## Pages and searches over %s launches\n\n", thousands(b.large))
	b.printf("| | rows | warm |\n| --- | ---: | ---: |\n")
	for _, p := range b.pages {
		b.printf("| %s | %d | %s |\n", p.title(), p.rows, seconds(p.seconds))
	}
	b.printf("\nThe view `launches`, newest first; medians of up to %d runs.\n", pageRuns)
}
