package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"time"

	"liftoff/internal/analytics"
	"liftoff/internal/postgres"
	"liftoff/internal/table"
)

// engine answers the analytics queries; each call is one pass over all.
type engine interface {
	// time measures each query by itself, in their order, and all of them as
	// they are run together, in seconds.
	time(ctx context.Context) (timing, error)
}

// timing is one pass of an engine.
type timing struct {
	each []float64
	all  float64
}

// comparison are the medians of engines that took turns: ours comes first.
type comparison struct {
	queries []string
	// engines has one timing for each engine, or is empty.
	engines []timing
	// rounds is how many passes were measured.
	rounds int
}

// compare lets the engines take turns. Warm-ups are not counted. Once the budget
// is spent there is no further pass, but one is always counted.
func (b *bench) compare(ctx context.Context, what string, warmUps int, engines ...engine) (comparison, error) {
	queries, err := analytics.Load()
	if err != nil {
		return comparison{}, err
	}
	started := time.Now()
	passes := make([][]timing, len(engines))
	for i := range warmUps + b.reps {
		spent := b.budget > 0 && time.Since(started) > b.budget
		if spent && len(passes[0]) > 0 {
			break
		}
		for k, e := range engines {
			pass, err := e.time(ctx)
			if err != nil {
				return comparison{}, err
			}
			fmt.Fprintf(os.Stderr, "%s, engine %d: all queries %.3f s\n", what, k+1, pass.all)
			if i >= warmUps || spent {
				passes[k] = append(passes[k], pass)
			}
		}
	}
	c := comparison{rounds: len(passes[0])}
	for _, q := range queries {
		c.queries = append(c.queries, q.Name)
	}
	for _, each := range passes {
		c.engines = append(c.engines, medianTiming(each))
	}
	return c, nil
}

// medianTiming is the median of each figure by itself.
func medianTiming(passes []timing) timing {
	var m timing
	var all []float64
	for _, pass := range passes {
		all = append(all, pass.all)
	}
	m.all = median(all)
	for i := range passes[0].each {
		var values []float64
		for _, pass := range passes {
			values = append(values, pass.each[i])
		}
		m.each = append(m.each, median(values))
	}
	return m
}

// slowest is the query that takes longest on an engine.
func (c comparison) slowest(engine int) (name string, seconds float64) {
	seconds = slices.Max(c.engines[engine].each)
	return c.queries[slices.Index(c.engines[engine].each, seconds)], seconds
}

// most is by how much the second engine is slower at most, and for which query.
func (c comparison) most() (name string, seconds float64) {
	for i := range c.queries {
		if more := c.engines[1].each[i] - c.engines[0].each[i]; i == 0 || more > seconds {
			name, seconds = c.queries[i], more
		}
	}
	return name, seconds
}

// answerer is a database that the program asks.
type answerer interface {
	Answer(ctx context.Context, queries []analytics.Query) ([]table.Table, error)
}

// ownEngine is the program's own way to ask, without the start of a process.
type ownEngine struct{ answerer answerer }

func (e ownEngine) time(ctx context.Context) (timing, error) {
	queries, err := analytics.Load()
	if err != nil {
		return timing{}, err
	}
	var t timing
	for _, q := range queries {
		seconds, err := e.ask(ctx, []analytics.Query{q})
		if err != nil {
			return timing{}, err
		}
		t.each = append(t.each, seconds)
	}
	t.all, err = e.ask(ctx, queries)
	return t, err
}

func (e ownEngine) ask(ctx context.Context, queries []analytics.Query) (float64, error) {
	started := time.Now()
	_, err := e.answerer.Answer(ctx, queries)
	return time.Since(started).Seconds(), err
}

// openStore opens a database as the program does.
func (b *bench) openStore(ctx context.Context, database string) (*postgres.Store, error) {
	return postgres.Open(ctx, postgres.Options{
		URL: b.server.dsn(database), StatementTimeout: time.Minute, Logger: slog.New(slog.DiscardHandler),
	})
}
