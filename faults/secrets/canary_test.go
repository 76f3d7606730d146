//go:build unix

package secrets_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
)

// attempt is one run of the program: what it is given, and how it ends.
type attempt struct {
	name string
	env  []string
	args []string
	code int
}

// wellAttempts are every command, doing its work.
func wellAttempts() []attempt {
	return []attempt{
		{"ingest all", nil, []string{"ingest", "--all"}, 0},
		{"ingest with json lines", []string{"LOG_FORMAT=json"}, []string{"ingest", "--new"}, 0},
		{"dry run", nil, []string{"ingest", "--all", "--dry-run"}, 0},
		{"analyze", nil, []string{"analyze"}, 0},
		{"list of queries", nil, []string{"analyze", "--list"}, 0},
		{"export", nil, []string{"export", "--raw", "--format", "csv", "--output-file", "launches.csv"}, 0},
		{"runs", nil, []string{"runs", "-o", "json"}, 0},
		{"history", nil, []string{"history", "--help"}, 0},
		{"migrate status", nil, []string{"migrate", "status"}, 0},
		{"doctor", nil, []string{"doctor"}, 0},
		{"psql", nil, []string{"psql", "--", "-c", "SELECT 1"}, 0},
		{"version", nil, []string{"version"}, 0},
		{"help of ingest", nil, []string{"ingest", "--help"}, 0},
		{"completion", nil, []string{"completion", "bash"}, 0},
		{"replay that nobody serves", []string{"REPLAY_LISTEN=127.0.0.1:1"}, []string{"replay", "--check"}, 4},
	}
}

// badAttempts are failures of every kind, with a secret near each.
func badAttempts(url string) []attempt {
	database := func(url string) []string { return []string{"DATABASE_URL=" + url} }
	ingest := []string{"ingest"}
	return []attempt{
		{"wrong password", database(strings.Replace(url, rolePassword, wrongPassword, 1)), ingest, 7},
		{"wrong password, asked by the doctor", database(strings.Replace(url, rolePassword, wrongPassword, 1)), []string{"doctor"}, 7},
		{"database down", database("postgres://u:" + wrongPassword + "@127.0.0.1:1/x"), ingest, 5},
		{"database down, json lines", append(database("postgres://u:"+wrongPassword+"@127.0.0.1:1/x"), "LOG_FORMAT=json"), ingest, 5},
		{"database down, waited for", append(database("postgres://u:"+wrongPassword+"@127.0.0.1:1/x"), "POSTGRES_WAIT=300ms"), ingest, 5},
		{"no such database", database(url[:strings.LastIndex(url, "/")] + "/nowhere"), ingest, 7},
		{"no such host", database("postgres://u:" + wrongPassword + "@db.invalid/x"), ingest, 5},
		{"escape that is none", database("postgres://u:" + wrongPassword + "%zz@h/x"), ingest, 2},
		{"slash in the password", database("postgres://u:12/" + wrongPassword + "@h/x"), ingest, 2},
		{"@ in the password", database("postgres://u:no@" + wrongPassword + "@h/x"), ingest, 2},
		{"quote that does not end", database("host=h password='" + wrongPassword), ingest, 2},
		{"keyword that is none", database("host=h password=x " + wrongPassword), ingest, 2},
		{"no TLS there", database(url + "&sslpassword=" + otherPassword + "&sslmode=verify-full"), ingest, 5},
		{"URL as the host", []string{"DATABASE_URL=", "POSTGRES_HOST=" + url}, ingest, 2},
		{"both spellings", []string{"POSTGRES_HOST=h", "POSTGRES_PASSWORD=" + wrongPassword}, ingest, 2},
		{"password in a flag", nil, []string{"ingest", "--database-url", url}, 2},
		{"API with a password", []string{"SPACEX_API_URL=https://u:" + otherPassword + "@api.example.org"}, ingest, 2},
		{"API with a password, asked by the doctor", []string{"SPACEX_API_URL=https://u:" + otherPassword + "@api.example.org"}, []string{"doctor"}, 2},
		{"proxy down", []string{"SPACEX_API_URL=http://api.example.org"}, ingest, 4},
		{"proxy down, for TLS", []string{"SPACEX_API_URL=https://api.example.org"}, []string{"doctor"}, 4},
		{"Trino without TLS", []string{"TRINO_URL=http://127.0.0.1:1"}, []string{"analyze", "--engine=trino"}, 2},
		{"Trino down", []string{"TRINO_URL=https://127.0.0.1:1", "TRINO_WAIT=0s"}, []string{"analyze", "--engine=trino"}, 6},
		{"Trino with a password", []string{"TRINO_URL=https://u:" + otherPassword + "@127.0.0.1:1"}, []string{"analyze", "--engine=trino"}, 2},
		{"two passwords", []string{"TRINO_PASSWORD_FILE=/nowhere"}, []string{"analyze", "--engine=trino"}, 2},
		{"a setting that is none", []string{"POSTGRES_WAIT=soon"}, ingest, 2},
		{"a command that is none", nil, []string{"config", "show"}, 2},
	}
}

