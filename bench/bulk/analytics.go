package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// analyticsWarmUps is the number of passes before those that count.
const analyticsWarmUps = 1

// The two whole processes of the analytics part.
const (
	analyzeOwn    = "analyze-own"
	analyzeDuckDB = "analyze-duckdb"
)

// analyzing is a process that runs all analytics over a filled database, or
// over an export of it.
type analyzing struct{ label string }

func (a analyzing) name() string { return a.label }

// table is the database's in both cases: the runs write nothing.
func (analyzing) table(context.Context, job) (string, error) { return "raw_launches", nil }

// measureAnalytics compares the program's analytics with DuckDB over the
// program's export, at the two sizes.
func (b *bench) measureAnalytics(ctx context.Context) error {
	for _, n := range b.wholeSizes() {
		if err := b.measureAnalyticsAt(ctx, n); err != nil {
			return fmt.Errorf("%d launches: %w", n, err)
		}
	}
	return nil
}

func (b *bench) measureAnalyticsAt(ctx context.Context, n int) error {
	database, err := b.wholeDatabase(ctx, n)
	if err != nil {
		return err
	}
	j := job{n: n, database: database}
	export, err := b.export(ctx, j)
	if err != nil {
		return err
	}
	ours, theirs := b.ownCommand(j, b.liftoff, "analyze"), command{arguments: b.duckdbArguments(export)}
	if err := b.checkAnswers(ctx, j, theirs); err != nil {
		return err
	}
	for rep := range b.reps {
		j.rep = rep + 1
		for _, each := range []struct {
			label   string
			command command
		}{{analyzeOwn, ours}, {analyzeDuckDB, theirs}} {
			if b.exhausted(turns{each.label, analyze, n}) {
				continue
			}
			if err := b.measureProcess(ctx, analyzing{each.label}, j, each.command); err != nil {
				return err
			}
		}
	}
	b.answers[n], err = b.compareWithDuckDB(ctx, j, export)
	return err
}

// compareWithDuckDB times the queries in processes that run already.
func (b *bench) compareWithDuckDB(ctx context.Context, j job, export string) (c comparison, err error) {
	store, err := b.openStore(ctx, j.database)
	if err != nil {
		return comparison{}, err
	}
	defer store.Close()
	duck, err := b.startDuckDB(ctx, export)
	if err != nil {
		return comparison{}, err
	}
	defer func() { err = errors.Join(err, duck.stop()) }()
	return b.compare(ctx, fmt.Sprintf("analytics, %d launches", j.n), analyticsWarmUps, ownEngine{store}, duck)
}

// checkAnswers says what DuckDB answers differently.
func (b *bench) checkAnswers(ctx context.Context, j job, theirs command) error {
	ours, err := b.output(ctx, b.ownCommand(j, b.liftoff, "analyze --output json"))
	if err != nil {
		return err
	}
	other, err := b.output(ctx, theirs)
	if err != nil {
		return err
	}
	found, err := differences(ours, other)
	if err != nil {
		return err
	}
	for _, difference := range found {
		b.fail("%d launches, DuckDB answers differently: %s", j.n, difference)
	}
	return nil
}

// wholeSizes are the sizes of the parts that need a database with everything
// in it.
func (b *bench) wholeSizes() []int {
	return slices.Compact([]int{b.whole, b.large})
}

// measureProcess measures a command that only reads a database.
func (b *bench) measureProcess(ctx context.Context, a analyzing, j job, c command) error {
	started := time.Now()
	_, err := b.measureOnce(ctx, a, j, measured{kind: analyze, command: c})
	b.spent[turns{a.name(), analyze, j.n}] += time.Since(started)
	return err
}
