//go:build unix

package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// wantSummary fails the test unless the last screen of a terminal is the summary:
// whole, in order, and nothing after it.
func wantSummary(t *testing.T, r clitest.Terminal) []string {
	t.Helper()
	screen := r.Screen()
	if r.Code != 0 {
		t.Fatalf("exit code %d:\n%s", r.Code, strings.Join(r.Lines, "\n"))
	}
	from := -1
	for i, line := range screen {
		if strings.HasPrefix(line, "Launches    ") {
			from = i
		}
	}
	if from < 0 {
		t.Fatalf("the summary does not begin on the last screen:\n%s", strings.Join(screen, "\n"))
	}
	summary := strings.Join(screen[from:], "\n")
	at := 0
	for _, part := range []string{
		"\nSuccesses   ", "\nNewest      ", "\nAggregates  ", "(simulated)", "minutes", "(simulated)", "\nLaunches per year\n", "\nData        ", "\nNext        ",
	} {
		next := strings.Index(summary[at:], part)
		if next < 0 {
			t.Fatalf("%q is not there, or not in its place:\n%s", part, summary)
		}
		at += next
	}
	commands := strings.Split(strings.TrimPrefix(summary[at+1:], "Next        "), "\n")
	if len(commands) != 3 {
		t.Fatalf("%d next commands, want 3:\n%s", len(commands), summary)
	}
	return commands
}

// link makes ./liftoff the program in the user's folder.
func link(t *testing.T, u *clitest.User) {
	t.Helper()
	if err := os.Symlink(u.Path, filepath.Join(u.Folder, "liftoff")); err != nil {
		t.Fatal(err)
	}
}

func TestTerminal_TheDemoEndsWithOneScreenOfAnswers(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).With("SPACEX_API_URL="+clitest.ClosedPort, "PAGER=cat", "EMBEDDED_PORT="+clitest.FreePort(t))
	link(t, u)
	r := u.RunOnTerminal(t, "./liftoff demo")
	if screen := strings.Join(r.Screen(), "\n"); !strings.Contains(screen, "synthetic launches, made up by the replay") {
		t.Errorf("the screen does not say that the launches are synthetic:\n%s", screen)
	}
	for _, command := range wantSummary(t, r) {
		next := u.RunOnTerminal(t, strings.TrimSpace(command))
		if strings.Contains(command, "db start") {
			u.RunOnTerminal(t, strings.Replace(command, "db start", "db stop", 1))
		}
		if next.Code != 0 {
			t.Errorf("%s: exit code %d:\n%s", command, next.Code, strings.Join(next.Lines, "\n"))
		}
	}
}

func TestTerminal_IngestAndAnalyzeShowTheSummary(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("SPACEX_API_URL="+clitest.StartReplay(t), "PAGER=cat")
	link(t, u)
	for _, args := range []string{"ingest --all", "analyze", "analyze 2>log"} {
		wantSummary(t, u.RunOnTerminal(t, "./liftoff "+args))
	}
	for _, args := range []string{"analyze --all", "analyze launches_per_year", "analyze -o json", "analyze | cat", "ingest --all | cat"} {
		r := u.RunOnTerminal(t, u.Path+" "+args)
		all := strings.Join(r.Lines, "\n")
		if r.Code != 0 || strings.Contains(all, "Next        ") || !strings.Contains(all, "aunches per year") {
			t.Errorf("%s: exit code %d, want the answers of queries:\n%s", args, r.Code, all)
		}
	}
}

func TestTerminal_LongTablesGoThroughThePager(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("SPACEX_API_URL=" + clitest.StartReplay(t))
	u.Succeed(t, "ingest", "--all")
	pager := filepath.Join(u.Folder, "pager")
	if err := os.WriteFile(pager, []byte("#!/bin/sh\necho the pager has $(wc -l) lines for $1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	u = u.With("PAGER=" + pager + " me")
	tests := []struct {
		args    string
		isPaged bool
	}{
		{"analyze --all", true},
		{"analyze --all --no-charts", true},
		{"analyze --all --no-pager", false},
		{"analyze --all | cat", false},
		{"analyze --all -o json", false},
		{"analyze", false},                // fits the screen
		{"analyze aggregate_view", false}, // so does this
	}
	for _, test := range tests {
		r := u.RunOnTerminal(t, u.Path+" "+test.args)
		all := strings.Join(r.Lines, "\n")
		if r.Code != 0 || strings.Contains(all, "the pager has") != test.isPaged || test.isPaged && !strings.HasSuffix(all, " lines for me") {
			t.Errorf("%s: exit code %d, paged must be %v:\n%s", test.args, r.Code, test.isPaged, all)
		}
	}
	// A pager that is not there, and one that its user leaves at once.
	for _, pager := range []string{"/no/such/pager", "true", "false"} {
		if r := u.With("PAGER="+pager).RunOnTerminal(t, u.Path+" analyze --all"); r.Code != 0 {
			t.Errorf("PAGER=%s: exit code %d:\n%s", pager, r.Code, strings.Join(r.Lines, "\n"))
		}
	}
}

func TestTerminal_WithoutCharts(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("SPACEX_API_URL=" + clitest.StartReplay(t))
	u.Succeed(t, "ingest", "--all")
	for _, args := range []string{"analyze --no-charts", "analyze --all --no-charts --no-pager"} {
		r := u.RunOnTerminal(t, u.Path+" "+args)
		if all := strings.Join(r.Lines, "\n"); r.Code != 0 || strings.ContainsAny(all, "█▁") {
			t.Errorf("%s: exit code %d, want no chart:\n%s", args, r.Code, all)
		}
	}
}

// Cron sends what a command prints to its user: a good run must print nothing.
func TestQuiet_AGoodRunPrintsNothing(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("SPACEX_API_URL=" + clitest.StartReplay(t))
	r := u.Succeed(t, "ingest", "--all", "--quiet")
	if r.Stdout != "" || r.Stderr != "" {
		t.Errorf("a good run printed %q and %q", r.Stdout, r.Stderr)
	}
	log, err := os.ReadFile(filepath.Join(u.Folder, "ingestion.log"))
	if err != nil || !strings.Contains(string(log), "Run finished.") {
		t.Errorf("the log file lacks the run (%v):\n%s", err, log)
	}
	if r := u.RunOnTerminal(t, u.Path+" ingest --quiet"); r.Code != 0 || len(r.Lines) > 0 {
		t.Errorf("a good run on a terminal ended with %d and printed %q", r.Code, r.Lines)
	}
	if r := u.With("SPACEX_API_URL="+clitest.ClosedPort).Run(t, "ingest", "--quiet"); r.Code != 4 || !strings.Contains(r.LastLine(), " - ERROR - ") {
		t.Errorf("a failed run ended with %d and printed %q", r.Code, r.Stderr)
	}
	if r := u.Succeed(t, "analyze", "aggregate_view", "--quiet"); !strings.Contains(r.Stdout, "205") {
		t.Errorf("an answer that was asked for is missing: %q", r.Stdout)
	}
}
