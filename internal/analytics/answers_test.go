package analytics_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff/internal/analytics"
	"liftoff/internal/table"
	"liftoff/internal/testkit/launchtest"
)

var update = flag.Bool("update", false, "write the golden file")

// answersFile has every query's answer for the twelve launches of
// launchtest/twelve.sql, few enough to be counted by hand, and for none.
const answersFile = "answers.golden"

func TestAnswers(t *testing.T) {
	queries := fixedClock(load(t))
	full, none := answer(t, launchtest.NewTwelve(t), queries), answer(t, launchtest.NewTables(t), queries)
	var got strings.Builder
	got.WriteString("The answers of all queries for the twelve launches of internal/testkit/launchtest/twelve.sql, and for none.\n")
	for i := range queries {
		fmt.Fprintf(&got, "\n## %s\n", full[i].Name)
		fmt.Fprintln(&got, strings.TrimSpace(fmt.Sprintln("chart:", full[i].Chart.Kind, strings.Join(full[i].Chart.Columns(), " "))))
		writeColumns(&got, full[i])
		writeRows(&got, full[i])
		got.WriteString("without launches:\n")
		writeRows(&got, none[i])
	}
	path := filepath.Join("testdata", answersFile)
	if *update {
		if err := os.WriteFile(path, []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s differs. Run go test ./internal/analytics -update, count the new figures by hand and read the diff (-want +got):\n%s", path, diff)
	}
}

// fixedClock returns the queries at one o'clock on 11 June 2009.
func fixedClock(queries []analytics.Query) []analytics.Query {
	for i := range queries {
		queries[i].SQL = strings.ReplaceAll(queries[i].SQL, "CURRENT_TIMESTAMP", "TIMESTAMP WITH TIME ZONE '2009-06-11 13:00:00+00'")
	}
	return queries
}

func writeColumns(out *strings.Builder, answer table.Table) {
	var columns []string
	for _, column := range answer.Columns {
		name := column.Name + " " + string(column.Type)
		if column.IsSimulated {
			name += " simulated"
		}
		columns = append(columns, name)
	}
	fmt.Fprintln(out, strings.Join(columns, " | "))
}

func writeRows(out *strings.Builder, answer table.Table) {
	if len(answer.Rows) == 0 {
		out.WriteString("no rows\n")
	}
	for _, row := range answer.Rows {
		var values []string
		for _, value := range row {
			values = append(values, text(value))
		}
		fmt.Fprintln(out, strings.Join(values, " | "))
	}
}

// text writes a value. Of floats the last digits depend on the order in which
// they were added.
func text(value any) string {
	switch v := value.(type) {
	case nil:
		return "NULL"
	case string:
		return strconv.Quote(v)
	case float64:
		return strconv.FormatFloat(v, 'g', 13, 64)
	case time.Time:
		return v.Format("2006-01-02 15:04:05.999999")
	default:
		return fmt.Sprint(v)
	}
}
