package main

import (
	"context"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// describe says on what and with what is measured.
func (b *bench) describe(ctx context.Context) error {
	settings, err := b.server.settings(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("%s; %s.\n", machine(), strings.Join(b.versions(ctx), ", "))
	fmt.Printf("PostgreSQL's settings: %s.\n", settings)
	fmt.Printf("Command: `%s`; ours: `liftoff %s` and `liftoff %s`.\n", invocation(), b.ownLatest, b.ownBulk)
	fmt.Printf("Medians of up to %d runs in turn; their number stands where it is smaller.\n", b.reps)
	return nil
}

// invocation is the command line that repeats this, without what bench/bulk.sh adds.
func invocation() string {
	text := "bench/bulk.sh"
	flag.Visit(func(f *flag.Flag) {
		value := f.Value.String()
		switch {
		case slices.Contains([]string{"liftoff", "measure", "peers"}, f.Name):
			return
		case f.Name == "trino":
			text = "BENCH_TRINO=1 " + text
			return
		case strings.Contains(value, " "):
			value = `"` + value + `"`
		}
		text += " --" + f.Name + " " + value
	})
	return text
}

func (b *bench) versions(ctx context.Context) []string {
	versions := []string{firstLine(ctx, b.liftoff, "version"), runtime.Version(), "PostgreSQL " + b.server.embedded.Version()}
	if b.does(partLimit) {
		versions = append(versions, firstLine(ctx, "psql", "--version"))
	}
	if slices.ContainsFunc(b.cases, func(name string) bool { return strings.HasPrefix(name, "py-") || strings.HasPrefix(name, "dlt") }) {
		versions = append(versions, firstLine(ctx, "python3", "--version"))
	}
	return versions
}

// firstLine is the first line that a program prints, or its name.
func firstLine(ctx context.Context, name string, arguments ...string) string {
	output, err := exec.CommandContext(ctx, name, arguments...).Output()
	line, _, _ := strings.Cut(strings.TrimSpace(string(output)), "\n")
	if err != nil || line == "" {
		return name
	}
	return line
}

// machine is its kind: processors and memory.
func machine() string {
	model := field("/proc/cpuinfo", "model name")
	if model == "" {
		model = runtime.GOARCH
	}
	text := fmt.Sprintf("%s, %d × %s", runtime.GOOS, runtime.NumCPU(), model)
	kilobytes, _, _ := strings.Cut(field("/proc/meminfo", "MemTotal"), " ")
	if total, err := strconv.ParseFloat(kilobytes, 64); err == nil {
		text += fmt.Sprintf(", %.0f GB memory", total/(1<<20))
	}
	return text
}

// field is the value of the first "name: value" of a file.
func field(path, name string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(content)) {
		key, value, _ := strings.Cut(line, ":")
		if strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func (b *bench) report() {
	for _, n := range b.reportedSizes() {
		b.reportSize(n)
	}
	b.reportLatency()
	b.reportView()
	b.reportAims()
	fmt.Printf("\nSingle runs: %s\n", b.out)
}

// reportedSizes are those with results, in ascending order; the latency part
// has a table of its own.
func (b *bench) reportedSizes() []int {
	var sizes []int
	for _, r := range b.results.all {
		if !slices.Contains(sizes, r.n) && !strings.HasPrefix(r.name, ownFetchers) {
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
	fmt.Printf("\n### %s\n\n", title)
	fmt.Println("| | wall | CPU | peak memory | wall ÷ ours | memory ÷ ours | again |")
	fmt.Println("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
	get := func(name string, figure func(result) float64) float64 { return b.results.median(name, kind, n, figure) }
	for _, name := range names {
		runs := ""
		if count := b.results.count(name, kind, n); count < b.reps {
			runs = fmt.Sprintf(" (%d)", count)
		}
		fmt.Printf("| %s%s | %s | %s | %s | %s | %s | %s |\n", tableName(name), runs,
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
	fmt.Printf("\n### An API that takes %d ms for a page\n\n", latency.Milliseconds())
	fmt.Println("| fetchers | wall | one ÷ this |\n| ---: | ---: | ---: |")
	fmt.Printf("| 1 | %s | 1.0 |\n| %d | %s | %s |\n", seconds(one), manyFetchers, seconds(many), ratio(one, many))
	fmt.Printf("\n%s launches, %d a page.\n", thousands(latencyCount), latencyPage)
}

func (b *bench) reportView() {
	v := b.view
	if v == nil {
		return
	}
	fmt.Printf("\n### The view over %s launches\n\n", thousands(v.launches))
	fmt.Println("| | view | naive query | naive ÷ view |\n| --- | ---: | ---: | ---: |")
	fmt.Printf("| as the ingestion leaves it | %s | %s | %s |\n", seconds(v.viewFresh), seconds(v.naiveFresh), ratio(v.naiveFresh, v.viewFresh))
	fmt.Printf("| vacuumed | %s | %s | %s |\n", seconds(v.viewVacuumed), seconds(v.naiveVacuumed), ratio(v.naiveVacuumed, v.viewVacuumed))
	if v.viewOnTrino > 0 {
		fmt.Printf("| vacuumed, through Trino | %s | | |\n", seconds(v.viewOnTrino))
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
	case downloadName:
		return "download by pages of 1,000, nothing stored"
	default:
		return name
	}
}

// seconds has three figures that count; nothing stands for no value.
func seconds(s float64) string {
	switch {
	case s == 0:
		return ""
	case s < 0.0995:
		return fmt.Sprintf("%.0f ms", s*1000)
	case s < 9.95:
		return fmt.Sprintf("%.2f s", s)
	default:
		return fmt.Sprintf("%.1f s", s)
	}
}

func megabytes(mb float64) string {
	if mb == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f MB", mb)
}

func ratio(value, of float64) string {
	switch {
	case value == 0 || of == 0:
		return ""
	case value/of < 9.95:
		return fmt.Sprintf("%.2f", value/of)
	default:
		return fmt.Sprintf("%.0f", value/of)
	}
}

func thousands(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
