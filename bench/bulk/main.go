// Command bulk measures liftoff as users run it, beside the tools that they
// would pick instead and beside the limits that PostgreSQL and DuckDB set, all
// in one run on one PostgreSQL and one replay, the contenders taking turns. It
// prints Markdown tables and writes each single run to a file of tab-separated
// values. bench/bulk.sh builds what it needs and starts it.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// options say what is measured and with what.
type options struct {
	sizes      []int
	whole      int
	large      int
	reps       int
	latestReps int
	largeReps  int
	cases      []string
	parts      []string
	budget     time.Duration
	limit      time.Duration

	liftoff   string
	base      string
	ownLatest string
	ownBulk   string
	measure   string
	shared    string
	peers     string
	venvs     string
	out       string
	docs      string
	trino     bool

	// scriptPython and duckdbPython have the packages of the script and of
	// DuckDB; they are found when a part needs them.
	scriptPython string
	duckdbPython string
}

// The parts of a run.
const (
	partWhole     = "whole"
	partAnalytics = "analytics"
	partTrino     = "trino"
	partPages     = "pages"
	partPeers     = "peers"
	partBase      = "base"
	partLimit     = "limit"
	partMemory    = "memory"
	partView      = "view"
	partLatency   = "latency"
)

// parts are all of them.
func parts() []string {
	return []string{
		partWhole, partAnalytics, partTrino, partPages, partPeers,
		partBase, partLimit, partMemory, partView, partLatency,
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/bulk:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	started := time.Now()
	o, err := parseOptions()
	if err != nil {
		return err
	}
	if err := errors.Join(o.providePeers(ctx), o.providePython(ctx)); err != nil {
		return err
	}
	b, err := newBench(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close(context.WithoutCancel(ctx))) }()
	if err := b.describe(ctx); err != nil {
		return err
	}
	err = b.measureAll(ctx)
	b.printf("It took %.0f minutes.\n", time.Since(started).Minutes())
	b.report() // of what there is, too
	if _, printErr := fmt.Print(b.text.String()); printErr != nil {
		return errors.Join(err, printErr)
	}
	if err != nil {
		return err
	}
	if len(b.wrong) > 0 {
		return fmt.Errorf("%d results are wrong:\n  %s", len(b.wrong), strings.Join(b.wrong, "\n  "))
	}
	if b.docs == "" {
		return nil
	}
	return writeDocs(b.docs, b.text.String())
}

func parseOptions() (options, error) {
	var o options
	sizes := flag.String("sizes", "1 205 10000 100000", "numbers of launches for peers, base and limit; 1 is the latest launch")
	cases := flag.String("cases", "own script "+defaultPeers(), "contenders: own, script and cases of ../shared/bench/cases.sh")
	only := flag.String("only", "", "parts to measure: "+strings.Join(parts(), " ")+"; all when empty")
	flag.IntVar(&o.whole, "whole", 100_000, "number of launches for whole, analytics and trino")
	flag.IntVar(&o.large, "large", 1_000_000, "number of launches for memory, pages and view, and once more for whole and analytics")
	flag.IntVar(&o.reps, "reps", 5, "runs of each contender at each size")
	flag.IntVar(&o.latestReps, "latest-reps", 21, "runs of each contender that stores one launch into an empty database")
	flag.IntVar(&o.largeReps, "large-reps", 2, "runs at the large number")
	flag.DurationVar(&o.budget, "budget", 3*time.Minute, "no further run of a contender at a size once it took this long there; 0 for no such end")
	flag.DurationVar(&o.limit, "limit", 15*time.Minute, "time after which a single run is ended")
	flag.StringVar(&o.liftoff, "liftoff", "bin/liftoff", "the program")
	flag.StringVar(&o.base, "base", "", "another build of the program to compare with")
	flag.StringVar(&o.ownLatest, "own-latest", "ingest --skip-analytics --references=false", "its arguments for the latest launch alone")
	flag.StringVar(&o.ownBulk, "own-bulk", "ingest --all --skip-analytics --references=false", "its arguments for all launches alone")
	flag.StringVar(&o.measure, "measure", ".bin/bench/measure", "the program built from bench/measure")
	flag.StringVar(&o.shared, "shared", "../shared/bench", "folder with the peers' cases")
	flag.StringVar(&o.peers, "peers", ".bin/bench-peers", "folder the peers are installed in")
	flag.StringVar(&o.venvs, "venvs", ".bin", "folder for the Python environments of the script and of DuckDB")
	flag.StringVar(&o.out, "out", ".bin/bench/bulk.tsv", "file that each single run is added to")
	flag.StringVar(&o.docs, "docs", "", "document to put the tables into, if all results are right")
	flag.BoolVar(&o.trino, "trino", false, "measure through Trino too; tools/trino.sh starts one")
	flag.Parse()
	if flag.NArg() > 0 {
		return o, fmt.Errorf("%q is no flag", flag.Arg(0))
	}
	o.cases, o.parts = words(*cases), words(*only)
	for _, part := range o.parts {
		if !slices.Contains(parts(), part) {
			return o, fmt.Errorf("-only: there is no part %q", part)
		}
	}
	for _, word := range words(*sizes) {
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 {
			return o, fmt.Errorf("-sizes: %q is no number of launches", word)
		}
		o.sizes = append(o.sizes, n)
	}
	if min(o.reps, o.latestReps, o.largeReps, o.whole, o.large) < 1 {
		return o, errors.New("-reps, -latest-reps, -large-reps, -whole and -large are at least 1")
	}
	if o.docs != "" && len(o.parts) > 0 {
		return o, errors.New("-docs needs all parts: a document has figures of one run")
	}
	if err := o.absolute(); err != nil {
		return o, err
	}
	for _, program := range []string{o.liftoff, cmp.Or(o.base, o.liftoff), o.measure} {
		if _, err := os.Stat(program); err != nil {
			return o, err
		}
	}
	return o, nil
}

// defaultPeers are the fastest two, the usual tool and the naive script.
func defaultPeers() string {
	if peers := os.Getenv("BENCH_PEERS"); peers != "" {
		return peers
	}
	return "benthos py-values dlt-json py-commit"
}

// words splits at white space and commas.
func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' || r == '\n' || r == '\t' })
}

// does tells whether a part is measured.
func (o options) does(part string) bool { return len(o.parts) == 0 || slices.Contains(o.parts, part) }

// has tells whether a contender takes part.
func (o options) has(name string) bool { return slices.Contains(o.cases, name) }
