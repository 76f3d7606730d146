package clitest

import (
	"os"
	"strings"
	"testing"

	"liftoff/internal/testkit/pgtest"
)

// WantFailure wants an exit code, one ERROR line, and that it says something
// and names a next step; and that nothing was printed that only a programmer
// or a thief could want.
func WantFailure(t testing.TB, r Result, code int, says string) {
	t.Helper()
	line := r.LastLine()
	if r.Code != code {
		t.Errorf("exit code %d, want %d; it says %q", r.Code, code, line)
	}
	hasNextStep := strings.Contains(line, ". Next: ") || strings.Contains(line, ". Did you mean ")
	if !strings.Contains(line, says) || !hasNextStep {
		t.Errorf("the last line %q does not say %q and name a next step", line, says)
	}
	if n := strings.Count(r.Stderr, " - ERROR - "); n > 1 {
		t.Errorf("%d ERROR lines, want one:\n%s", n, r.Stderr)
	}
	for _, noise := range []string{"goroutine ", "panic", "s3cret"} {
		if strings.Contains(r.Stderr, noise) {
			t.Errorf("the output has %q in it:\n%s", noise, r.Stderr)
		}
	}
	if r.Stdout != "" {
		t.Errorf("stdout is not empty:\n%s", r.Stdout)
	}
}

// NeedsRoot skips a test that only root can run, with the reason. CI is root,
// but for `make test-user`, which says so in LIFTOFF_TEST_USER.
func NeedsRoot(t testing.TB, reason string) {
	t.Helper()
	if os.Geteuid() == 0 {
		return
	}
	if os.Getenv("CI") != "" && os.Getenv("LIFTOFF_TEST_USER") == "" {
		t.Fatalf("CI must run this as root: %s", reason)
	}
	t.Skip(reason)
}

// Execute executes statements in a database.
func Execute(t testing.TB, db pgtest.Database, statements ...string) {
	t.Helper()
	conn := pgtest.Connect(t, db.DSN)
	for _, sql := range statements {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

// Scan returns the one value of a query.
func Scan[T any](t testing.TB, db pgtest.Database, sql string, arguments ...any) T {
	t.Helper()
	var value T
	if err := pgtest.Connect(t, db.DSN).QueryRow(t.Context(), sql, arguments...).Scan(&value); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return value
}

// NeedsTime skips a test that mostly waits, unless LIFTOFF_SLOW is set, as make
// test-workers does.
func NeedsTime(t testing.TB) {
	t.Helper()
	if os.Getenv("LIFTOFF_SLOW") == "" {
		t.Skip("this test mostly waits: run make test-workers, or set LIFTOFF_SLOW=1")
	}
}
