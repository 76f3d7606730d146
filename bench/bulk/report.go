package main

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
)

// report writes the tables of what was measured: what users run comes first.
func (b *bench) report() {
	b.reportWhole()
	b.reportLatestInto()
	b.reportAims()
	for _, n := range b.wholeSizes() {
		b.reportAnalytics(n)
	}
	b.reportTrino()
	b.reportPages()
	sizes := b.reportedSizes()
	if len(sizes) > 0 {
		b.printf("\n## Launches only\n")
	}
	for _, n := range sizes {
		b.reportSize(n)
	}
	b.reportLatency()
	b.reportView()
	b.reportRatios()
	fmt.Fprintln(os.Stderr, "single runs:", b.out)
}

// reportedSizes are those with launches only, in ascending order; the latency
// part has a table of its own.
func (b *bench) reportedSizes() []int {
	var sizes []int
	for _, r := range b.results.all {
		isSize := (r.kind == bulk || r.kind == latest) && !strings.HasPrefix(r.name, ownFetchers)
		if isSize && !slices.Contains(sizes, r.n) {
			sizes = append(sizes, r.n)
		}
	}
	return slices.Sorted(slices.Values(sizes))
}

// reportSize prints the table of a size, the quickest first.
func (b *bench) reportSize(n int) {
	kind := job{n: n}.what()
	names := b.results.names(n)
	slices.SortFunc(names, func(x, y string) int {
		return int(math.Copysign(1, b.results.median(x, kind, n, wall)-b.results.median(y, kind, n, wall)))
	})
	title := thousands(n) + " launches"
	if kind == latest {
		title = "One launch"
	}
	b.printf("\n### %s\n\n", title)
	b.printf("| | wall | CPU | peak memory | wall ÷ ours | memory ÷ ours | again |\n")
	b.printf("| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	get := func(name string, figure func(result) float64) float64 { return b.results.median(name, kind, n, figure) }
	for _, name := range names {
		runs := ""
		if count := b.results.count(name, kind, n); count < b.repsAt(n) {
			runs = fmt.Sprintf(" (%d)", count)
		}
		b.printf("| %s%s | %s | %s | %s | %s | %s | %s |\n", tableName(name), runs,
			seconds(get(name, wall)), seconds(get(name, cpu)), megabytes(get(name, peak)),
			ratio(get(name, wall), get(own, wall)), ratio(get(name, peak), get(own, peak)),
			seconds(b.results.median(name, bulkAgain, n, wall)))
	}
}

func (b *bench) reportLatency() {
	many := b.results.median(fetchersName(manyFetchers), bulk, latencyCount, wall)
	one := b.results.median(fetchersName(1), bulk, latencyCount, wall)
	if many == 0 || one == 0 {
		return
	}
	b.printf("\n## An API that takes %d ms for a page\n\n", latency.Milliseconds())
	b.printf("| fetchers | wall | one ÷ this |\n| ---: | ---: | ---: |\n")
	b.printf("| 1 | %s | 1.0 |\n| %d | %s | %s |\n", seconds(one), manyFetchers, seconds(many), ratio(one, many))
	b.printf("\n%s launches, %d a page.\n", thousands(latencyCount), latencyPage)
}

func (b *bench) reportView() {
	v := b.view
	if v == nil {
		return
	}
	b.printf("\n## The view over %s launches\n\n", thousands(v.launches))
	b.printf("| | view | naive query | naive ÷ view |\n| --- | ---: | ---: | ---: |\n")
	b.printf("| as the ingestion leaves it | %s | %s | %s |\n", seconds(v.viewFresh), seconds(v.naiveFresh), ratio(v.naiveFresh, v.viewFresh))
	b.printf("| vacuumed | %s | %s | %s |\n", seconds(v.viewVacuumed), seconds(v.naiveVacuumed), ratio(v.naiveVacuumed, v.viewVacuumed))
	if v.viewOnTrino > 0 {
		b.printf("| vacuumed, through Trino | %s | | |\n", seconds(v.viewOnTrino))
	}
}

// tableName is how a contender is called in a table.
func tableName(name string) string {
	switch name {
	case own:
		return "**liftoff**"
	case copySeed:
		return "psql, COPY of a ready file, five columns as the seed has them"
	case copyOwn:
		return "psql, COPY of a ready file, our storage and indexes"
	case base:
		return "liftoff, the release before"
	case ownAnswers:
		return "liftoff with the view and all analytics"
	case script:
		return "a hand-written Python script, the same"
	case downloadName:
		return "download by pages of 1,000, nothing stored"
	default:
		return name
	}
}
