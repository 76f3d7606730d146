package e2e_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

// reportJSON is what programs read of a report.
type reportJSON struct {
	MadeAt string `json:"made_at"`
	Source string `json:"source"`
	Run    struct {
		ID int64 `json:"run_id"`
	} `json:"run"`
	LastRun struct {
		ID     int64  `json:"run_id"`
		Status string `json:"status"`
	} `json:"last_run"`
	Engine   string `json:"engine"`
	Compared *struct {
		New, Revised, Missing int64
	} `json:"compared_with"`
	Sections []struct {
		Name, Title string
		IsSimulated bool `json:"is_simulated"`
		Rows        []map[string]any
	} `json:"sections"`
}

func readReport(t *testing.T, text string) reportJSON {
	t.Helper()
	var r reportJSON
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
	return r
}

// names returns the names of the sections in their order.
func (r reportJSON) names() []string {
	var all []string
	for _, section := range r.Sections {
		all = append(all, section.Name)
	}
	return all
}

// One query file more is one section more in each format, in its place.
func TestReport_EachFormatHasASectionForEachQuery(t *testing.T) {
	t.Parallel()
	url := clitest.StartReplay(t)
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("SPACEX_API_URL="+url, "ANALYTICS_QUERY_DIR=team", "LIFTOFF_OUTPUT=markdown")
	write(t, u, "team/oldest.sql", "-- title: The oldest | launch\n-- order: 11\nSELECT min(launched_at) AS oldest FROM launches;\n")
	u.Succeed(t, "ingest", "--all", "--skip-analytics")

	r := u.Succeed(t, "report", "-o", "json")
	report := readReport(t, r.Stdout)
	var listed []string
	for line := range strings.Lines(u.Succeed(t, "analyze", "--list", "-o", "table").Stdout) {
		listed = append(listed, strings.Fields(line)[0])
	}
	if names := report.names(); !slices.Equal(names, listed) || names[1] != "oldest" || r.Stderr != "" {
		t.Errorf("the sections are %q, the queries %q; stderr:\n%s", names, listed, r.Stderr)
	}
	if report.Source != url || report.Run.ID != 1 || report.LastRun.Status != "succeeded" || !strings.HasPrefix(report.Engine, "PostgreSQL ") || report.MadeAt == "" {
		t.Errorf("the report says %+v", report)
	}

	page := u.Succeed(t, "report").Stdout
	u.Succeed(t, "report", "--output-file", "report.md", "--chart-dir", "my charts")
	text := u.ReadFile(t, "report.md")
	for _, section := range report.Sections {
		if !strings.Contains(page, fmt.Sprintf("<section class=\"card long\" id=%q>", section.Name)) {
			t.Errorf("the page has no section %s", section.Name)
		}
	}
	if !strings.Contains(text, "\n## The oldest \\| launch\n\n| oldest (UTC) |\n| --- |\n") || strings.Count(text, "\n## ") != len(listed) || strings.Count(page, "<h1>") != 1 {
		t.Errorf("the Markdown is\n%s", text)
	}
	for _, name := range []string{"launches_per_year", "mass_distribution", "rolling_success_rate"} {
		if !strings.Contains(text, "](my%20charts/"+name+".svg)\n") || !strings.HasPrefix(u.ReadFile(t, "my charts/"+name+".svg"), "<svg ") {
			t.Errorf("the chart of %s is not shown, or not there", name)
		}
	}
	if _, err := os.Stat(filepath.Join(u.Folder, "my charts", "oldest.svg")); !os.IsNotExist(err) {
		t.Errorf("a section without a chart has a file for one: %v", err)
	}
	u.Succeed(t, "report", "--output-file", "report.html", "--chart-dir", "charts", "--chart", "png")
	if png := u.ReadFile(t, "charts/launches_per_year.png"); !strings.HasPrefix(png, "\x89PNG\r\n") {
		t.Errorf("the PNG begins %.8q", png)
	}
}

