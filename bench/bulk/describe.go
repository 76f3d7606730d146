package main

import (
	"context"
	"flag"
	"fmt"
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
	b.printf("%s; %s.\n", machine(), strings.Join(b.versions(ctx), ", "))
	b.printf("PostgreSQL's settings: %s.\n", settings)
	b.printf("Command: `%s`; launches only: `liftoff %s` and `liftoff %s`.\n", invocation(), b.ownLatest, b.ownBulk)
	if b.base != "" {
		b.printf("The release before: %s.\n", firstLine(ctx, b.base, "version"))
	}
	b.printf("Medians of %d runs in turn; their number stands where it is smaller.\n", b.reps)
	return nil
}

// invocation is the command line that repeats this, without what bench/bulk.sh adds.
func invocation() string {
	text := "bench/bulk.sh"
	flag.Visit(func(f *flag.Flag) {
		value := f.Value.String()
		switch {
		case slices.Contains([]string{"liftoff", "base", "measure", "peers", "venvs", "docs"}, f.Name):
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
	if b.scriptPython != "" {
		versions = append(versions, "the script's "+firstLine(ctx, b.scriptPython, "--version"))
	}
	if b.duckdbPython != "" {
		versions = append(versions, "DuckDB "+firstLine(ctx, b.duckdbPython, "-c", "import duckdb; print(duckdb.__version__)"))
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
