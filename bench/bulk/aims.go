package main

import (
	"fmt"
	"slices"
	"strings"
)

// The aims of issue 5.
const (
	aimFastestPeer = 3
	aimDlt         = 10
	aimSeedTable   = 1.2
	aimOwnTable    = 0.75
	aimAgain       = 3
	aimGrowth      = 1.10
	aimPeakMB      = 64
	aimFetchers    = 7
	aimView        = 20
	aimTrino       = 0.150
)

// aim is one line of the last table.
type aim struct {
	text     string
	measured string
	met      bool
}

// reportAims says of each aim that was measured whether it is met.
func (b *bench) reportAims() {
	var aims []aim
	for _, n := range b.reportedSizes() {
		aims = append(aims, b.peerAims(n)...)
		aims = append(aims, b.limitAims(n)...)
		aims = append(aims, b.againAims(n)...)
	}
	aims = append(aims, b.memoryAims()...)
	aims = append(aims, b.otherAims()...)
	if len(aims) == 0 {
		return
	}
	fmt.Print("\n### Aims\n\n| aim | measured | met |\n| --- | ---: | --- |\n")
	for _, a := range aims {
		met := "yes"
		if !a.met {
			met = "**no**"
		}
		fmt.Printf("| %s | %s | %s |\n", a.text, a.measured, met)
	}
}

// atLeast is an aim for a ratio; nil when a side was not measured.
func atLeast(text string, value, of, least float64) []aim {
	if value == 0 || of == 0 {
		return nil
	}
	return []aim{{text: fmt.Sprintf("%s: at least %v", text, least), measured: ratio(value, of), met: value/of >= least}}
}

// atMost is an aim for a ratio that is to be small.
func atMost(text string, value, of, most float64) []aim {
	if value == 0 || of == 0 {
		return nil
	}
	return []aim{{text: fmt.Sprintf("%s: at most %v", text, most), measured: fmt.Sprintf("%.2f", value/of), met: value/of <= most}}
}

// peerAims are those for 10,000 launches and more.
func (b *bench) peerAims(n int) []aim {
	if n < memorySmall {
		return nil
	}
	at := thousands(n) + " launches: "
	ours, ourPeak := b.results.median(own, bulk, n, wall), b.results.median(own, bulk, n, peak)
	var fastest, dlt, smallest float64
	for _, name := range b.results.names(n) {
		if slices.Contains([]string{own, copySeed, copyOwn, downloadName}, name) {
			continue
		}
		w, m := b.results.median(name, bulk, n, wall), b.results.median(name, bulk, n, peak)
		fastest, smallest = least(fastest, w), least(smallest, m)
		if strings.HasPrefix(name, "dlt") {
			dlt = least(dlt, w)
		}
	}
	aims := atLeast(at+"fastest peer ÷ ours", fastest, ours, aimFastestPeer)
	aims = append(aims, atLeast(at+"dlt ÷ ours", dlt, ours, aimDlt)...)
	return append(aims, atMost(at+"our memory ÷ that of the smallest peer", ourPeak, smallest, 1)...)
}

func least(a, b float64) float64 {
	if a == 0 {
		return b
	}
	return min(a, b)
}

func (b *bench) limitAims(n int) []aim {
	at := thousands(n) + " launches: "
	ours := b.results.median(own, bulk, n, wall)
	aims := atLeast(at+"COPY into the seed's table ÷ ours", b.results.median(copySeed, bulk, n, wall), ours, aimSeedTable)
	return append(aims, atLeast(at+"COPY into our own table ÷ ours", b.results.median(copyOwn, bulk, n, wall), ours, aimOwnTable)...)
}

func (b *bench) againAims(n int) []aim {
	if n < memorySmall {
		return nil
	}
	return atLeast(thousands(n)+" launches: first run ÷ run again", b.results.median(own, bulk, n, wall),
		b.results.median(own, bulkAgain, n, wall), aimAgain)
}

func (b *bench) memoryAims() []aim {
	small, large := b.results.median(own, bulk, memorySmall, peak), b.results.median(own, bulk, b.large, peak)
	if large == 0 {
		return nil
	}
	aims := atMost(fmt.Sprintf("peak memory at %s ÷ at %s", thousands(b.large), thousands(memorySmall)), large, small, aimGrowth)
	return append(aims, aim{
		text:     fmt.Sprintf("peak memory at %s: under %d MB", thousands(b.large), aimPeakMB),
		measured: megabytes(large), met: large < aimPeakMB,
	})
}

func (b *bench) otherAims() []aim {
	many := b.results.median(fetchersName(manyFetchers), bulk, latencyCount, wall)
	one := b.results.median(fetchersName(1), bulk, latencyCount, wall)
	aims := atLeast(fmt.Sprintf("%d ms a page: one fetcher ÷ %d", latency.Milliseconds(), manyFetchers), one, many, aimFetchers)
	if b.view == nil {
		return aims
	}
	v := *b.view
	aims = append(aims, atLeast("view, just ingested: naive query ÷ view", v.naiveFresh, v.viewFresh, aimView)...)
	aims = append(aims, atLeast("view, vacuumed: naive query ÷ view", v.naiveVacuumed, v.viewVacuumed, aimView)...)
	if v.viewOnTrino > 0 {
		more := v.viewOnTrino - v.viewVacuumed
		aims = append(aims, aim{
			text: fmt.Sprintf("view through Trino: at most %.0f ms more", 1000*aimTrino), measured: fmt.Sprintf("%.0f ms", 1000*more), met: more <= aimTrino,
		})
	}
	return aims
}