// The folder has a file for each section and a list of them, as analyze writes it.
func TestReport_AsAFolderOfCSVFiles(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("SPACEX_API_URL=" + clitest.StartReplay(t))
	u.Succeed(t, "ingest", "--all", "--skip-analytics")
	u.Succeed(t, "report", "-o", "csv-dir", "--output-dir", "a/report")
	u.Succeed(t, "analyze", "-o", "csv", "--output-dir", "answers")
	records, err := csv.NewReader(strings.NewReader(u.ReadFile(t, "a/report/index.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	simulated := map[string]string{}
	for _, record := range records[1:] {
		name, file := record[0], record[2]
		simulated[name] = record[4] + " " + record[5]
		if got, want := u.ReadFile(t, "a/report/"+file), u.ReadFile(t, "answers/"+name+".csv"); got != want {
			t.Errorf("%s is\n%s\nwant\n%s", file, got, want)
		}
	}
	written, err := os.ReadDir(filepath.Join(u.Folder, "a/report"))
	if err != nil || len(written) != len(records) {
		t.Errorf("%d files for %d sections and their list: %v", len(written), len(records)-1, err)
	}
	for name, want := range map[string]string{
		"mass_distribution": "true mass_kg", "aggregate_view": "true average_payload_mass average_launch_delay_minutes",
		"simulated_and_real_mass": "true ", "launches_per_year": "false ",
	} {
		if simulated[name] != want {
			t.Errorf("%s: simulated %q, want %q", name, simulated[name], want)
		}
	}
}

// What the replay's next revision changes is what the report lists.
func TestReport_ComparesWithARun(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).On(db).With("REFERENCES=false")
	u.Succeed(t, "ingest", "--all", "--skip-analytics", "--spacex-api-url", clitest.StartReplay(t, "--count", "60"))
	same := readReport(t, u.Succeed(t, "report", "-o", "json", "--compare", "1").Stdout)
	if same.Compared == nil || same.Compared.New+same.Compared.Revised+same.Compared.Missing != 0 || same.Sections[0].Name != "changes" || same.Sections[1].Name != "aggregate_view" {
		t.Errorf("right after the run it says %+v", same)
	}
	if text := u.Succeed(t, "report", "-o", "markdown", "--compare", "1").Stdout; !strings.Contains(text, "Nothing has changed since run 1 (all), which ended ") {
		t.Errorf("right after the run it says\n%s", text)
	}
	u.Succeed(t, "ingest", "--all", "--skip-analytics", "--spacex-api-url", clitest.StartReplay(t, "--count", "62", "--revision", "1"))
	changed := readReport(t, u.Succeed(t, "report", "-o", "json", "--compare", "1").Stdout)
	inserted := clitest.Scan[int64](t, db, "SELECT inserted FROM ingestion_runs WHERE id = 2")
	revised := clitest.Scan[int64](t, db, "SELECT revised FROM ingestion_runs WHERE id = 2")
	if changed.Compared.New != inserted || changed.Compared.Revised != revised || inserted == 0 || revised == 0 {
		t.Errorf("it lists %+v, and the run has inserted %d and revised %d", changed.Compared, inserted, revised)
	}
	page := u.Succeed(t, "report", "--compare", "1").Stdout
	for _, section := range changed.Sections[:3] {
		for _, row := range section.Rows {
			if id, hasID := row["id"].(string); hasID && !strings.Contains(page, ">"+id+"<") {
				t.Errorf("the page does not list launch %s of %s", id, section.Name)
			}
		}
	}
	clitest.WantFailure(t, u.Run(t, "report", "--compare", "9"), 2, "there is no run 9 in PostgreSQL at ")
}

// The reader is told of a last run that has failed, and that there is nothing yet.
func TestReport_SaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).On(db).With("SPACEX_API_URL=" + clitest.StartReplay(t))
	clitest.WantFailure(t, u.Run(t, "report"), 2, "has no liftoff tables yet. Next: fetch launches with `liftoff ingest --all`")
	u.Succeed(t, "migrate", "up")
	r := u.Succeed(t, "report", "-o", "markdown")
	if !strings.Contains(r.Stdout, "> **There are no launches yet.** Next: fetch launches with `") || !strings.Contains(r.Stderr, "There are no launches in PostgreSQL yet.") || strings.Contains(r.Stdout, "##") {
		t.Errorf("it says\n%s\n%s", r.Stdout, r.Stderr)
	}
	u.Succeed(t, "ingest", "--skip-analytics")
	u.With("SPACEX_API_URL="+clitest.ClosedPort).Run(t, "ingest")
	if text := u.Succeed(t, "report", "-o", "markdown").Stdout; !strings.Contains(text, "> **The last run did not go well: run 2, which ended ") || !strings.Contains(text, "- Data as of: run 1 (latest), which ended ") {
		t.Errorf("it says\n%s", text)
	}
}

