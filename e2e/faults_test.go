package e2e_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// Each fault of the source ends with one clear last line that names the
// thing and the next step, the right exit code, and nothing stored.
func TestIngest_BadSource(t *testing.T) {
	t.Parallel()
	const asJSON = "application/json; charset=utf-8"
	tests := []struct {
		name        string
		status      int
		contentType string
		body        string
		code        int
		says        string
	}{
		{"404", 404, "text/plain", "Not Found", 4, "404"},
		{"HTML instead of JSON", 200, "text/html", "<html><head><title>Down for maintenance</title></head></html>", 4, "Down for maintenance"},
		{"truncated JSON", 200, asJSON, `{"id": "5eb87cd9ffd86e000604b32a", "payl`, 4, "cut short"},
		{"a body over the limit", 200, asJSON, clitest.LaunchDocument("details", `"`+strings.Repeat("x", 2<<20)+`"`), 4, "MiB"},
		{"forbidden", 401, "text/plain", "Unauthorized", 7, "401"},
	}
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).On(db).With("SPACEX_MAX_BODY_MIB=1", "SPACEX_MAX_ATTEMPTS=1")
	u.Succeed(t, "migrate", "up")
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := u.With("SPACEX_API_URL="+clitest.StartAnswering(t, test.status, test.contentType, test.body)).Run(t, "ingest")
			clitest.WantFailure(t, r, test.code, test.says)
			if n := len(rows(t, db)); n != 0 {
				t.Errorf("%d rows were stored", n)
			}
		})
	}
	t.Run("unreachable", func(t *testing.T) {
		clitest.WantFailure(t, u.With("SPACEX_API_URL="+clitest.ClosedPort).Run(t, "ingest"), 4, "connection refused")
	})
	t.Run("unknown host", func(t *testing.T) {
		clitest.WantFailure(t, u.With("SPACEX_API_URL=http://api.invalid").Run(t, "ingest"), 4, "api.invalid")
	})
}

// A record that cannot be stored is kept in quarantine, byte for byte, and the
// run ends with code 3.
func TestIngest_ABadRecordIsQuarantined(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, body, reason, says string }{
		{"missing id", clitest.LaunchDocument("id", ""), "missing_id", "has no id"},
		{"id of another type", clitest.LaunchDocument("id", "12"), "invalid_id", "id is a number"},
		{"empty id", clitest.LaunchDocument("id", `""`), "missing_id", "id is empty"},
		{"payloads of another type", clitest.LaunchDocument("payloads", `"one"`), "invalid_payloads", "payloads is a string"},
		{"a NUL in a string", clitest.LaunchDocument("name", `"a\u0000b"`), "not_storable", `\u0000`},
		{"a duplicate name", `{"id":"a","id":"b"}`, "invalid_json", "duplicate"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.NewDatabase(t)
			u := clitest.NewUser(t).On(db).With("SPACEX_API_URL="+clitest.StartAnswering(t, 200, "application/json", test.body), "REFERENCES=false")
			for range 2 { // the same bytes once
				r := u.Run(t, "ingest")
				if line := clitest.LastLine(r.Stderr); r.Code != 3 || !strings.Contains(line, test.says) || !strings.Contains(line, "1 of 1 records went into quarantine") {
					t.Errorf("exit code %d, last line %q", r.Code, line)
				}
			}
			var reason, body string
			var count int
			conn := pgtest.Connect(t, db.DSN)
			if err := conn.QueryRow(t.Context(), "SELECT min(reason), min(convert_from(body, 'UTF8')), count(*) FROM quarantined_records").Scan(&reason, &body, &count); err != nil {
				t.Fatal(err)
			}
			if reason != test.reason || body != test.body || count != 1 || len(rows(t, db)) != 0 {
				t.Errorf("%d records in quarantine, reason %q, body %q", count, reason, body)
			}
		})
	}
}

