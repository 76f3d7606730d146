package main

import (
	"fmt"
	"slices"
	"strings"
)

// The aims of issue 13.
const (
	aimDuckDB        = 1.5
	aimDuckDBProcess = 2
	aimAllQueries    = 3.0
	aimOneQuery      = 1.0
	aimWhole         = 1.1
	aimNothing       = 0.5
	aimLatestInto    = 8
	aimBase          = 0.9
	aimBenthosSmall  = 2.7
	aimBenthos       = 3
	aimLatest        = 0.8
	aimScript        = 0.3
	aimView          = 6
	aimPage          = 0.003
	aimPeakMB        = 64
	aimGrowth        = 1.10
	aimTrinoQuery    = 0.4
)

// aim is one line of the table.
type aim struct {
	what   string
	checks []check
}

// check is one figure with its bound. A figure of 0 was not measured.
type check struct {
	value, bound float64
	// least tells a lower bound from an upper one.
	least bool
	// unit writes both.
	unit func(float64) string
	// note follows the figure, such as what it was made of.
	note string
}

func (c check) met() bool {
	if c.least {
		return c.value >= c.bound
	}
	return c.value <= c.bound
}

func (c check) aimed() string {
	number, unit, _ := strings.Cut(c.unit(c.bound), " ")
	if strings.Contains(number, ".") {
		number = strings.TrimRight(strings.TrimRight(number, "0"), ".")
	}
	text := strings.TrimSpace(number + " " + unit)
	if c.least {
		return "≥ " + text
	}
	return "≤ " + text
}

// measured is the figure, in bold letters when the aim is missed.
func (c check) measured() string {
	if c.value == 0 {
		return "not measured"
	}
	text := c.unit(c.value)
	if !c.met() {
		text = "**" + text + "**"
	}
	if c.note != "" {
		text += " (" + c.note + ")"
	}
	return text
}

// cells are the second and the third of a line.
func (a aim) cells() (aimed, measured string) {
	var bounds, figures []string
	for _, c := range a.checks {
		bounds, figures = append(bounds, c.aimed()), append(figures, c.measured())
	}
	return strings.Join(bounds, ", "), strings.Join(figures, ", ")
}

// quotient is a check of one figure of seconds by another.
func quotient(value, of, bound float64) check {
	c := check{bound: bound, unit: decimals}
	if value > 0 && of > 0 {
		c.value, c.note = value/of, seconds(value)+" ÷ "+seconds(of)
	}
	return c
}

// leastQuotient is one that is to be large.
func leastQuotient(value, of, bound float64) check {
	c := quotient(value, of, bound)
	c.least = true
	return c
}

func decimals(value float64) string { return fmt.Sprintf("%.2f", value) }

// reportAims prints the table of the aims. A run of all parts lists those that
// it could not measure, too.
func (b *bench) reportAims() {
	aims := slices.Concat(b.wholeAims(), b.launchesAims(), b.readingAims())
	if len(b.parts) > 0 {
		aims = measuredAims(aims)
	}
	b.tableOfAims("Aims", aims)
}

func measuredAims(aims []aim) []aim {
	return slices.DeleteFunc(aims, func(a aim) bool {
		return !slices.ContainsFunc(a.checks, func(c check) bool { return c.value > 0 })
	})
}

func (b *bench) tableOfAims(title string, aims []aim) {
	if len(aims) == 0 {
		return
	}
	b.printf("\n## %s\n\nAll from one run; bold: missed.\n\n| what | aim | measured |\n| --- | --- | --- |\n", title)
	for _, a := range aims {
		aimed, measured := a.cells()
		b.printf("| %s | %s | %s |\n", a.what, aimed, measured)
	}
}

