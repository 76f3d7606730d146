package database_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// results ingests all launches twice, in two of their states, and returns all
// that is printed of them, but for what is another at each run: ages, and the
// moments of fetching.
func results(t *testing.T, db pgtest.Database) map[string]string {
	t.Helper()
	first, later := newUser(t, 0).On(db), newUser(t, 2).On(db)
	for _, u := range []*clitest.User{first, later, first, later} {
		// Another source as well, so that the launches are the same ones.
		u.Succeed(t, "ingest", "--all")
	}
	queries := []string{"analyze", "-o", "json"}
	for line := range strings.Lines(later.Succeed(t, "analyze", "--list").Stdout) {
		if name := strings.Fields(line)[0]; name != "data_freshness" {
			queries = append(queries, name)
		}
	}
	revised := clitest.Scan[string](t, db, `SELECT max(launch_id COLLATE "C") FROM launch_revisions`)
	return map[string]string{
		"analytics": later.Succeed(t, queries...).Stdout,
		"export":    withoutColumn(withoutColumn(later.Succeed(t, "export", "--format", "csv").Stdout, "fetched_at_timestamp"), "revised_at"),
		"history":   withoutColumn(later.Succeed(t, "history", revised, "-o", "csv").Stdout, "first_seen_at"),
		"counts": clitest.Scan[string](t, db, `SELECT string_agg(concat_ws(' ', fetched, inserted, unchanged, revised, missing), E'\n' ORDER BY id)
			FROM ingestion_runs`),
		// The time zone of the server does not shift what is kept in UTC.
		"drift": clitest.Scan[string](t, db, `SELECT (max(abs(extract(epoch FROM (now() AT TIME ZONE 'UTC') - fetched_at_timestamp))) < 600)::text FROM raw_launches`),
	}
}

// withoutColumn leaves a column out of a CSV text without quoted commas before it.
func withoutColumn(text, column string) string {
	var kept strings.Builder
	at := -1
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimRight(line, "\r\n"), ",")
		if at < 0 {
			for i, field := range fields {
				if field == column {
					at = i
				}
			}
		}
		if at >= 0 && at < len(fields) {
			fields = append(fields[:at:at], fields[at+1:]...)
		}
		kept.WriteString(strings.Join(fields, ",") + "\n")
	}
	return kept.String()
}

// ordinary are the results in a database that nothing is odd about.
var ordinary struct {
	once    sync.Once
	results map[string]string
}

// wantEqualResults compares with the results in an ordinary database.
func wantEqualResults(t *testing.T, db pgtest.Database) {
	t.Helper()
	ordinary.once.Do(func() { ordinary.results = results(t, pgtest.NewDatabase(t)) })
	if len(ordinary.results) == 0 {
		t.Fatal("there are no results to compare with")
	}
	if diff := cmp.Diff(ordinary.results, results(t, db)); diff != "" {
		t.Errorf("results (-ordinary +here):\n%s", diff)
	}
}