// What the program does not need may be odd or missing: the launch is stored
// whole all the same.
func TestIngest_OddButGoodLaunchesAreStored(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, field, value string
		column, want       string
		// drift is what the last line says of a field that the API documents
		// otherwise; empty for what is as documented.
		drift string
	}{
		{"success null", "success", "null", "success", "<null>", ""},
		{"an unknown field", "brand_new", `{"a": [1]}`, "name", "FalconSat", ""},
		{"no payloads", "payloads", "[]", "payload_count", "0", ""},
		{"payloads null", "payloads", "null", "payload_count", "0", "payloads is null"},
		{"payloads missing", "payloads", "", "payload_count", "0", "payloads is missing"},
		{"a string for a number", "flight_number", `"seventeen"`, "flight_number", "<null>", "flight_number is a string"},
		{"a number for a string", "name", "17", "name", "<null>", "name is a number"},
		{"a date that does not exist", "date_utc", `"2021-02-30T00:00:00.000Z"`, "launched_at", "<null>", ""},
		{"a string for a boolean", "success", `"yes"`, "success", "<null>", "success is a string"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.NewDatabase(t)
			body := clitest.LaunchDocument(test.field, test.value)
			r := clitest.NewUser(t).On(db).With("SPACEX_API_URL="+clitest.StartAnswering(t, 200, "application/json", body), "REFERENCES=false").Run(t, "ingest")
			code := 0
			if test.drift != "" {
				code = 3
			}
			if r.Code != code || !strings.Contains(clitest.LastLine(r.Stderr), test.drift) {
				t.Errorf("exit code %d, want %d and %q:\n%s", r.Code, code, test.drift, r.Stderr)
			}
			conn := pgtest.Connect(t, db.DSN)
			var whole bool
			if err := conn.QueryRow(t.Context(), "SELECT raw_data = $1::jsonb FROM raw_launches", body).Scan(&whole); err != nil || !whole {
				t.Errorf("raw_data is not the whole payload (%v)", err)
			}
			var got string
			query := "SELECT coalesce(" + test.column + "::text, '<null>') FROM launches"
			if err := conn.QueryRow(t.Context(), query).Scan(&got); err != nil || got != test.want {
				t.Errorf("launches.%s = %q (%v), want %q", test.column, got, err, test.want)
			}
		})
	}
}

func TestIngest_BadDatabase(t *testing.T) {
	t.Parallel()
	api := clitest.StartReplay(t)
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).With("SPACEX_API_URL="+api, "POSTGRES_HOST="+db.Host, fmt.Sprintf("POSTGRES_PORT=%d", db.Port),
		"POSTGRES_DB="+db.Name, "POSTGRES_USER="+db.User, "POSTGRES_PASSWORD="+db.Password)
	t.Run("wrong password", func(t *testing.T) {
		clitest.WantFailure(t, u.With("POSTGRES_PASSWORD=s3cret").Run(t, "ingest"), 7, "password authentication failed")
	})
	t.Run("no such database", func(t *testing.T) {
		clitest.WantFailure(t, u.With("POSTGRES_DB=nowhere").Run(t, "ingest"), 7, `"nowhere" does not exist`)
	})
	t.Run("database down", func(t *testing.T) {
		clitest.WantFailure(t, u.With("POSTGRES_PORT=1").Run(t, "ingest"), 5, "connection refused")
	})
	t.Run("database down for the whole wait", func(t *testing.T) {
		r := u.With("POSTGRES_PORT=1", "POSTGRES_WAIT=1s").Run(t, "ingest")
		clitest.WantFailure(t, r, 5, "connection refused")
		if !strings.Contains(r.Stderr, " - WARNING - PostgreSQL does not answer yet; waiting for it. database=127.0.0.1:1/") {
			t.Errorf("no WARNING says what is waited for:\n%s", r.Stderr)
		}
	})
	t.Run("read-only database", func(t *testing.T) {
		readOnly := pgtest.NewDatabase(t)
		u.With("POSTGRES_DB="+readOnly.Name).Succeed(t, "migrate", "up")
		clitest.Execute(t, readOnly, "ALTER DATABASE "+readOnly.Name+" SET default_transaction_read_only = on")
		clitest.WantFailure(t, u.With("POSTGRES_DB="+readOnly.Name).Run(t, "ingest"), 7, "read-only")
	})
	t.Run("a raw_launches of a wrong shape", func(t *testing.T) {
		wrong := pgtest.NewDatabase(t)
		clitest.Execute(t, wrong, "CREATE TABLE raw_launches (id INTEGER PRIMARY KEY, raw_data JSON, extra TEXT)")
		r := u.With("POSTGRES_DB="+wrong.Name).Run(t, "ingest")
		clitest.WantFailure(t, r, 8, "column id is integer, not text")
	})
}