// wholeAims are those of runs with the defaults.
func (b *bench) wholeAims() []aim {
	n, get := thousands(b.whole), b.results.median
	limit := get(copySeed, whole, b.whole, wall)
	small, large := get(ownWhole, whole, b.whole, peak), get(ownWhole, whole, b.large, peak)
	growth := check{bound: aimGrowth, unit: decimals}
	if small > 0 {
		growth.value = large / small
	}
	return []aim{
		{
			"whole `ingest --all` (references, view, analytics) ÷ COPY of the launches alone into the seed's table, " + n,
			[]check{quotient(get(ownWhole, whole, b.whole, wall), limit, aimWhole)},
		},
		{"the same, nothing changed, ÷ that COPY", []check{quotient(get(ownWhole, wholeAgain, b.whole, wall), limit, aimNothing)}},
		{
			fmt.Sprintf("`ingest` of the latest launch, all defaults, in a database of %s ÷ in one of %d", n, latestCount),
			[]check{quotient(get(ownWhole, latestInto, b.whole, wall), get(ownWhole, latestInto, latestCount, wall), aimLatestInto)},
		},
		{fmt.Sprintf("peak memory of the whole run at %s and at %s, and their ratio", n, thousands(b.large)), []check{
			{value: small, bound: aimPeakMB, unit: megabytes}, {value: large, bound: aimPeakMB, unit: megabytes}, growth,
		}},
	}
}

// launchesAims are those of launches alone, beside other tools.
func (b *bench) launchesAims() []aim {
	get := b.results.median
	ours := func(n int) float64 { return get(own, bulk, n, wall) }
	one := func(name string) float64 { return get(name, latest, 1, wall) }
	return []aim{
		{
			"launches only ÷ the release before, " + thousands(b.whole),
			[]check{quotient(ours(b.whole), get(base, bulk, b.whole, wall), aimBase)},
		},
		{fmt.Sprintf("Benthos ÷ ours at %s and %s, launches only", thousands(memorySmall), thousands(b.whole)), []check{
			leastQuotient(get(benthos, bulk, memorySmall, wall), ours(memorySmall), aimBenthosSmall),
			leastQuotient(get(benthos, bulk, b.whole, wall), ours(b.whole), aimBenthos),
		}},
		{"one launch: ours without analytics ÷ Benthos; with view and all analytics ÷ the Python script", []check{
			quotient(one(own), one(benthos), aimLatest), quotient(one(ownAnswers), one(script), aimScript),
		}},
	}
}

// readingAims are those of queries.
func (b *bench) readingAims() []aim {
	get := b.results.median
	warm, all, slowest := check{bound: aimDuckDB, unit: decimals}, check{bound: aimAllQueries, unit: seconds}, check{bound: aimOneQuery, unit: seconds}
	if c := b.answers[b.whole]; len(c.engines) > 0 {
		warm = quotient(c.engines[0].all, c.engines[1].all, aimDuckDB)
	}
	if c := b.answers[b.large]; len(c.engines) > 0 {
		all.value = c.engines[0].all
		slowest.note, slowest.value = c.slowest(0)
	}
	onTrino := check{bound: aimTrinoQuery, unit: seconds}
	if len(b.onTrino.engines) > 0 {
		onTrino.note, onTrino.value = b.onTrino.most()
	}
	fresh := check{bound: aimView, unit: decimals, least: true}
	if b.view != nil {
		fresh = leastQuotient(b.view.naiveFresh, b.view.viewFresh, aimView)
	}
	var pages []check
	for _, kind := range []string{newestPage, nextPage, nameSearch} {
		pages = append(pages, check{value: b.slowestPage(kind), bound: aimPage, unit: seconds})
	}
	return []aim{
		{"`analyze`, all queries, " + thousands(b.whole) + " launches ÷ DuckDB over the exported Parquet: queries, warm; whole process", []check{
			warm, quotient(get(analyzeOwn, analyze, b.whole, wall), get(analyzeDuckDB, analyze, b.whole, wall), aimDuckDBProcess),
		}},
		{"all queries at " + thousands(b.large) + ", warm: in all; the slowest", []check{all, slowest}},
		{"aggregate view just ingested, " + thousands(b.large) + " rows, no VACUUM: naive ÷ view", []check{fresh}},
		{"newest 50, any keyset page, name search with 3 letters, " + thousands(b.large) + " rows, warm", pages},
		{"each query through Trino at " + thousands(b.whole) + " minus PostgreSQL, the most", []check{onTrino}},
	}
}
