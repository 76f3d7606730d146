package main

import (
	"fmt"
	"slices"
	"strings"
)

// The aims of earlier issues, for the parts of a run.
const (
	aimDlt      = 10
	aimSeed     = 1.2
	aimOwnTable = 0.75
	aimAgain    = 3
	aimFetchers = 7
	aimTrino    = 0.150
)

// reportRatios prints the further aims, of what was measured.
func (b *bench) reportRatios() {
	var aims []aim
	for _, n := range b.reportedSizes() {
		if n >= limitFrom {
			aims = append(aims, b.sizeAims(n)...)
		}
	}
	aims = append(aims, b.partAims()...)
	b.tableOfAims("Further ratios", measuredAims(aims))
}

// sizeAims are those of launches only at one size.
func (b *bench) sizeAims(n int) []aim {
	at := thousands(n) + " launches: "
	get := func(name string, figure func(result) float64) float64 { return b.results.median(name, bulk, n, figure) }
	dlt, smallest := b.peersLeast(n)
	memory := check{bound: 1, unit: decimals}
	if smallest > 0 {
		memory.value = get(own, peak) / smallest
	}
	again := b.results.median(own, bulkAgain, n, wall)
	return []aim{
		{at + "dlt ÷ ours", []check{leastQuotient(dlt, get(own, wall), aimDlt)}},
		{at + "our memory ÷ that of the smallest peer", []check{memory}},
		{at + "COPY into the seed's table ÷ ours", []check{leastQuotient(get(copySeed, wall), get(own, wall), aimSeed)}},
		{at + "COPY into our own table ÷ ours", []check{leastQuotient(get(copyOwn, wall), get(own, wall), aimOwnTable)}},
		{at + "first run ÷ run again", []check{leastQuotient(get(own, wall), again, aimAgain)}},
	}
}

// peersLeast are the shortest time of dlt and the smallest memory of a peer, 0
// when there is none.
func (b *bench) peersLeast(n int) (dlt, memory float64) {
	for _, name := range b.results.names(n) {
		if !isPeer(name) {
			continue
		}
		memory = least(memory, b.results.median(name, bulk, n, peak))
		if strings.HasPrefix(name, "dlt") {
			dlt = least(dlt, b.results.median(name, bulk, n, wall))
		}
	}
	return dlt, memory
}

// isPeer tells another tool from this program and from the limits.
func isPeer(name string) bool {
	return !slices.Contains([]string{own, ownAnswers, base, script, copySeed, copyOwn, downloadName}, name)
}

// least is the smaller one of what was measured; 0 was not.
func least(a, b float64) float64 {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// partAims are those of memory, latency and view.
func (b *bench) partAims() []aim {
	fetching := func(fetchers int) float64 {
		return b.results.median(fetchersName(fetchers), bulk, latencyCount, wall)
	}
	small, large := b.results.median(own, bulk, memorySmall, peak), b.results.median(own, bulk, b.large, peak)
	growth := check{bound: aimGrowth, unit: decimals}
	if small > 0 {
		growth.value = large / small
	}
	more := check{bound: aimTrino, unit: seconds}
	if b.view != nil && b.view.viewOnTrino > 0 {
		more.value = b.view.viewOnTrino - b.view.viewVacuumed
	}
	return []aim{
		{
			fmt.Sprintf("peak memory, launches only, at %s; ÷ at %s", thousands(b.large), thousands(memorySmall)),
			[]check{{value: large, bound: aimPeakMB, unit: megabytes}, growth},
		},
		{
			fmt.Sprintf("%d ms a page: one fetcher ÷ %d", latency.Milliseconds(), manyFetchers),
			[]check{leastQuotient(fetching(1), fetching(manyFetchers), aimFetchers)},
		},
		{"view through Trino minus PostgreSQL, vacuumed", []check{more}},
	}
}