func TestG1_G3_NoSecretIsShown(t *testing.T) {
	t.Parallel()
	u, db := keeper(t)
	u = u.With("SPACEX_API_URL=" + clitest.StartReplay(t, "--count", "30"))
	run := func(t *testing.T, a attempt) {
		t.Helper()
		r := u.With(a.env...).Run(t, a.args...)
		if r.Code != a.code {
			t.Errorf("exit code %d, want %d; the last line is %q", r.Code, a.code, r.LastLine())
		}
		wantNoSecret(t, "stdout", r.Stdout)
		wantNoSecret(t, "stderr", r.Stderr)
	}
	t.Run("G1 all is well", func(t *testing.T) {
		for _, a := range wellAttempts() {
			t.Run(a.name, func(t *testing.T) { run(t, a) })
		}
	})
	t.Run("G1 all that fails", func(t *testing.T) {
		for _, a := range badAttempts(u.Setting("DATABASE_URL")) {
			t.Run(a.name, func(t *testing.T) {
				t.Parallel()
				run(t, a)
			})
		}
	})
	t.Run("G1 the log file", func(t *testing.T) {
		log := u.ReadFile(t, "ingestion.log")
		if !strings.Contains(log, " - DEBUG - ") || !strings.Contains(log, "password authentication failed") {
			t.Errorf("the log has not the lines of the runs:\n%s", log)
		}
		wantNoSecret(t, "ingestion.log", log)
	})
	t.Run("G3 the database", func(t *testing.T) {
		all := clitest.Scan[string](t, db, "SELECT schema_to_xml('public', true, false, '')::TEXT")
		if !strings.Contains(all, "<ingestion_runs") || !strings.Contains(all, "<raw_launches") {
			t.Errorf("the database has not the tables of the runs")
		}
		wantNoSecret(t, "the database", all)
	})
}

// A quarantined record holds the API's bytes and the ledger the API's errors:
// neither has the way there in it.
func TestG3_QuarantineAndLedgerHoldNoSecret(t *testing.T) {
	t.Parallel()
	u, db := keeper(t)
	u = u.With("SPACEX_API_URL=" + clitest.StartAnswering(t, http.StatusOK, "application/json", clitest.LaunchDocument("id", "17")))
	if r := u.Run(t, "ingest"); r.Code == 0 {
		t.Errorf("a launch with a number as its id went well")
	}
	u = u.With("SPACEX_API_URL=" + clitest.StartAnswering(t, http.StatusServiceUnavailable, "text/html", "<html>"))
	if r := u.Run(t, "ingest"); r.Code != 4 {
		t.Errorf("an API that is down ended with %d", r.Code)
	}
	if n := clitest.Scan[int](t, db, "SELECT count(*) FROM ingestion_runs WHERE error IS NOT NULL"); n != 2 {
		t.Errorf("%d runs with an error are in the ledger, want 2", n)
	}
	wantNoSecret(t, "the database", clitest.Scan[string](t, db, "SELECT schema_to_xml('public', true, false, '')::TEXT"))
}