func TestReport_BadInput(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).On(pgtest.NewDatabaseFrom(t, withLaunches))
	write(t, u, "index/index.sql", "SELECT 1 AS a")
	write(t, u, "changes/changes.sql", "SELECT 1 AS a")
	write(t, u, "file", "")
	for _, test := range []struct {
		args string
		code int
		says string
	}{
		{"-o pdf", 2, `a report can be had as html, markdown, json or csv-dir, not "pdf"`},
		{"-o json --output-file x.html", 2, `--output json does not go with "x.html"`},
		{"-o csv-dir", 2, "csv-dir writes several files. Next: name a folder for them with --output-dir DIR"},
		{"-o csv-dir --output-dir d --output-file f", 2, "--output-file is for one file"},
		{"--output-dir d", 2, "--output-dir is for csv-dir"},
		{"--chart png", 2, "--chart says what the files of --chart-dir are"},
		{"--chart-dir d --chart pdf", 2, `--chart must be svg or png, not "pdf"`},
		{"--chart-dir file", 2, "name a folder that you may write to with --chart-dir"},
		{"-o csv-dir --output-dir file", 2, "name a folder that you may write to with --output-dir"},
		{"--output-file no/where.html --chart-dir none", 2, "create the output file"},
		{"--compare x", 2, `--compare needs a whole number, not "x"`},
		{"--compare 0", 2, `"0" is not a run number. Next: list the runs with `},
		{"--compare=-1", 2, `"-1" is not a run number`},
		{"--query-dir index -o csv-dir --output-dir d", 2, "a query is called index"},
		{"--query-dir changes --compare 1", 2, `the query "changes" has the name of another part of the report`},
		{"--output-file=", 2, "--output-file needs a value"},
		{"launches_per_year", 2, `report takes no argument "launches_per_year"`},
		{"--engine trino --trino-wait 0s --trino-url " + clitest.ClosedPort + " --output-file x.html", 6, "Trino"},
	} {
		r := u.Run(t, append([]string{"report"}, strings.Fields(test.args)...)...)
		clitest.WantFailure(t, r, test.code, test.says)
		if r.Stdout != "" {
			t.Errorf("%s prints %.200q", test.args, r.Stdout)
		}
	}
	left, err := filepath.Glob(filepath.Join(u.Folder, "*"))
	if err != nil || slices.ContainsFunc(left, func(path string) bool {
		return strings.Contains(filepath.Base(path), "x.") || strings.HasSuffix(path, "none")
	}) {
		t.Errorf("left over: %q, %v", left, err)
	}
	r := u.Succeed(t, "report", "--engine", "auto", "--trino-url", clitest.ClosedPort, "-o", "json")
	if report := readReport(t, r.Stdout); !strings.HasPrefix(report.Engine, "PostgreSQL ") || !strings.Contains(r.Stderr, "Trino did not answer; asking PostgreSQL instead.") {
		t.Errorf("%s has answered; stderr:\n%s", report.Engine, r.Stderr)
	}
}

func TestReport_NeedsReadingOnly(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabaseFrom(t, pgtest.NewTemplate(launchtest.Schema))
	role := pgtest.NewRole(t, db,
		"SELECT ON launches, launch_aggregates_view, rockets, launchpads, raw_launches, launch_revisions, known_launches, liftoff_schema_version",
		"SELECT ON ingestion_runs, ingestion_sources, ingestion_missed_ranges, quarantined_records")
	clitest.Execute(t, db, "INSERT INTO ingestion_sources (url) VALUES ('https://api.example.org')",
		"INSERT INTO ingestion_runs (source_id, selection, command, program_version, started_at, finished_at, status) SELECT id, 'all', '', '', now(), now(), 'succeeded' FROM ingestion_sources")
	clitest.NewUser(t).On(role).Succeed(t, "report", "-o", "json", "--compare", "1")
}
