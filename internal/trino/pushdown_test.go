package trino_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"liftoff/internal/analytics"
	"liftoff/internal/testkit/pgtest"
)

var update = flag.Bool("update", false, "write the generated documentation")

// The parts of one line of a plan that reads a table.
var (
	scanLine    = regexp.MustCompile(`(?m)^.*\b(?:Table)?Scan\w*\[table = .*$`)
	nameLookup  = regexp.MustCompile(`public\.(rockets|launchpads)\b`)
	remoteQuery = regexp.MustCompile(`Query\[(.*)\] columns=`)
	constraint  = regexp.MustCompile(`constraint on \[([^\]]*)\]`)
	sortOrder   = regexp.MustCompile(`sortOrder=\[([^\]]*)\] limit=(\d+)`)
	columnsRead = regexp.MustCompile(`columns=\[([^\]]*)\]`)
)

// scan is what Trino takes from PostgreSQL in one go.
type scan struct {
	// names is the view of few rows that names are looked up in, if it is one.
	names string
	// remote is the whole query that PostgreSQL answers, "" for plain rows.
	remote string
	// filters and order are what PostgreSQL does with plain rows.
	filters, order string
	columns        []string
	// filtersAfter are the rows' filters that Trino keeps to itself.
	filtersAfter bool
}

// scansOf reads a plan's scans.
func scansOf(t *testing.T, plan string) []scan {
	t.Helper()
	var scans []scan
	for _, line := range scanLine.FindAllString(plan, -1) {
		s := scan{filtersAfter: strings.Contains(line, "filterPredicate")}
		if match := nameLookup.FindStringSubmatch(line); match != nil {
			s.names = match[1]
		}
		if match := remoteQuery.FindStringSubmatch(line); match != nil {
			s.remote = regexp.MustCompile(`"[^"]+"\."public"\.`).ReplaceAllString(match[1], "")
		}
		if match := constraint.FindStringSubmatch(line); match != nil {
			s.filters = match[1]
		}
		if match := sortOrder.FindStringSubmatch(line); match != nil {
			s.order = "the first " + match[2] + " rows"
		}
		if match := columnsRead.FindStringSubmatch(line); match != nil {
			for column := range strings.SplitSeq(match[1], ", ") {
				name, _, _ := strings.Cut(column, ":")
				s.columns = append(s.columns, name)
			}
		}
		scans = append(scans, s)
	}
	if len(scans) == 0 {
		t.Fatalf("no scan found in the plan:\n%s", plan)
	}
	return scans
}

// plans returns the scans of the program's own queries by name.
func plans(t *testing.T) map[string][]scan {
	t.Helper()
	engine := newEngine(t, pgtest.NewDatabaseFrom(t, stored))
	var explained []analytics.Query
	for _, q := range load(t) {
		explained = append(explained, query(q.Name, "EXPLAIN "+q.SQL))
	}
	scans := map[string][]scan{}
	for _, result := range mustAnswer(t, engine, explained) {
		plan, _ := result.Rows[0][0].(string)
		if strings.Contains(plan, "raw_data") || strings.Contains(plan, "raw_launches") {
			t.Errorf("%s reads documents:\n%s", result.Name, plan)
		}
		scans[result.Name] = scansOf(t, plan)
	}
	return scans
}

// PostgreSQL filters all that Trino reads, sorts for it, and groups by all but
// text and the year; docs/trino.md has a table of examples.
func TestTrino_Pushdown(t *testing.T) {
	found := plans(t)
	for name, scans := range found {
		for _, s := range scans {
			if s.filtersAfter {
				t.Errorf("%s: Trino filters rows itself: %+v", name, s)
			}
			// Of whole lists each column counts; of ten rows none does.
			if len(s.columns) > 4 && s.order == "" {
				t.Errorf("%s: Trino reads %d columns: %v", name, len(s.columns), s.columns)
			}
		}
	}
	for _, name := range []string{"delay_distribution", "mass_distribution", "payloads_per_launch", "simulated_and_real_mass", "upcoming_and_past"} {
		if !slices.ContainsFunc(found[name], func(s scan) bool { return strings.Contains(s.remote, "GROUP BY") }) {
			t.Errorf("%s: PostgreSQL does not group: %+v", name, found[name])
		}
	}
	wantDocumented(t, pushdownTable(load(t), found))
}

// pushdownTable is the table in docs/trino.md.
func pushdownTable(queries []analytics.Query, found map[string][]scan) string {
	var b strings.Builder
	b.WriteString("| query | what PostgreSQL does | what Trino reads |\n| --- | --- | --- |\n")
	for _, q := range queries {
		var does, reads []string
		for _, s := range found[q.Name] {
			does = append(does, s.does())
			reads = append(reads, s.reads())
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", q.Name, strings.Join(slices.Compact(does), "; "), strings.Join(reads, "; "))
	}
	return b.String()
}

// does says what PostgreSQL does for a scan.
func (s scan) does() string {
	if s.remote != "" {
		return "`" + regexp.MustCompile(` AS "_pfgnrtd_\d+"|"`).ReplaceAllString(s.remote, "") + "`"
	}
	var parts []string
	if s.filters != "" {
		parts = append(parts, "filters by "+s.filters)
	}
	if s.order != "" {
		parts = append(parts, "sorts and gives "+s.order)
	}
	if len(parts) == 0 {
		return "nothing but reading"
	}
	return strings.Join(parts, ", ")
}

// reads says what of a scan goes over to Trino.
func (s scan) reads() string {
	switch {
	case strings.Contains(s.remote, "GROUP BY"):
		return "the groups"
	case s.remote != "":
		return "one row"
	case s.order != "":
		return "those rows"
	case s.names != "":
		return "the " + s.names + ": " + strings.Join(s.columns, ", ")
	case len(s.columns) == 0:
		return "the view's one row"
	default:
		return "a row for each launch: " + strings.Join(s.columns, ", ")
	}
}

// wantDocumented checks the rows in docs/trino.md, or writes them.
func wantDocumented(t *testing.T, table string) {
	t.Helper()
	const begin = "<!-- pushdown: made by LIFTOFF_TRINO=1 go test ./internal/trino -run Pushdown -update -->\n"
	const end = "<!-- end of pushdown -->"
	path := filepath.Join("..", "..", "docs", "trino.md")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(content), begin)
	old, after, foundEnd := strings.Cut(rest, end)
	if !found || !foundEnd {
		t.Fatalf("%s lacks the two marks around the table", path)
	}
	if *update {
		if err := os.WriteFile(path, []byte(before+begin+table+end+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	// A query that was added later may be missing; what is there must be right.
	for row := range strings.Lines(old) {
		if !strings.Contains(table, row) {
			t.Errorf("%s is out of date, run the test with -update; now wrong: %s", path, row)
		}
	}
}
