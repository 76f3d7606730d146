package e2e_test

import (
	"strings"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
	"liftoff/internal/testkit/trinotest"
)

// Without a Trino the true cause is told, and the run that came before it is
// stored.
func TestTrino_NotThere(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).On(db).With("SPACEX_API_URL="+clitest.StartReplay(t), "LIFTOFF_ENGINE=trino", "TRINO_URL="+clitest.ClosedPort, "TRINO_WAIT=0s")
	clitest.WantFailure(t, u.Run(t, "ingest"), 6, "connection refused")
	if got := len(rows(t, db)); got != 1 {
		t.Errorf("%d launches are stored, want the one that was fetched before the analytics", got)
	}
}

// Analyze on Trino opens no PostgreSQL of ours: one that cannot be reached
// does not matter.
func TestTrino_AnalyzeOpensNoDatabase(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).With("POSTGRES_HOST=127.0.0.1", "POSTGRES_PORT=1", "TRINO_URL="+clitest.ClosedPort, "TRINO_WAIT=0s")
	r := u.Run(t, "analyze", "--engine", "trino")
	clitest.WantFailure(t, r, 6, "Trino")
	if strings.Contains(r.Stderr, "PostgreSQL") {
		t.Errorf("PostgreSQL was asked:\n%s", r.Stderr)
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
		r := clitest.NewUser(t).With("LIFTOFF_ENGINE=trino", setting).Run(t, "analyze")
		clitest.WantFailure(t, r, 2, want)
		if strings.Contains(r.Stderr, "s3cret") {
			t.Errorf("the password is shown:\n%s", r.Stderr)
		}
	}
}

// The program prints the same on both engines.
func TestTrino_PrintsWhatPostgreSQLDoes(t *testing.T) {
	address := trinotest.URL(t)
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).On(db).With("SPACEX_API_URL=" + clitest.StartReplay(t))
	onTrino := u.With("LIFTOFF_ENGINE=trino", "TRINO_URL="+address, "TRINO_CATALOG="+trinotest.NewCatalog(t, db))
	first := onTrino.Succeed(t, "ingest")
	if !sentences.MatchString(first.Stderr) {
		t.Errorf("the four sentences are not on the console in order:\n%s", first.Stderr)
	}
	want := u.Succeed(t, "analyze", "-o", "json").Stdout
	if got := onTrino.Succeed(t, "analyze", "-o", "json").Stdout; got != want {
		t.Errorf("Trino prints\n%s\nPostgreSQL prints\n%s", got, want)
	}
}
