package app_test

import (
	"testing"
	"time"

	"liftoff"
	"liftoff/internal/app"
)

// FuzzSince checks that --since is either refused or a moment that the API can
// be asked for.
func FuzzSince(f *testing.F) {
	for _, seed := range []string{
		"2020-01-31", "2020-01-31T12:00:00Z", "9999-12-31T23:59:59-23:00", "0000-01-01", "30d", "4w", "99999w", "720h", "-1h", "1h1ns", "0d", "", "2020-02-30",
		"2020-01-31T12:00:00.123456789+14:00", "00001d", "1e9h", "2562047h47m16.854775807s",
	} {
		f.Add(seed)
	}
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, since string) {
		asked, err := app.Parse(app.IngestFlags{Since: since}, now)
		if err != nil {
			if liftoff.CategoryOf(err) != liftoff.Usage || liftoff.HintOf(err) == "" {
				t.Errorf("--since %q: %v, want a usage error with a hint", since, err)
			}
			return
		}
		if since == "" {
			return
		}
		// A date that sorts as text.
		if year := asked.Since.Year(); year < 0 || year > 9999 || asked.Since.Location() != time.UTC {
			t.Errorf("--since %q asks for %s", since, asked.Since)
		}
	})
}
