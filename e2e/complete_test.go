package e2e_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

// noCompletion is what Tab gets if there is nothing to offer: no files either.
const noCompletion = ":4\n"

// complete returns what Tab offers for the last argument. Log lines or warnings would
// break the user's prompt.
func complete(t *testing.T, u *clitest.User, args ...string) string {
	t.Helper()
	r := u.Succeed(t, append([]string{"__complete"}, args...)...)
	if r.Stderr != "Completion ended with directive: ShellCompDirectiveNoFileComp\n" {
		t.Errorf("%q prints %q", args, r.Stderr)
	}
	return r.Stdout
}

func TestCompletion_OffersIDs(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).On(db)
	if got := complete(t, u, "show", ""); got != noCompletion {
		t.Errorf("an empty database offers %q", got)
	}
	u.Succeed(t, "ingest", "--all", "--skip-analytics", "--spacex-api-url", clitest.StartReplay(t, "--count", "60"))
	newest := clitest.Scan[string](t, db, "SELECT id FROM launches ORDER BY launched_at DESC, id DESC LIMIT 1")
	name := clitest.Scan[string](t, db, "SELECT name FROM launches WHERE id = $1", newest)
	clitest.Execute(t, db,
		// A shell would run the first of these ids, and a terminal obey the name of the second.
		`INSERT INTO raw_launches VALUES ('$(reboot)', now(), 0, 0, '{"name": "x", "date_utc": "2099-01-01T00:00:00.000Z"}'), ('red', now(), 0, 0, '{"name": "\u001b[31mred"}')`,
		`INSERT INTO quarantined_records (run_id, first_seen_at, last_seen_at, source_url, reason, detail, body, body_length, body_sha256)
			SELECT id, started_at, started_at, 'https://example.org', 'missing_id', 'no id', '{}', 2, sha256('{}') FROM ingestion_runs`)
	launchtest.Refresh(t, db.DSN)
	if offered := complete(t, u, "show", ""); !strings.HasPrefix(offered, newest+"\t"+name+"\n") || strings.Count(offered, "\t") != 49 {
		t.Errorf("show offers\n%s", offered)
	}
	started := clitest.Scan[string](t, db, "SELECT to_char(started_at, 'YYYY-MM-DD HH24:MI:SS') FROM ingestion_runs")
	run := "1\tsucceeded, " + started + " UTC\n"
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"history", newest[:23]}, newest + "\t" + name + "\n"},
		{[]string{"ingest", "--id", newest[:23]}, newest + "\t" + name + "\n"},
		{[]string{"ingest", "--id=first," + newest[:23]}, "first," + newest + "\t" + name + "\n"},
		{[]string{"show", "_"}, ""},
		{[]string{"show", "$"}, ""},
		{[]string{"show", "red"}, "red\t\\x1b[31mred\n"},
		{[]string{"show", newest, ""}, ""},
		{[]string{"runs", "show", ""}, run},
		{[]string{"runs", "show", "2"}, ""},
		{[]string{"quarantine", "list", "--run", ""}, run},
		{[]string{"quarantine", "show", ""}, "1\tmissing_id\n"},
		{[]string{"quarantine", "retry", "7", "1"}, "1\tmissing_id\n"},
		{[]string{"quarantine", "retry", "2"}, ""},
	} {
		if got := complete(t, u, test.args...); got != test.want+noCompletion {
			t.Errorf("%q offers %q, want %q", test.args, got, test.want)
		}
	}
}

// Tab must not start the server, but uses one that runs, without making a database.
func TestCompletion_UsesTheEmbeddedServerOnlyWhenItRuns(t *testing.T) {
	t.Parallel()
	u := newKeeper(t)
	if got := complete(t, u, "show", ""); got != noCompletion {
		t.Errorf("without data, show offers %q", got)
	}
	if _, err := os.Stat(filepath.Join(u.Folder, "data")); err == nil {
		t.Error("Tab has made the data folder")
	}
	u.Succeed(t, "ingest", "--spacex-api-url", clitest.StartReplay(t))
	if got := complete(t, u, "show", ""); got != noCompletion || statusOf(t, u).Running {
		t.Errorf("with the server stopped, show offers %q", got)
	}
	u.Succeed(t, "db", "start")
	if got := complete(t, u, "show", ""); strings.Count(got, "\t") != 1 {
		t.Errorf("show offers %q", got)
	}
	if got := complete(t, u.With("POSTGRES_DB=other"), "show", ""); got != noCompletion || len(statusOf(t, u).Databases) != 1 {
		t.Errorf("in a database that is not there, show offers %q", got)
	}
}

func TestCompletion_IsSilentAndQuickWhateverIsWrong(t *testing.T) {
	t.Parallel()
	silent, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp4", "127.0.0.1:0") // takes connections, says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	_, port, err := net.SplitHostPort(silent.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	u := clitest.NewUser(t).With("POSTGRES_HOST=127.0.0.1", "LOG_LEVEL=debug")
	missing := filepath.Join(t.TempDir(), "missing")
	for name, settings := range map[string][]string{
		"no answer":     {"POSTGRES_PORT=" + port},
		"no server":     {"POSTGRES_PORT=1"},
		"bad settings":  {"POSTGRES_PORT=many"},
		"missing file":  {"POSTGRES_PASSWORD_FILE=" + missing},
		"broken URL":    {"DATABASE_URL=postgres://%"},
		"no such place": {"POSTGRES_HOST=" + missing},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begin := time.Now()
			if got := complete(t, u.With(settings...), "show", ""); got != noCompletion {
				t.Errorf("show offers %q", got)
			}
			// The limit is a second; the rest is for a busy machine.
			if took := time.Since(begin); took > 4*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}
