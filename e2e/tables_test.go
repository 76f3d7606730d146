package e2e_test

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"liftoff/internal/analytics"
	"liftoff/internal/postgres"
	"liftoff/internal/report"
	"liftoff/internal/table"
	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// On a terminal of any width a table fits, into a pipe it is whole, and the real
// launches show both.
func TestAnalyze_RealLaunchesFitEveryTerminal(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	api := clitest.StartReplay(t, "--data", clitest.Captures(t, "spacex-v4-2021-04-22-exchanges"))
	u := clitest.NewUser(t).On(db).With("SPACEX_API_URL="+api, "SIMULATION_SEED=7")
	u.Succeed(t, "ingest", "--all", "--skip-analytics")
	for _, columns := range []string{"40", "60", "80", "120", ""} {
		r := u.With("COLUMNS="+columns).Succeed(t, slices.Concat([]string{"analyze"}, printedQueries)...)
		name := "tables-" + columns + ".txt"
		if columns == "" {
			name = "tables-pipe.txt"
		}
		wantGolden(t, name, r.Stdout)
	}
	for _, answer := range answersOf(t, db) {
		for width := 40; width <= 200; width++ {
			out := printed(t, answer, report.Options{Width: width})
			wantLinesWithin(t, out, width, answer)
			for _, key := range keysOf(answer) {
				if !strings.Contains(out, key) {
					t.Errorf("%s at %d columns lacks %q", answer.Name, width, key)
				}
			}
		}
		if out := printed(t, answer, report.Options{}); strings.Contains(out, "…") || strings.Contains(out, "Left out: ") {
			t.Errorf("%s is not whole in a pipe:\n%s", answer.Name, out)
		}
	}
}

// answersOf runs all queries on a database.
func answersOf(t *testing.T, db pgtest.Database) []table.Table {
	t.Helper()
	queries, err := analytics.Load()
	if err != nil {
		t.Fatal(err)
	}
	store, err := postgres.Open(t.Context(), postgres.Options{URL: db.DSN, StatementTimeout: time.Minute, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	answers, err := store.Answer(t.Context(), queries)
	if err != nil {
		t.Fatal(err)
	}
	return answers
}

func printed(t *testing.T, answer table.Table, options report.Options) string {
	t.Helper()
	var out strings.Builder
	if err := report.Write(&out, report.FormatTable, []table.Table{answer}, options); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// keysOf returns what the first column says.
func keysOf(answer table.Table) []string {
	var keys []string
	for _, row := range answer.Rows {
		if row[0] != nil {
			keys = append(keys, fmt.Sprint(row[0]))
		}
	}
	return keys
}

// wantLinesWithin checks that only a key that is wider itself makes a wider line.
// Each letter of this data takes one column.
func wantLinesWithin(t *testing.T, out string, width int, answer table.Table) {
	t.Helper()
	keys := keysOf(answer)
	for line := range strings.Lines(out) {
		line = strings.TrimSuffix(line, "\n")
		if got := utf8.RuneCountInString(line); got > width && !slices.Contains(keys, line) {
			t.Errorf("%s at %d columns has a line of %d: %q", answer.Name, width, got, line)
		}
	}
}
