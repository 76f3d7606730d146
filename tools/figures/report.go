package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// figure is one row of the table. One without a value is the heading of those
// that follow.
type figure struct{ name, value string }

// figures is the table of one checkout.
func figures(t *tree, p *program) []figure {
	all := []figure{{name: "Go: lines / lines of code, in files"}}
	for _, wing := range []string{"product", "tests", "bench", "tools"} {
		all = append(all, figure{"all of " + wing, t.wings[wing].String()})
	}
	all = append(all, figure{"code of tests per code of product", fmt.Sprintf("%.2f", ratio(t.wings["tests"].code, t.wings["product"].code))})
	for _, folder := range slices.Sorted(maps.Keys(t.packages)) {
		all = append(all, figure{folder, t.packages[folder].String()})
	}
	all = append(all, codeFigures(t)...)
	return append(
		all, figure{name: "Program"},
		figure{"import depth", fmt.Sprintf("%d: %s", len(p.chain), strings.Join(p.chain, " → "))},
		figure{"largest fan-out", fmt.Sprintf("%d: %s", p.fanOut, p.widest)},
		figure{"direct dependencies in go.mod", grouped(p.direct)},
		figure{"modules linked", grouped(len(p.modules))},
		figure{"packages linked, without our own", grouped(len(p.packages))},
		figure{"links testing", yesNo(p.packages["testing"])},
		figure{"links lib/pq", yesNo(p.modules["github.com/lib/pq"])},
		figure{"stripped binary, bytes", grouped(p.size)},
	)
}

func codeFigures(t *tree) []figure {
	var lines, complexities []int
	over := 0
	for _, f := range t.functions {
		lines = append(lines, f.lines)
		complexities = append(complexities, f.complexity)
		if f.lines > 60 {
			over++
		}
	}
	return []figure{
		{name: "Code of the product"},
		{"packages", grouped(len(t.packages))},
		{"file lines p50 / p90 / max", percentiles(t.fileLines, 50, 90, 100)},
		{"function lines p50 / p90 / p99 / max", percentiles(lines, 50, 90, 99, 100)},
		{"functions over 60 lines", fmt.Sprintf("%d of %s, %.1f %%", over, grouped(len(lines)), 100*ratio(over, len(lines)))},
		{"longest functions", worst(t.functions, func(f function) int { return f.lines })},
		{"cyclomatic complexity p90 / max", percentiles(complexities, 90, 100)},
		{"most complex functions", worst(t.functions, func(f function) int { return f.complexity })},
		{"interfaces; most methods", fmt.Sprintf("%d; %s", len(t.methods), percentiles(t.methods, 100))},
		{"exported names documented", fmt.Sprintf("%s of %s", grouped(t.documented), grouped(t.exported))},
	}
}

func (s size) String() string {
	return fmt.Sprintf("%s / %s in %d", grouped(s.lines), grouped(s.code), s.files)
}

func ratio(part, whole int) float64 { return float64(part) / float64(max(1, whole)) }

// percentiles returns the values at the given percents, by nearest rank.
func percentiles(values []int, percents ...int) string {
	if len(values) == 0 {
		return "none"
	}
	slices.Sort(values)
	var texts []string
	for _, percent := range percents {
		texts = append(texts, grouped(values[(len(values)*percent+99)/100-1]))
	}
	return strings.Join(texts, " / ")
}

// worst names the three functions that have the most of something.
func worst(functions []function, of func(function) int) string {
	slices.SortFunc(functions, func(a, b function) int {
		return cmp.Or(of(b)-of(a), cmp.Compare(a.name, b.name))
	})
	var texts []string
	for _, f := range functions[:min(3, len(functions))] {
		texts = append(texts, fmt.Sprintf("%d `%s`", of(f), f.name))
	}
	return strings.Join(texts, ", ")
}

func yesNo(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

// grouped writes a number with a comma before each three digits.
func grouped(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", grouped(n/1000), n%1000)
}

// table is the Markdown of one checkout, or of two unless before is nil. A row
// that only one of them has says – for the other.
func table(before, after []figure) string {
	var text strings.Builder
	row := func(f figure, values ...string) {
		if f.value == "" {
			f.name = "**" + f.name + "**"
		}
		fmt.Fprintf(&text, "| %s | %s |\n", f.name, strings.Join(values, " | "))
	}
	if before == nil {
		text.WriteString("| figure | value |\n| --- | --- |\n")
		for _, f := range after {
			row(f, f.value)
		}
		return text.String()
	}
	text.WriteString("| figure | before | after |\n| --- | --- | --- |\n")
	for _, f := range after {
		at := slices.IndexFunc(before, func(b figure) bool { return b.name == f.name })
		if at < 0 {
			row(f, "–", f.value)
			continue
		}
		for _, gone := range before[:at] {
			row(gone, gone.value, "–")
		}
		row(f, before[at].value, f.value)
		before = before[at+1:]
	}
	for _, gone := range before {
		row(gone, gone.value, "–")
	}
	return text.String()
}
