package e2e_test

import (
	"strings"
	"testing"

	"liftoff/internal/pgtest"
	"liftoff/internal/trinotest"
)

// Without a Trino the true cause is told, and the run that came before it is
// stored.
func TestTrino_NotThere(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := newUser(t).on(db).with("SPACEX_API_URL="+startReplay(t), "LIFTOFF_ENGINE=trino", "TRINO_URL="+closedPort, "TRINO_WAIT=0s")
	wantFailure(t, u.run(t, "ingest"), 6, "connection refused")
	if got := len(rows(t, db)); got != 1 {
		t.Errorf("%d launches are stored, want the one that was fetched before the analytics", got)
	}
}

// Analyze on Trino opens no PostgreSQL of ours: one that cannot be reached
// does not matter.
func TestTrino_AnalyzeOpensNoDatabase(t *testing.T) {
	t.Parallel()
	u := newUser(t).with("POSTGRES_HOST=127.0.0.1", "POSTGRES_PORT=1", "TRINO_URL="+closedPort, "TRINO_WAIT=0s")
	r := u.run(t, "analyze", "--engine", "trino")
	wantFailure(t, r, 6, "Trino")
	if strings.Contains(r.stderr, "PostgreSQL") {
		t.Errorf("PostgreSQL was asked:\n%s", r.stderr)
	}
}

func TestTrino_SettingsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	for setting, want := range map[string]string{
		"LIFTOFF_ENGINE=presto":        "LIFTOFF_ENGINE",
		"TRINO_URL=localhost:8080":     "TRINO_URL",
		"TRINO_PASSWORD=s3cret":        "unencrypted",
		"TRINO_CA_FILE=/does/not/be":   "TRINO_CA_FILE",
		"TRINO_PASSWORD_FILE=/not/any": "TRINO_PASSWORD_FILE",
	} {
		r := newUser(t).with("LIFTOFF_ENGINE=trino", setting).run(t, "analyze")
		wantFailure(t, r, 2, want)
		if strings.Contains(r.stderr, "s3cret") {
			t.Errorf("the password is shown:\n%s", r.stderr)
		}
	}
}

// The program prints the same on both engines.
func TestTrino_PrintsWhatPostgreSQLDoes(t *testing.T) {
	address := trinotest.URL(t)
	db := pgtest.NewDatabase(t)
	u := newUser(t).on(db).with("SPACEX_API_URL=" + startReplay(t))
	onTrino := u.with("LIFTOFF_ENGINE=trino", "TRINO_URL="+address, "TRINO_CATALOG="+trinotest.NewCatalog(t, db))
	first := onTrino.succeed(t, "ingest")
	if !sentences.MatchString(first.stderr) {
		t.Errorf("the four sentences are not on the console in order:\n%s", first.stderr)
	}
	want := u.succeed(t, "analyze", "-o", "json").stdout
	if got := onTrino.succeed(t, "analyze", "-o", "json").stdout; got != want {
		t.Errorf("Trino prints\n%s\nPostgreSQL prints\n%s", got, want)
	}
}
