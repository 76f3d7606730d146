package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// bench is one run of everything.
type bench struct {
	options
	server  *server
	folder  string
	results *results
	// spent is the time that runs took.
	spent map[turns]time.Duration
	// wrong are results that are not what they have to be.
	wrong []string
	// kept are databases that stay for later parts, by what is in them.
	kept map[filling]string
	// text is the document that is printed at the end.
	text strings.Builder

	answers map[int]comparison
	onTrino comparison
	pages   []pageFigures
	view    *viewFigures
}

// filling says what a database was filled with: the kind of run and its size.
type filling struct {
	kind string
	n    int
}

// turns are the runs of a contender in one part of the whole.
type turns struct {
	name, kind string
	n          int
}

func newBench(ctx context.Context, o options) (*bench, error) {
	folder, err := os.MkdirTemp("", "liftoff-bulk-")
	if err != nil {
		return nil, err
	}
	results, err := openResults(o.out)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	server, err := startServer(ctx, folder)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return &bench{
		options: o, server: server, folder: folder, results: results,
		spent: map[turns]time.Duration{}, kept: map[filling]string{}, answers: map[int]comparison{},
	}, nil
}

func (b *bench) close(ctx context.Context) error {
	return errors.Join(b.results.close(), b.server.stop(ctx), os.RemoveAll(b.folder))
}

func (b *bench) printf(format string, arguments ...any) { fmt.Fprintf(&b.text, format, arguments...) }

// absolute makes all paths independent of the folder a contender runs in.
func (o *options) absolute() error {
	for _, path := range []*string{&o.liftoff, &o.base, &o.measure, &o.shared, &o.peers, &o.venvs, &o.out} {
		if *path == "" {
			continue
		}
		absolute, err := filepath.Abs(*path)
		if err != nil {
			return err
		}
		*path = absolute
	}
	return nil
}

// measureAll measures part by part. A part that fails does not keep the others
// from being measured.
func (b *bench) measureAll(ctx context.Context) error {
	var failures []error
	for _, part := range []struct {
		name    string
		wanted  bool
		measure func(context.Context) error
	}{
		{"sizes", b.does(partPeers) || b.does(partBase) || b.does(partLimit), b.measureSizes},
		{partWhole, b.does(partWhole), b.measureWhole},
		{partAnalytics, b.does(partAnalytics), b.measureAnalytics},
		{partTrino, b.does(partTrino) && b.trino, b.measureTrino},
		{partPages, b.does(partPages), b.measurePages},
		{partLatency, b.does(partLatency), b.measureLatency},
		{partMemory, b.does(partMemory), b.measureMemory},
		{partView, b.does(partView), b.measureView},
	} {
		isOurs := part.name != "sizes" // there the contenders are chosen
		if !part.wanted || isOurs && !b.has(own) {
			continue
		}
		if err := part.measure(ctx); err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", part.name, err))
			fmt.Fprintln(os.Stderr, "FAILED:", failures[len(failures)-1])
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(failures...)
}

func (b *bench) measureSizes(ctx context.Context) error {
	for _, n := range b.sizes {
		if err := b.measureSize(ctx, n); err != nil {
			return fmt.Errorf("%d launches: %w", n, err)
		}
	}
	return nil
}

// measureSize lets all contenders of a size take turns.
func (b *bench) measureSize(ctx context.Context, n int) error {
	contenders := b.contenders(n)
	if len(contenders) == 0 {
		return nil
	}
	api, err := b.startReplay(ctx, max(n, latestCount))
	if err != nil {
		return err
	}
	defer api.stop()
	if err := b.download(ctx, n, api); err != nil {
		return err
	}
	if b.does(partLimit) && n >= limitFrom {
		if err := b.makeCopyFile(ctx, n, api); err != nil {
			return err
		}
	}
	for rep := range b.repsAt(n) {
		for _, c := range contenders { // in turn, so that a busy moment meets all
			j := job{n: n, rep: rep + 1, api: api.url, again: n > 1}
			if b.exhausted(turns{c.name(), j.noted(), n}) {
				continue
			}
			if err := b.runOne(ctx, c, j); err != nil {
				return fmt.Errorf("%s, run %d: %w", c.name(), rep+1, err)
			}
		}
	}
	return nil
}

// repsAt is how often each contender of a size runs: one launch takes so
// little time that few runs would say little.
func (b *bench) repsAt(n int) int {
	if n == 1 {
		return b.latestReps
	}
	return b.reps
}

// contenders are those that are measured at a size.
func (b *bench) contenders(n int) []contender {
	var ours, others []contender
	if b.has(own) {
		ours = append(ours, b.own())
	}
	if b.does(partBase) && b.base != "" && n >= limitFrom {
		others = append(others, b.baseBuild())
	}
	if b.does(partLimit) && n >= limitFrom {
		others = append(others, copyContender{bench: b, seed: true}, copyContender{bench: b})
	}
	if b.does(partPeers) {
		for _, name := range b.cases {
			switch name {
			case own:
			case script:
				if n == 1 {
					others = append(others, b.ownAnswers(), scriptContender{bench: b})
				}
			default:
				others = append(others, peerContender{bench: b, caseName: name})
			}
		}
		return append(ours, others...)
	}
	if len(others) == 0 {
		return nil
	}
	return append(ours, others...)
}

// exhausted tells whether a contender has had its time.
func (b *bench) exhausted(t turns) bool {
	return b.budget > 0 && b.spent[t] > b.budget
}

// measureMemory runs the program alone at two sizes far apart; the database of
// the last run stays for the view, as the program leaves it: autovacuum is off
// until the view has been measured.
func (b *bench) measureMemory(ctx context.Context) error {
	if b.results.count(own, bulk, memorySmall) == 0 {
		if err := b.ownAt(ctx, memorySmall, b.reps); err != nil {
			return err
		}
	}
	return b.ownAt(ctx, b.large, b.largeReps)
}

func (b *bench) ownAt(ctx context.Context, n, reps int) error {
	api, err := b.startReplay(ctx, n)
	if err != nil {
		return err
	}
	defer api.stop()
	for rep := range reps {
		j := job{n: n, rep: rep + 1, api: api.url, again: true, keep: n == b.large && rep == reps-1}
		if j.keep && b.does(partView) {
			if err := b.server.autovacuum(ctx, false); err != nil {
				return err
			}
		}
		if err := b.runOne(ctx, b.own(), j); err != nil {
			return err
		}
	}
	return nil
}

// measureLatency runs the program against an API that takes its time for each
// page, with eight fetchers and with one.
func (b *bench) measureLatency(ctx context.Context) error {
	api, err := b.startReplay(ctx, latencyCount, "--latency", latency.String())
	if err != nil {
		return err
	}
	defer api.stop()
	for rep := range min(b.reps, latencyReps) {
		for _, fetchers := range []int{manyFetchers, 1} {
			if err := b.runOne(ctx, b.ownFetching(fetchers), job{n: latencyCount, rep: rep + 1, api: api.url}); err != nil {
				return err
			}
		}
	}
	return nil
}
