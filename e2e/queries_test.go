package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

// withLaunches has the program's own schema with launches.
var withLaunches = pgtest.NewTemplate(launchtest.Odd)

// write writes a file into the user's folder.
func write(t *testing.T, u *clitest.User, name, text string) {
	t.Helper()
	path := filepath.Join(u.Folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

var (
	// namedFile is a file that a document shows.
	namedFile = regexp.MustCompile("`(queries/\\w+\\.sql)`[^\n]*:\n\n((?:(?:    .*)?\n)+)")
	// shownCommand is a command that a document shows.
	shownCommand = regexp.MustCompile(`(?m)^    liftoff (.*)$`)
)

// Every file and command in docs/queries.md works without a change.
func TestQueries_TheDocumentsExamplesWork(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(filepath.Join("..", "docs", "queries.md"))
	if err != nil {
		t.Fatal(err)
	}
	u := clitest.NewUser(t).On(pgtest.NewDatabaseFrom(t, withLaunches))
	files := namedFile.FindAllStringSubmatch(string(content), -1)
	for _, file := range files {
		write(t, u, file[1], strings.ReplaceAll(file[2], "\n    ", "\n")[4:])
		answer := u.Succeed(t, "analyze", "-o", "csv", "--sql", file[1])
		if strings.Count(answer.Stdout, "\n") < 2 {
			t.Errorf("%s has no rows:\n%s", file[1], answer.Stdout)
		}
	}
	commands := shownCommand.FindAllStringSubmatch(string(content), -1)
	for _, command := range commands {
		u.Succeed(t, strings.Fields(command[1])...)
	}
	if len(files) < 3 || len(commands) < 5 {
		t.Errorf("found %d files and %d commands", len(files), len(commands))
	}
}

func TestQueries_AFolderIsShownBesideTheBuiltInOnes(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).With("SPACEX_API_URL="+clitest.ClosedPort, "ANALYTICS_QUERY_DIR=team", "LIFTOFF_OUTPUT=json")
	write(t, u, "team/oldest.sql", "-- title: The oldest\n-- order: 1\nSELECT min(launched_at) AS oldest FROM launches;\n")
	write(t, u, "team/documents.sql", "SELECT id, raw_data -> 'crew' AS crew, ARRAY[1, NULL] AS list, '\\x00ff'::bytea AS bytes, 1.25 AS price, DATE '2020-02-29' AS day, float8 'NaN' AS odd FROM raw_launches ORDER BY id LIMIT 1")
	var reports [2][]struct{ Name, Title string }
	for i, r := range []clitest.Result{u.Succeed(t, "demo"), u.With("POSTGRES_DB=spacex_synthetic").Succeed(t, "analyze")} {
		if err := json.Unmarshal([]byte(r.Stdout), &reports[i]); err != nil {
			t.Fatal(err)
		}
		last := len(reports[i]) - 1
		if reports[i][0].Name != "oldest" || reports[i][0].Title != "The oldest" || reports[i][last].Name != "documents" || reports[i][last].Title != "documents" {
			t.Errorf("report %d: %v", i, reports[i])
		}
	}
	var listed []struct {
		Name, SQL string
		File      *string
	}
	if err := json.Unmarshal([]byte(u.Succeed(t, "analyze", "--list").Stdout), &listed); err != nil {
		t.Fatal(err)
	}
	if len(listed) != len(reports[1]) || listed[0].File == nil || *listed[0].File != filepath.Join("team", "oldest.sql") || listed[1].File != nil || listed[1].SQL == "" {
		t.Errorf("list: %+v", listed)
	}
	completed := u.Succeed(t, "__complete", "analyze", "").Stdout
	if !strings.Contains(completed, "documents\n") || !strings.Contains(completed, "aggregate_view\n") {
		t.Errorf("completion offers:\n%s", completed)
	}
	shown := u.With("POSTGRES_DB=spacex_synthetic").Succeed(t, "analyze", "documents", "-o", "csv").Stdout
	if _, row, _ := strings.Cut(shown, "\n"); !regexp.MustCompile(`^[0-9a-f]{24},"?\[.*\]"?,"\{1,NULL\}",\\x00ff,1\.25,2020-02-29,NaN\n$`).MatchString(row) {
		t.Errorf("the answer is\n%s", shown)
	}
	shown = u.Succeed(t, "analyze", "--show-sql", "oldest", "-o", "table").Stdout
	if want := "-- title: The oldest\n-- order: 1\nSELECT min(launched_at) AS oldest FROM launches;\n"; shown != want {
		t.Errorf("--show-sql prints\n%s", shown)
	}
}

// Each mistake is one line with file and line.
func TestQueries_BadInput(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).On(pgtest.NewDatabaseFrom(t, withLaunches)).With("SPACEX_API_URL=" + clitest.ClosedPort)
	tests := []struct {
		name, text, says string
		code             int
	}{
		{"header", "-- title: x\n-- chart: pie\nSELECT 1 AS a", `header.sql line 2: chart "pie"`, 2},
		{"aggregate_view", "SELECT 1 AS a", "aggregate_view.sql line 1: the name \"aggregate_view\" belongs to a built-in query", 2},
		{"write", "\nDELETE FROM launches", `write.sql line 2: a query begins with SELECT`, 2},
		{"hidden_write", "WITH gone AS (DELETE FROM raw_launches RETURNING id)\nSELECT id FROM gone", "hidden_write.sql line 1: cannot execute", 2},
		{"function", "SELECT lo_create(0) AS a", "function.sql line 1: cannot execute lo_create()", 2},
		{"read_write", "SELECT set_config('transaction_read_only', 'off', TRUE) AS a", "read_write.sql line 1: ", 2},
		{"column", "-- title: ä\n\nSELECT id,\n  'ä' AS a,\n  weather\nFROM launches", `column.sql line 5: column "weather" does not exist`, 2},
		{"syntax", "SELECT id\nFROMM launches", "syntax.sql line 2: syntax error", 2},
		{"two", "SELECT 1 AS a;\nSELECT 2 AS a", "two.sql line 2: more than one statement", 2},
		{"names", "SELECT 1, 2", `names.sql line 1: two columns of the answer are called "?column?"`, 2},
		{"infinite", "SELECT timestamp 'infinity' AS a", `infinite.sql line 1: cannot show the answer: column "a"`, 2},
		{"forever", "SELECT pg_sleep(60)", "POSTGRES_STATEMENT_TIMEOUT", 5},
		{"latin", "SELECT 'gr\xfc\xdfe' AS a", "latin.sql line 1: the text is not UTF-8", 2},
	}
	u = u.With("POSTGRES_STATEMENT_TIMEOUT=500ms")
	for _, test := range tests {
		file := "team-" + test.name + "/" + test.name + ".sql"
		write(t, u, file, test.text)
		if test.name != "aggregate_view" {
			clitest.WantFailure(t, u.Run(t, "analyze", "--sql", file), test.code, test.says)
		}
		clitest.WantFailure(t, u.Run(t, "analyze", "--query-dir", filepath.Dir(file), test.name), test.code, test.says)
	}
	// Before a run begins, and before a database is there.
	nowhere := clitest.NewUser(t).With("POSTGRES_HOST=127.0.0.1", "POSTGRES_PORT=1", "SPACEX_API_URL="+clitest.ClosedPort)
	write(t, nowhere, "team/broken.sql", "-- order: x\nSELECT 1 AS a")
	for _, args := range [][]string{{"ingest"}, {"demo"}, {"analyze"}, {"analyze", "launches_per_year"}, {"analyze", "--list"}} {
		clitest.WantFailure(t, nowhere.Run(t, append(args, "--query-dir", "team")...), 2, `team/broken.sql line 1: order "x"`)
	}
	write(t, nowhere, "none/readme.txt", "")
	clitest.WantFailure(t, nowhere.Run(t, "analyze", "--query-dir", "none"), 2, "no query is in folder none")
	clitest.WantFailure(t, nowhere.Run(t, "analyze", "--query-dir", "missing"), 2, "read the folder of --query-dir: no such file")
	clitest.WantFailure(t, nowhere.Run(t, "analyze", "--sql", "missing.sql"), 2, "read missing.sql: no such file")
	clitest.WantFailure(t, nowhere.Run(t, "analyze", "team/broken.sql"), 2, `no analytics query is called "team/broken.sql"`)
	write(t, nowhere, ".env", "ANALYTICS_QUERY_DIR=team\n")
	clitest.WantFailure(t, nowhere.Run(t, "analyze", "--list"), 2, "ANALYTICS_QUERY_DIR in .env line 1 names a folder of programs or queries")
}

func TestQueries_FromStdin(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).On(pgtest.NewDatabaseFrom(t, withLaunches))
	cmd := u.Command(t.Context(), "analyze", "--sql", "-", "-o", "csv")
	cmd.Stdin = strings.NewReader("SELECT count(*) AS launches FROM launches;\n")
	out, err := cmd.Output()
	if err != nil || !regexp.MustCompile(`^launches\n[1-9]\d+\n$`).Match(out) {
		t.Errorf("printed %q, error %v", out, err)
	}
}