// hangingAPI is an API that never answers; asked is closed when the first
// request has come.
func hangingAPI(t *testing.T) (url string, asked <-chan struct{}) {
	t.Helper()
	first := make(chan struct{}, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case first <- struct{}{}:
		default:
		}
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	return server.URL, first
}

// awaitRequest waits until the API is asked.
func awaitRequest(t *testing.T, asked <-chan struct{}) {
	t.Helper()
	select {
	case <-asked:
	case <-time.After(time.Minute):
		t.Error("the API is not asked")
	}
}

// What Go prints at SIGQUIT, as at a crash, are all stacks.
func TestG3_ACrashReportHoldsNoSecret(t *testing.T) {
	t.Parallel()
	url, asked := hangingAPI(t)
	u, _ := keeper(t)
	u = u.With("SPACEX_API_URL="+url, "GOTRACEBACK=system")
	cmd := u.Command(t.Context(), "ingest", "--all")
	var output strings.Builder
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	awaitRequest(t, asked)
	if err := cmd.Process.Signal(syscall.SIGQUIT); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(output.String(), "goroutine 1") {
		t.Errorf("there is no crash report, error %v:\n%s", err, output.String())
	}
	wantNoSecret(t, "the crash report", output.String())
}

func TestG5_SecretFiles(t *testing.T) {
	t.Parallel()
	u, _ := keeper(t)
	u = u.With("DATABASE_URL="+strings.Replace(u.Setting("DATABASE_URL"), ":"+rolePassword, "", 1), "PGPASSWORD=")
	write := func(t *testing.T, name, content string, mode os.FileMode) *clitest.User {
		t.Helper()
		path := filepath.Join(u.Folder, name)
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return u.With("POSTGRES_PASSWORD_FILE=" + path)
	}
	t.Run("G5 with a newline", func(t *testing.T) {
		r := write(t, "good", rolePassword+"\n", 0o600).Succeed(t, "migrate", "status")
		if strings.Contains(r.Stderr, " - WARNING - ") {
			t.Errorf("a private file is complained about:\n%s", r.Stderr)
		}
		wantNoSecret(t, "the output", r.Stdout+r.Stderr)
	})
	t.Run("G5 readable by all", func(t *testing.T) {
		r := write(t, "open", rolePassword, 0o644).Succeed(t, "migrate", "status")
		if !strings.Contains(r.Stderr, ` - WARNING - Every user of this machine can read a file that contains a secret.`) || !strings.Contains(r.Stderr, "chmod 600") {
			t.Errorf("no warning that all may read the file:\n%s", r.Stderr)
		}
		wantNoSecret(t, "the output", r.Stdout+r.Stderr)
	})
	t.Run("G5 empty", func(t *testing.T) {
		clitest.WantFailure(t, write(t, "empty", "\n", 0o600).Run(t, "ingest"), 2, "is empty")
	})
	t.Run("G5 a folder", func(t *testing.T) {
		clitest.WantFailure(t, u.With("POSTGRES_PASSWORD_FILE="+u.Folder).Run(t, "ingest"), 2, "is a directory")
	})
	t.Run("G5 an endless one", func(t *testing.T) {
		clitest.WantFailure(t, u.With("POSTGRES_PASSWORD_FILE=/dev/zero").Run(t, "ingest"), 2, "more than 65536 bytes")
	})
	t.Run("G5 a wrong one", func(t *testing.T) {
		r := write(t, "wrong", wrongPassword, 0o600).Run(t, "ingest")
		clitest.WantFailure(t, r, 7, "password authentication failed")
		wantNoSecret(t, "the output", r.Stderr)
	})
}