func TestIngest_WithoutThePrivilegeToCreateTheView(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	clitest.NewUser(t).On(db).Succeed(t, "migrate", "up")
	clitest.Execute(t, db, "DROP VIEW launch_aggregates_view")
	role := pgtest.NewRole(t, db,
		"SELECT, INSERT ON raw_launches, launch_revisions",
		"SELECT, INSERT, UPDATE ON known_launches, quarantined_records, ingestion_sources, ingestion_runs, ingestion_backfills, ingestion_backfill_ranges, ingestion_rates, raw_payloads, raw_rockets, raw_launchpads, reference_checks",
		"SELECT, INSERT, DELETE ON ingestion_missed_ranges, typed_transactions",
		"SELECT, INSERT, UPDATE, DELETE ON typed_launches, ingestion_schedules", "SELECT, INSERT, UPDATE ON typed_checks",
		"SELECT ON liftoff_schema_version, launches, payloads, rockets, launchpads, launches_from_documents")
	r := clitest.NewUser(t).On(role).With("SPACEX_API_URL="+clitest.StartReplay(t)).Run(t, "ingest")
	clitest.WantFailure(t, r, 7, "launch_aggregates_view")
	if !strings.Contains(r.Stderr, "GRANT CREATE ON SCHEMA") {
		t.Errorf("the exact GRANT is not named:\n%s", r.Stderr)
	}
	if n := len(rows(t, db)); n != 0 {
		t.Errorf("%d rows were stored although the run could not end well", n)
	}
}

func TestCommands_WrongUsage(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t)
	badEnvFile := filepath.Join(u.Folder, "bad.env")
	if err := os.WriteFile(badEnvFile, []byte("A=1\nnot a setting\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		args []string
		says string
	}{
		{"an unknown flag", []string{"ingest", "--no-such-flag"}, "ingest has no flag --no-such-flag"},
		{"an unknown command", []string{"injest"}, "injest"},
		{"a stray argument", []string{"ingest", "now"}, `"now"`},
		{"a bad value", []string{"ingest", "--postgres-port", "x"}, "--postgres-port"},
		{"a bad .env line", []string{"ingest", "--env-file", badEnvFile}, "bad.env line 2"},
		{"an unknown format", []string{"analyze", "-o", "xml"}, "xml"},
		{"an unknown query", []string{"analyze", "launches_per_yeer"}, "launches_per_yeer"},
		{"an unknown log level", []string{"ingest", "--log-level", "loud"}, "loud"},
		{"an API URL that is none", []string{"ingest", "--spacex-api-url", "ftp://x"}, "must begin with http:// or https://"},
		{"a password in a flag", []string{"ingest", "--database-url", "postgres://u:s3cret@h/d"}, "--database-url"},
		{"a folder of captures that is not there", []string{"replay", "--data", "/nowhere"}, "/nowhere"},
		{"an address that cannot be listened on", []string{"replay", "--listen", "nonsense"}, "nonsense"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			clitest.WantFailure(t, u.Run(t, test.args...), 2, test.says)
		})
	}
}

// The program's log file is a convenience: when it cannot be written, the
// run goes on.
func TestIngest_ALogFileThatCannotBeWrittenIsOneWarning(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("SPACEX_API_URL="+clitest.StartReplay(t), "LOG_FILE=/nowhere/ingestion.log")
	r := u.Succeed(t, "ingest")
	if n := strings.Count(r.Stderr, " - WARNING - "); n != 1 || !strings.Contains(r.Stderr, "/nowhere/ingestion.log") {
		t.Errorf("want one WARNING that names the file, got %d:\n%s", n, r.Stderr)
	}
}

// A password must show up nowhere: not in the output, not in the log file.
func TestIngest_NeverShowsThePassword(t *testing.T) {
	t.Parallel()
	api := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(api.Close)
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).On(db).With("SPACEX_API_URL="+api.URL, "LOG_LEVEL=debug")
	for _, args := range [][]string{{"ingest"}, {"doctor"}, {"migrate", "up"}, {"analyze"}} {
		r := u.Run(t, args...)
		if strings.Contains(r.Stdout+r.Stderr, db.Password) {
			t.Errorf("liftoff %s shows the password", strings.Join(args, " "))
		}
	}
	if strings.Contains(u.ReadFile(t, "ingestion.log"), db.Password) {
		t.Error("ingestion.log holds the password")
	}
}
