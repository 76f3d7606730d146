// Command bulk measures liftoff's bulk ingestion beside the tools that a user
// would pick instead and beside the limit that PostgreSQL sets, all in one run
// on one PostgreSQL and one replay, the contenders taking turns. It prints
// Markdown tables and writes each single run to a file of tab-separated
// values. bench/bulk.sh builds what it needs and starts it.
package main

import (
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
	sizes     []int
	large     int
	reps      int
	largeReps int
	cases     []string
	parts     []string
	budget    time.Duration
	limit     time.Duration

	liftoff   string
	ownLatest string
	ownBulk   string
	measure   string
	shared    string
	peers     string
	out       string
	trino     bool
}

// The parts of a run.
const (
	partPeers   = "peers"
	partLimit   = "limit"
	partMemory  = "memory"
	partView    = "view"
	partLatency = "latency"
)

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
	o, err := parseOptions()
	if err != nil {
		return err
	}
	if err := o.providePeers(ctx); err != nil {
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
	b.report() // of what there is, too
	if err != nil {
		return err
	}
	if len(b.wrong) > 0 {
		return fmt.Errorf("%d results are wrong:\n  %s", len(b.wrong), strings.Join(b.wrong, "\n  "))
	}
	return nil
}

func parseOptions() (options, error) {
	var o options
	sizes := flag.String("sizes", "1 205 10000 100000", "numbers of launches for the peers and the limit; 1 is the latest launch")
	cases := flag.String("cases", "own "+defaultPeers(), "contenders: own and cases of ../shared/bench/cases.sh")
	only := flag.String("only", "", "parts to measure: peers limit memory view latency; all when empty")
	flag.IntVar(&o.large, "large", 1_000_000, "number of launches for memory and the view")
	flag.IntVar(&o.reps, "reps", 5, "runs of each contender at each size")
	flag.IntVar(&o.largeReps, "large-reps", 2, "runs at the large number")
	flag.DurationVar(&o.budget, "budget", 3*time.Minute, "no further run of a contender at a size once it took this long there; 0 for no such end")
	flag.DurationVar(&o.limit, "limit", 15*time.Minute, "time after which a single run is ended")
	flag.StringVar(&o.liftoff, "liftoff", "bin/liftoff", "the program")
	flag.StringVar(&o.ownLatest, "own-latest", "ingest --skip-analytics --references=false", "its arguments for the latest launch")
	flag.StringVar(&o.ownBulk, "own-bulk", "ingest --all --skip-analytics --references=false", "its arguments for all launches")
	flag.StringVar(&o.measure, "measure", ".bin/bench/measure", "the program built from bench/measure")
	flag.StringVar(&o.shared, "shared", "../shared/bench", "folder with the peers' cases")
	flag.StringVar(&o.peers, "peers", ".bin/bench-peers", "folder the peers are installed in")
	flag.StringVar(&o.out, "out", ".bin/bench/bulk.tsv", "file that each single run is added to")
	flag.BoolVar(&o.trino, "trino", false, "read the view through Trino too; tools/trino.sh starts one")
	flag.Parse()
	if flag.NArg() > 0 {
		return o, fmt.Errorf("%q is no flag", flag.Arg(0))
	}
	o.cases, o.parts = words(*cases), words(*only)
	for _, part := range o.parts {
		if !slices.Contains([]string{partPeers, partLimit, partMemory, partView, partLatency}, part) {
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
	if o.reps < 1 || o.largeReps < 1 || o.large < 1 {
		return o, errors.New("-reps, -large-reps and -large are at least 1")
	}
	return o, o.absolute()
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
