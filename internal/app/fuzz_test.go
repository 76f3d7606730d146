package app_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
	"liftoff/internal/app"
)

// FuzzWithoutPassword checks that what psql gets on its command line leads to
// the same database, without the password, as the driver reads both.
func FuzzWithoutPassword(f *testing.F) {
	for _, seed := range []string{
		"postgres://u:p@h:5433/d?sslmode=require", "postgres://u:p@h1:1,h2:2/d", "postgresql://u@h/d?password=p", "postgres://h/d?pass%77ord=p",
		"host=h password=p dbname=d", `host=h password='a \' b' dbname=d`, `host=h password=a\ b`, "PASSWORD = x host=h", "password=a://b",
		"application_name='my password=x' host=h", "host=h passfile=/x", "user=password host='='", "postgres://u:p@[::1]:5433/d", "password='' host=h",
		"postgres:///d?host=/tmp&password=x", "dbname=a password=b password=c",
	} {
		f.Add(seed)
	}
	// Neither this machine's settings nor its passwords.
	for _, name := range []string{"PGPASSWORD", "PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGSERVICE"} {
		f.Setenv(name, "")
	}
	f.Setenv("PGPASSFILE", "/nowhere")
	f.Fuzz(func(t *testing.T, connection string) {
		before, err := pgx.ParseConfig(connection)
		if err != nil {
			return
		}
		shown := app.WithoutPassword(connection)
		after, err := pgx.ParseConfig(shown)
		if err != nil {
			t.Fatalf("%q has become %q, which cannot be read: %v", connection, shown, err)
		}
		if after.Password != "" {
			t.Errorf("%q has become %q, which still has the password %q", connection, shown, after.Password)
		}
		if before.Host != after.Host || before.Port != after.Port || before.Database != after.Database || before.User != after.User || len(before.Fallbacks) != len(after.Fallbacks) {
			t.Errorf("%q has become %q, which leads elsewhere", connection, shown)
		}
	})
}

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
		asked, err := app.Parse(app.IngestRequest{Since: since}, now)
		if err != nil {
			if liftoff.CategoryOf(err) != liftoff.Usage || liftoff.HintOf(err) == "" {
				t.Errorf("--since %q: %v, want a usage error with a hint", since, err)
			}
			return
		}
		if since == "" {
			return
		}
		if asked.Command == "" || asked.Name == "" {
			t.Errorf("--since %q has no name: %+v", since, asked)
		}
		if _, err := json.Marshal(asked); err != nil {
			t.Errorf("--since %q: %v", since, err)
		}
	})
}
