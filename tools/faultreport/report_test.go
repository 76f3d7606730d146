package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// setup writes a catalogue in which row A1 to A3 are as given, the events, and
// an empty document.
func setup(t *testing.T, rows, events string) (args []string, document string) {
	t.Helper()
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const heading = "id\tfault\twanted\tnote\n"
	for _, chapter := range titles() {
		write(chapter.letter+".tsv", heading)
	}
	write("A.tsv", heading+rows)
	document = write("reliability.md", "# Head\n"+beginMark+"\nold\n"+endMark+"\ntail\n")
	return []string{"-catalogue", folder, "-events", write("events", events), "-document", document}, document
}

const rows = "A1\tDNS failure\texit 4\t\nA2\trefused\texit 4\t\nA3\tquota\tkept\tdue: comes later\n"

func TestRun_WritesTheReportBetweenTheMarks(t *testing.T) {
	args, document := setup(t, rows, `{"Action":"pass","Package":"liftoff/internal/source/spacex","Test":"TestA1_NoSuchHost"}
noise
{"Action":"pass","Package":"liftoff/faults/api","Test":"TestA1_A2_Unreachable/A2_closed_port"}
{"Action":"pass","Package":"liftoff/faults/api","Test":"TestA1_A2_Unreachable"}
{"Action":"pass","Package":"liftoff/faults/api","Test":"TestA2_Killed/A2_at_statement_1"}
{"Action":"pass","Package":"liftoff/faults/api","Test":"TestA2_Killed/A2_at_statement_4"}
`)
	var out bytes.Buffer
	if code := run(args, &out, &out); code != 0 {
		t.Fatalf("exit code %d: %s", code, out.String())
	}
	content, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"# Head\n", "3 rows: 1 due, 2 passed.", "\ntail\n",
		"| A1 | DNS failure | exit 4 | faults/api: `TestA1_A2_Unreachable`; internal/source/spacex: `TestA1_NoSuchHost` | passed |",
		"| A2 | refused | exit 4 | faults/api: `TestA1_A2_Unreachable/A2_closed_port`, `TestA2_Killed/A2_at_statement_N` | passed |",
		"| A3 | quota | kept *due: comes later* |  | due |",
	} {
		if !strings.Contains(string(content), want) {
			t.Errorf("the document lacks %q:\n%s", want, content)
		}
	}
	if strings.Contains(string(content), "old") {
		t.Error("the old report is still there")
	}
}

func TestRun_FailsForARowThatIsNotWell(t *testing.T) {
	const good = `{"Action":"pass","Package":"p","Test":"TestA1_A2_Both"}` + "\n"
	tests := []struct {
		name, rows, events, says string
		args                     []string
	}{
		{"a row without a test", rows, `{"Action":"pass","Package":"p","Test":"TestA1_One"}`, "A2 (refused): no test", nil},
		{"a failed test", rows, good + `{"Action":"fail","Package":"p","Test":"TestA2_More"}`, "A2 (refused): failed", nil},
		{"a skipped test in CI", rows, `{"Action":"pass","Package":"p","Test":"TestA1_One"}` + "\n" + `{"Action":"skip","Package":"p","Test":"TestA2_More"}`, "A2 (refused): skipped", []string{"-strict"}},
		{"an unknown row", rows, good + `{"Action":"pass","Package":"p","Test":"TestA9_More"}`, "A9 is tested, but not in the catalogue", nil},
		{"no tests at all", rows, `{"Action":"pass","Package":"p","Test":"TestOther"}`, "no test of a fault ran", nil},
		{"a row out of order", "A2\tx\ty\t\n", good, "line 2 is row \"A2\", not A1", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			args, _ := setup(t, test.rows, test.events)
			var out bytes.Buffer
			if code := run(append(args, test.args...), &out, &out); code != 1 || !strings.Contains(out.String(), test.says) {
				t.Errorf("exit code %d, %q, want %q", code, out.String(), test.says)
			}
		})
	}
}
