// Command launchpages measures pages of launches straight from the database, without the
// server: for each kind of request how long it takes.
//
//	launchpages -url postgres://… -count 100
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"liftoff"
	"liftoff/internal/postgres"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "bench/launchpages:", err)
		os.Exit(1)
	}
}

// filters returns one random filter of a kind.
type filters func(random *rand.Rand, c liftoff.LaunchChoices) liftoff.LaunchFilter

func pick[T any](random *rand.Rand, of []T) T { return of[random.IntN(len(of))] }

// combined returns a filter in which each part is there with even chance.
func combined(search func(*rand.Rand) string) filters {
	return func(random *rand.Rand, c liftoff.LaunchChoices) (f liftoff.LaunchFilter) {
		f.Search = search(random)
		if random.IntN(2) == 0 {
			f.Outcome = pick(random, liftoff.Outcomes())
		}
		if random.IntN(2) == 0 {
			f.RocketID = pick(random, c.Rockets).ID
		}
		if random.IntN(2) == 0 {
			f.LaunchpadID = pick(random, c.Launchpads).ID
		}
		if random.IntN(2) == 0 {
			f.Year = pick(random, c.Years)
		}
		return f
	}
}

// oneOf returns one of some texts.
func oneOf(texts ...string) func(*rand.Rand) string {
	return func(random *rand.Rand) string { return pick(random, texts) }
}

func digits(n int) func(*rand.Rand) string {
	return func(random *rand.Rand) string {
		text := ""
		for range n {
			text += string(rune('0' + random.IntN(10)))
		}
		return text
	}
}

func run(ctx context.Context) error {
	url := flag.String("url", "", "of the database")
	count := flag.Int("count", 100, "requests of each kind")
	limit := flag.Int("limit", 50, "launches of a page")
	flag.Parse()
	store, err := postgres.Open(ctx, postgres.Options{URL: *url, StatementTimeout: time.Minute, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer store.Close()
	choices, err := store.LaunchChoices(ctx)
	if err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same requests each time
	kinds := []struct {
		name    string
		filters filters
	}{
		{"no filter", func(*rand.Rand, liftoff.LaunchChoices) liftoff.LaunchFilter { return liftoff.LaunchFilter{} }},
		{"any filters", combined(oneOf(""))},
		{"a frequent part of a name", combined(oneOf("syn", "Synthetic", "star", "LINK", "radar", "(", " (w", "türk"))},
		{"three digits", combined(digits(3))},
		{"five digits", combined(digits(5))},
		{"one launch", combined(digits(6))},
		{"no such name", combined(oneOf("xyz", "zzzz", "Zuma", "qqq qqq"))},
		{"two words that never meet", combined(oneOf("starlink radar", "weather comsat", "Synthetic Synthetic"))},
	}
	fmt.Println("| request | p50 ms | p99 ms | max ms |\n| --- | ---: | ---: | ---: |")
	for _, kind := range kinds {
		var took []time.Duration
		worst, slowest := "", time.Duration(0)
		for range *count {
			request := liftoff.LaunchPageRequest{LaunchFilter: kind.filters(random, choices), Limit: *limit, CountUpTo: 10_000}
			place := &liftoff.LaunchPosition{LaunchedAt: time.Date(2006+random.IntN(17), time.Month(1+random.IntN(12)), 1+random.IntN(28), 0, 0, 0, 0, time.UTC), ID: "5eb"}
			switch random.IntN(3) {
			case 1:
				request.OlderThan = place
			case 2:
				request.NewerThan = place
			}
			elapsed := liftoff.Stopwatch()
			page, err := store.LaunchPage(ctx, request)
			if err != nil {
				return err
			}
			took = append(took, elapsed())
			if took[len(took)-1] > slowest {
				slowest = took[len(took)-1]
				worst = fmt.Sprintf("%+v %v %v: %d of %d %v", request.LaunchFilter, request.OlderThan, request.NewerThan, len(page.Launches), page.Total, page.IsCountOpen)
			}
		}
		slices.Sort(took)
		ms := func(d time.Duration) float64 { return d.Seconds() * 1000 }
		fmt.Printf("| %s | %.1f | %.1f | %.1f | %s\n", kind.name, ms(took[len(took)/2]), ms(took[len(took)*99/100]), ms(slowest), worst)
	}
	elapsed := liftoff.Stopwatch()
	if _, err := store.LaunchChoices(ctx); err != nil {
		return err
	}
	fmt.Println("choices", elapsed())
	for range 3 {
		elapsed = liftoff.Stopwatch()
		if _, err := store.DataVersion(ctx); err != nil {
			return err
		}
		fmt.Println("version", elapsed())
	}
	elapsed = liftoff.Stopwatch()
	_, err = store.Aggregates(ctx)
	fmt.Println("aggregates", elapsed())
	return err
}
