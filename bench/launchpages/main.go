// Command launchpages measures pages of launches straight from the database, without the
// server: for each kind of request how long it takes, and what the slowest asked for.
//
//	launchpages -url postgres://… -count 300
//
// The requests are the same each time: a third each are for the first page, for one after
// a random date and for one before it. All count up to 10,000 launches.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/signal"
	"slices"
	"time"

	"liftoff"
	"liftoff/internal/postgres"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		stop()
		fmt.Fprintln(os.Stderr, "bench/launchpages:", err)
		os.Exit(1)
	}
}

// kind is a kind of requests: what names are searched for, and whether the other filters
// are set, each with even chance.
type kind struct {
	name       string
	search     func(*rand.Rand) string
	isFiltered bool
}

func kinds() []kind {
	return []kind{
		{"no filter", oneOf(""), false},
		{"any filters", oneOf(""), true},
		{"any filters, a frequent part of a name", oneOf("syn", "Synthetic", "star", "LINK", "radar", "(", " (w", "türk"), true},
		{"any filters, three digits", digits(3), true},
		{"any filters, five digits", digits(5), true},
		{"any filters, one launch or none", digits(6), true},
		{"any filters, letters that no name has", oneOf("xyz", "zzzz", "Zuma", "qqq qqq"), true},
		{"any filters, two frequent words that never meet", oneOf("starlink radar", "weather comsat"), true},
	}
}

func oneOf(texts ...string) func(*rand.Rand) string {
	return func(random *rand.Rand) string { return pick(random, texts) }
}

// digits returns a function that returns a number of n digits.
func digits(n int) func(*rand.Rand) string {
	return func(random *rand.Rand) string {
		text := make([]byte, n)
		for i := range text {
			text[i] = byte('0' + random.IntN(10))
		}
		return string(text)
	}
}

func pick[T any](random *rand.Rand, of []T) T { return of[random.IntN(len(of))] }

// request returns a random request of a kind.
func (k kind) request(random *rand.Rand, choices liftoff.LaunchChoices, limit int) liftoff.LaunchPageRequest {
	const countUpTo = 10_000
	request := liftoff.LaunchPageRequest{Limit: limit, CountUpTo: countUpTo}
	request.Search = k.search(random)
	isSet := func() bool { return k.isFiltered && random.IntN(2) == 0 }
	if isSet() {
		request.Outcome = pick(random, liftoff.Outcomes())
	}
	if isSet() {
		request.RocketID = pick(random, choices.Rockets).ID
	}
	if isSet() {
		request.LaunchpadID = pick(random, choices.Launchpads).ID
	}
	if isSet() {
		request.Year = pick(random, choices.Years)
	}
	day := time.Date(pick(random, choices.Years), time.January, 1+random.IntN(365), 0, 0, 0, 0, time.UTC)
	place := &liftoff.LaunchPosition{LaunchedAt: day, ID: "5eb"}
	switch random.IntN(3) {
	case 1:
		request.OlderThan = place
	case 2:
		request.NewerThan = place
	}
	return request
}

func run(ctx context.Context) error {
	url := flag.String("url", "", "of the database")
	count := flag.Int("count", 300, "requests of each kind")
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
	random := rand.New(rand.NewPCG(1, 2))
	fmt.Println("| request | p50 | p99 | max | the slowest |\n| --- | ---: | ---: | ---: | --- |")
	for _, k := range kinds() {
		slowest := ""
		took, err := measure(*count, func() (string, error) {
			request := k.request(random, choices, *limit)
			page, err := store.LaunchPage(ctx, request)
			return fmt.Sprintf("%+v, after %+v, before %+v: %d launches", request.LaunchFilter, request.OlderThan, request.NewerThan, len(page.Launches)), err
		}, &slowest)
		if err != nil {
			return err
		}
		fmt.Printf("| %s | %s | %s |\n", k.name, took, slowest)
	}
	return others(ctx, store, *count)
}

// others measures what else the dashboard reads.
func others(ctx context.Context, store *postgres.Store, count int) error {
	for _, each := range []struct {
		name string
		ask  func() error
	}{
		{"what can be filtered by", func() error { _, err := store.LaunchChoices(ctx); return err }},
		{"version of the data", func() error { _, err := store.DataVersion(ctx); return err }},
		{"health", func() error { _, err := store.Health(ctx); return err }},
		{"aggregates", func() error { _, err := store.Aggregates(ctx); return err }},
	} {
		var slowest string
		took, err := measure(min(count, 100), func() (string, error) { return "", each.ask() }, &slowest)
		if err != nil {
			return err
		}
		fmt.Printf("| %s | %s | |\n", each.name, took)
	}
	return nil
}

// measure asks count times and returns the columns p50, p99 and max. It notes what the
// slowest answer was about.
func measure(count int, ask func() (about string, err error), slowest *string) (columns string, err error) {
	took := make([]time.Duration, count)
	for i := range took {
		elapsed := liftoff.Stopwatch()
		about, err := ask()
		if err != nil {
			return "", err
		}
		if took[i] = elapsed(); took[i] == slices.Max(took[:i+1]) {
			*slowest = about
		}
	}
	slices.Sort(took)
	ms := func(d time.Duration) string { return fmt.Sprintf("%.1f ms", d.Seconds()*1000) }
	return ms(took[count/2]) + " | " + ms(took[count*99/100]) + " | " + ms(took[count-1]), nil
}
