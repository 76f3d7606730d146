package clitest

import (
	"os"
	"strconv"
	"testing"
	"time"

	"liftoff/internal/testkit/pgtest"
)

// NumberFrom reads a number from the environment.
func NumberFrom(t testing.TB, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	number, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return number
}

// Await asks a database a question until the answer is true. It fails the test if that
// takes longer than bound, and shows the runs and the schedules then.
func Await(t testing.TB, db pgtest.Database, bound time.Duration, question string) {
	t.Helper()
	conn := pgtest.Connect(t, db.DSN)
	defer func() { _ = conn.Close(t.Context()) }()
	isTrue := false
	for end := time.Now().Add(bound); !isTrue; <-time.After(10 * time.Millisecond) {
		if err := conn.QueryRow(t.Context(), "SELECT coalesce(("+question+"), FALSE)").Scan(&isTrue); err != nil {
			t.Fatalf("%s: %v", question, err)
		}
		if !isTrue && time.Now().After(end) {
			t.Fatalf("after %v not true: %s\nruns: %s\nschedules: %s", bound, question,
				Scan[string](t, db, "SELECT coalesce(string_agg(concat_ws(' ', status, schedule, due_at), ', ' ORDER BY id), '') FROM ingestion_runs"),
				Scan[string](t, db, "SELECT coalesce(string_agg(schedule::TEXT, ' '), '') FROM ingestion_schedules AS schedule"))
		}
	}
}
