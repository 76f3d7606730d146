package launchtest

import (
	"log/slog"
	"testing"
	"time"

	"liftoff/internal/postgres"
)

// Refresh makes the view launches show what a test has written into the tables by
// hand, as the next run would.
func Refresh(t testing.TB, dsn string) {
	t.Helper()
	store, err := postgres.Open(t.Context(), postgres.Options{URL: dsn, StatementTimeout: time.Minute, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatalf("open the database: %v", err)
	}
	defer store.Close()
	if _, err := store.RefreshTypedLaunches(t.Context(), postgres.RefreshOptions{}); err != nil {
		t.Fatalf("refresh typed_launches: %v", err)
	}
}
