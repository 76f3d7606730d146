package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// bench is one run of everything.
type bench struct {
	options
	server  *server
	folder  string
	results *results
	// spent is the time that a contender took at a size.
	spent map[string]time.Duration
	// wrong are results that are not what they have to be.
	wrong []string
	view  *viewFigures
	// filled is a database with the large number of launches; empty before.
	filled string
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
	return &bench{options: o, server: server, folder: folder, results: results, spent: map[string]time.Duration{}}, nil
}

func (b *bench) close(ctx context.Context) error {
	return errors.Join(b.results.close(), b.server.stop(ctx), os.RemoveAll(b.folder))
}

// absolute makes all paths independent of the folder a contender runs in.
func (o *options) absolute() error {
	for _, path := range []*string{&o.liftoff, &o.measure, &o.shared, &o.peers, &o.out} {
		absolute, err := filepath.Abs(*path)
		if err != nil {
			return err
		}
		*path = absolute
	}
	return nil
}

func (b *bench) measureAll(ctx context.Context) error {
	if b.does(partPeers) || b.does(partLimit) {
		for _, n := range b.sizes {
			if err := b.measureSize(ctx, n); err != nil {
				return fmt.Errorf("at %d launches: %w", n, err)
			}
		}
	}
	if b.does(partLatency) && b.has(own) {
		if err := b.measureLatency(ctx); err != nil {
			return fmt.Errorf("latency: %w", err)
		}
	}
	if b.does(partMemory) && b.has(own) {
		if err := b.measureMemory(ctx); err != nil {
			return fmt.Errorf("memory: %w", err)
		}
	}
	if b.does(partView) && b.has(own) {
		if err := b.measureView(ctx); err != nil {
			return fmt.Errorf("view: %w", err)
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
	for rep := range b.reps {
		for _, c := range contenders { // in turn, so that a busy moment meets all
			if b.exhausted(c, n) {
				continue
			}
			j := job{n: n, rep: rep + 1, api: api.url, again: n > 1}
			if _, isCopy := c.(copyContender); isCopy {
				j.again = false
			}
			if err := b.runOne(ctx, c, j); err != nil {
				return fmt.Errorf("%s, run %d: %w", c.name(), rep+1, err)
			}
		}
	}
	return nil
}

// contenders are those that are measured at a size.
func (b *bench) contenders(n int) []contender {
	var all []contender
	if b.has(own) {
		all = append(all, ownContender{bench: b})
	}
	if b.does(partLimit) && n >= limitFrom {
		all = append(all, copyContender{bench: b, seed: true}, copyContender{bench: b})
	}
	if !b.does(partPeers) {
		if n < limitFrom {
			return nil
		}
		return all
	}
	for _, name := range b.cases {
		if name != own {
			all = append(all, peerContender{bench: b, caseName: name})
		}
	}
	return all
}

// exhausted tells whether a contender has had its time at a size.
func (b *bench) exhausted(c contender, n int) bool {
	return b.budget > 0 && b.spent[fmt.Sprint(c.name(), n)] > b.budget
}

// measureMemory runs the program alone at two sizes far apart; the database of
// the last run stays for the view.
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
		if err := b.runOne(ctx, ownContender{bench: b}, j); err != nil {
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
			c := ownContender{bench: b, fetchers: fetchers}
			if err := b.runOne(ctx, c, job{n: latencyCount, rep: rep + 1, api: api.url}); err != nil {
				return err
			}
		}
	}
	return nil
}
