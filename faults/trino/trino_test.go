package trino_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// quickly is a bound for what nobody should wait for.
const quickly = 5 * time.Second

func TestD1_NothingListens(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).With("POSTGRES_HOST=127.0.0.1", "POSTGRES_PORT=1", "TRINO_URL="+clitest.ClosedPort)
	started := time.Now()
	r := u.Run(t, "analyze", "--engine", "trino", "--trino-wait", "1s")
	clitest.WantFailure(t, r, 6, "connection refused")
	if took := time.Since(started); took > quickly {
		t.Errorf("took %s", took)
	}
	if n := strings.Count(r.Stderr, " - WARNING - "); n != 1 {
		t.Errorf("%d lines say that it waits, want one:\n%s", n, r.Stderr)
	}
}

// With the engine auto PostgreSQL answers, and one line says why.
func TestD1_AutoFallsBackToPostgreSQL(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).On(db).With("SPACEX_API_URL=" + clitest.StartReplay(t))
	auto := u.With("LIFTOFF_ENGINE=auto", "TRINO_URL="+clitest.ClosedPort)
	for _, command := range [][]string{{"ingest", "--all"}, {"analyze"}} {
		started := time.Now()
		r := auto.Succeed(t, command...)
		if n := strings.Count(r.Stderr, " - WARNING - Trino did not answer"); n != 1 || !strings.Contains(r.Stderr, "connection refused") {
			t.Errorf("%s: %d lines say that PostgreSQL is asked instead and why, want one:\n%s", command, n, r.Stderr)
		}
		if took := time.Since(started); took > 3*quickly {
			t.Errorf("%s took %s", command, took)
		}
	}
	want := u.Succeed(t, "analyze", "launches_per_year", "-o", "json").Stdout
	if got := auto.Succeed(t, "analyze", "launches_per_year", "-o", "json").Stdout; got != want {
		t.Errorf("printed\n%s\nwant\n%s", got, want)
	}
}

// A Trino that answers is asked, and PostgreSQL is not even opened.
func TestD1_AutoAsksTrinoFirst(t *testing.T) {
	t.Parallel()
	trino := httptest.NewServer(coordinator(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `{"id": "q1", "stats": {"state": "FINISHED"}, "data": [["by Trino"]], "columns": [
			{"name": "answered", "type": "varchar", "typeSignature": {"rawType": "varchar", "arguments": []}}]}`)
	}, nil))
	t.Cleanup(trino.Close)
	u := clitest.NewUser(t).With("POSTGRES_HOST=127.0.0.1", "POSTGRES_PORT=1", "TRINO_URL="+trino.URL)
	if err := os.WriteFile(filepath.Join(u.Folder, "mine.sql"), []byte("SELECT 'by Trino' AS answered"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := u.Succeed(t, "analyze", "--sql", "mine.sql", "--engine", "auto", "-o", "csv")
	if !strings.Contains(r.Stdout, "by Trino") || r.Stderr != "" {
		t.Errorf("printed %q and said %q", r.Stdout, r.Stderr)
	}
}

// A login that is refused would go unnoticed for long if auto hid it.
func TestD1_D15_AutoHidesNoRefusedLogin(t *testing.T) {
	t.Parallel()
	refusing := clitest.StartAnswering(t, http.StatusUnauthorized, "text/html", "<html>no</html>")
	for _, engine := range []string{"trino", "auto"} {
		t.Run("D15 "+engine, func(t *testing.T) {
			u := clitest.NewUser(t).With("POSTGRES_HOST=127.0.0.1", "POSTGRES_PORT=1", "TRINO_URL="+refusing)
			clitest.WantFailure(t, u.Run(t, "analyze", "--engine", engine), 7, "401 Unauthorized")
		})
	}
}

func TestD15_AnUnknownAuthority(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	u := clitest.NewUser(t).With("TRINO_PASSWORD=s3cret", "TRINO_URL="+server.URL, "LIFTOFF_ENGINE=trino")
	clitest.WantFailure(t, u.Run(t, "analyze"), 7, "certificate")
	file := filepath.Join(u.Folder, "ca.pem")
	if err := os.WriteFile(file, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	clitest.WantFailure(t, u.With("TRINO_CA_FILE="+file).Run(t, "analyze"), 2, "TRINO_CA_FILE")
}

// Ctrl-C while Trino works: the query is cancelled there, and exit code 130
// says why the program ended.
func TestD11_CtrlCReachesTrino(t *testing.T) {
	t.Parallel()
	working, cancelled := make(chan struct{}, 8), make(chan struct{}, 8)
	server := httptest.NewServer(coordinator(func(_ http.ResponseWriter, r *http.Request) {
		working <- struct{}{}
		<-r.Context().Done()
	}, cancelled))
	t.Cleanup(server.Close)
	u := clitest.NewUser(t).With("TRINO_URL="+server.URL, "LIFTOFF_ENGINE=trino")
	cmd := u.Command(t.Context(), "analyze", "launches_per_year")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-working
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // its error is the exit code
	if code := cmd.ProcessState.ExitCode(); code != 130 || !strings.Contains(stderr.String(), "SIGINT") {
		t.Errorf("exit code %d, want 130:\n%s", code, stderr.String())
	}
	select {
	case <-cancelled:
	case <-time.After(quickly):
		t.Error("the query goes on on Trino")
	}
}

// coordinator is a small one: it answers each request for rows as it is told,
// and tells when a query is cancelled.
func coordinator(rows http.HandlerFunc, cancelled chan<- struct{}) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/statement", func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, `{"id": "q1", "nextUri": "http://%s/v1/statement/executing/q1/slug/1", "stats": {"state": "QUEUED"}}`, r.Host)
	})
	mux.HandleFunc("GET /v1/statement/", rows)
	mux.HandleFunc("DELETE /v1/query/{id}", func(w http.ResponseWriter, _ *http.Request) {
		cancelled <- struct{}{}
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}
