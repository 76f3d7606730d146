package export_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"liftoff"
	"liftoff/internal/export"
	"liftoff/internal/testkit/pgtest"
)

// Other programs rely on the text formats and on the schemas of Parquet. All of
// them are in one golden file, so that a new column changes only that file.
func TestWrite_IsWhatOtherProgramsRelyOn(t *testing.T) {
	t.Parallel()
	db, empty := newDatabase(t, launchesScript), newDatabase(t, "")
	var all bytes.Buffer
	for _, format := range []export.Format{export.JSONL, export.CSV, export.Parquet} {
		for _, raw := range []bool{false, true} {
			fmt.Fprintf(&all, "=== %s, raw %t\n", format, raw)
			if format == export.Parquet {
				all.WriteString(schemaOfNothing(t, write(t, empty, options(format, raw), 0)))
				continue
			}
			all.Write(write(t, db, options(format, raw), 4))
		}
	}
	wantGolden(t, all.Bytes())
}

// What comes out of the two text formats is what other programs read in.
func TestWrite_TextFormatsAreReadBack(t *testing.T) {
	t.Parallel()
	db := newDatabase(t, launchesScript)
	const name = "a \"quoted\", two\nlines,\x1b[31m <b>\u2028 \\ 🚀"
	decoder := json.NewDecoder(bytes.NewReader(write(t, db, options(export.JSONL, true), 4)))
	var last struct {
		Name    string `json:"name"`
		RawData struct {
			Name string `json:"name"`
		} `json:"raw_data"`
	}
	for decoder.More() {
		if err := decoder.Decode(&last); err != nil {
			t.Fatal(err)
		}
	}
	if last.Name != name || last.RawData.Name != name {
		t.Errorf("JSON Lines give the names %q and %q, want %q", last.Name, last.RawData.Name, name)
	}
	opts := export.Options{Format: export.CSV} // texts as they are
	records, err := csv.NewReader(bytes.NewReader(write(t, db, opts, 4))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := records[4][1]; got != name {
		t.Errorf("CSV gives the name %q, want %q", got, name)
	}
}

func TestWrite_NoLaunchesAreAValidExport(t *testing.T) {
	t.Parallel()
	db := newDatabase(t, "")
	if got := write(t, db, options(export.JSONL, true), 0); len(got) != 0 {
		t.Errorf("JSON Lines of nothing are %q", got)
	}
	if got := string(write(t, db, options(export.CSV, true), 0)); got != strings.Join(names(viewColumns(t, db)), ",")+",raw_data\n" {
		t.Errorf("CSV of nothing is %q, want the header line", got)
	}
}

// column is a column and PostgreSQL's name for its type.
type column struct{ Name, Type string }

// viewColumns returns the columns of the view launches.
func viewColumns(t *testing.T, db pgtest.Database) []column {
	t.Helper()
	rows, err := pgtest.Connect(t, db.DSN).Query(t.Context(),
		"SELECT column_name::TEXT, data_type::TEXT FROM information_schema.columns WHERE table_name = 'launches' ORDER BY ordinal_position")
	if err != nil {
		t.Fatal(err)
	}
	columns, err := pgx.CollectRows(rows, pgx.RowToStructByPos[column])
	if err != nil {
		t.Fatal(err)
	}
	return columns
}

// names returns the names of columns.
func names(columns []column) []string {
	var all []string
	for _, c := range columns {
		all = append(all, c.Name)
	}
	return all
}

// The export has all columns of the view, in the same order and of the same types.
func TestWrite_HasTheColumnsOfTheView(t *testing.T) {
	t.Parallel()
	db := newDatabase(t, launchesScript)
	want := viewColumns(t, db)
	header, _, _ := strings.Cut(string(write(t, db, options(export.CSV, false), 4)), "\n")
	if diff := cmp.Diff(names(want), strings.Split(header, ",")); diff != "" {
		t.Errorf("columns of CSV (-want +got):\n%s", diff)
	}
	line, _, _ := strings.Cut(string(write(t, db, options(export.JSONL, false), 4)), "\n")
	if diff := cmp.Diff(names(want), keysOf(t, line)); diff != "" {
		t.Errorf("columns of JSON Lines (-want +got):\n%s", diff)
	}
	types := map[string]string{
		"STRING": "text", "INT(32,true)": "integer", "DOUBLE": "double precision",
		"BOOLEAN": "boolean", "TIMESTAMP(isAdjustedToUTC=true,unit=MICROS)": "timestamp without time zone",
	}
	var columns []column
	for _, c := range openParquet(t, write(t, db, options(export.Parquet, false), 4)).Root().Columns() {
		columns = append(columns, column{c.Name(), types[c.Type().String()]})
	}
	if diff := cmp.Diff(want, columns); diff != "" {
		t.Errorf("columns of Parquet (-want +got):\n%s", diff)
	}
}

// keysOf returns the keys of a flat JSON object in their order.
func keysOf(t *testing.T, line string) []string {
	t.Helper()
	var keys []string
	decoder := json.NewDecoder(strings.NewReader(line))
	for i := 0; ; i++ {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return keys
		}
		if err != nil {
			t.Fatal(err)
		}
		if key, ok := token.(string); ok && i%2 == 1 {
			keys = append(keys, key)
		}
	}
}

func TestR5_TheFormatFollowsTheFilesEnding(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, file string
		want       export.Format
	}{
		{"", "", export.JSONL},
		{"", "-", export.JSONL},
		{"", "launches", export.JSONL},
		{"", "folder.d/launches", export.JSONL},
		{"", "launches.csv", export.CSV},
		{"", "a.csv/LAUNCHES.Parquet", export.Parquet},
		{"", "launches.json", export.JSONL},
		{"", "launches.jsonl", export.JSONL},
		{"", "launches.ndjson", export.JSONL},
		{"csv", "launches.csv", export.CSV},
		{"csv", "", export.CSV},
		{"parquet", "-", export.Parquet},
		{"csv", "launches.txt", export.CSV},
		{"jsonl", "launches.json", export.JSONL},
		{"parquet", "launches", export.Parquet},
	} {
		if got, err := export.FormatFor(test.name, test.file); got != test.want || err != nil {
			t.Errorf("FormatFor(%q, %q) = %q, %v, want %q", test.name, test.file, got, err, test.want)
		}
	}
	for name, file := range map[string]string{"csv": "launches.parquet", "jsonl": "launches.csv", "parquet": "launches.json"} {
		_, err := export.FormatFor(name, file)
		if liftoff.CategoryOf(err) != liftoff.Usage || !strings.Contains(err.Error(), "--format "+name) || liftoff.HintOf(err) == "" {
			t.Errorf("FormatFor(%q, %q) gives error %v of category %v", name, file, err, liftoff.CategoryOf(err))
		}
	}
}

// A file of a kind that an export cannot write must not get another one's content.
func TestR5_AnEndingOfAnotherFormatIsRefused(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"x.tsv", "x.csv.gz", "x.xlsx", "x.pq", "x.parq", "x.jsonl.zst", "launches.txt"} {
		_, err := export.FormatFor("", file)
		if liftoff.CategoryOf(err) != liftoff.Usage || !strings.Contains(err.Error(), file) || !strings.Contains(liftoff.HintOf(err), "--format") {
			t.Errorf("FormatFor(%q) gives error %v of category %v", file, err, liftoff.CategoryOf(err))
		}
		if got, err := export.FormatFor("csv", file); got != export.CSV || err != nil {
			t.Errorf("FormatFor(csv, %q) = %q, %v", file, got, err)
		}
	}
}

func TestFormatFor_NamesTheOnesThereAre(t *testing.T) {
	t.Parallel()
	_, err := export.FormatFor("CSV", "")
	if liftoff.CategoryOf(err) != liftoff.Usage || !strings.Contains(err.Error(), "--format") || !strings.Contains(liftoff.HintOf(err), "parquet") {
		t.Errorf("got error %v of category %v", err, liftoff.CategoryOf(err))
	}
}

// Programs take the first times of a column as the pattern for all.
func TestR6_TimesOfAColumnHaveOneForm(t *testing.T) {
	t.Parallel()
	db := newDatabase(t, launchesScript)
	form := regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$`)
	records, err := csv.NewReader(bytes.NewReader(write(t, db, options(export.CSV, false), 4))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(write(t, db, options(export.JSONL, false), 4)))
	for _, record := range records[1:] {
		var launch struct {
			LaunchedAt *string `json:"launched_at"`
			FetchedAt  string  `json:"fetched_at_timestamp"`
		}
		if err := decoder.Decode(&launch); err != nil {
			t.Fatal(err)
		}
		times := []string{record[14], launch.FetchedAt}
		if launch.LaunchedAt != nil {
			times = append(times, record[3], *launch.LaunchedAt)
		}
		for _, text := range times {
			if !form.MatchString(text) {
				t.Errorf("launch %s has the time %q", record[0], text)
			}
		}
	}
}

// slowDocuments make the documents from the 2000th of many launches on take half
// an hour.
const slowDocuments = `
	CREATE FUNCTION slow(id TEXT, raw_data JSONB) RETURNS JSONB LANGUAGE sql VOLATILE AS
		$$ SELECT CASE WHEN id < '002000' OR pg_sleep(0.1) IS NOT NULL THEN raw_data END $$;
	ALTER TABLE raw_launches RENAME TO stored;
	CREATE VIEW raw_launches AS SELECT id, slow(id, raw_data) AS raw_data FROM stored`

func TestWrite_CancelledIsInterrupted(t *testing.T) {
	t.Parallel()
	store := open(t, newFilled(t, slowDocuments))
	for _, format := range []export.Format{export.JSONL, export.CSV, export.Parquet} {
		for name, after := range map[string]time.Duration{"before the start": 0, "in the middle": 300 * time.Millisecond} {
			t.Run(string(format)+" "+name, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if after == 0 {
					cancel()
				}
				defer time.AfterFunc(after, cancel).Stop()
				_, err := export.Write(ctx, store, io.Discard, options(format, true))
				if !errors.Is(err, context.Canceled) || liftoff.CategoryOf(err) != liftoff.Interrupted {
					t.Errorf("got error %v of category %v", err, liftoff.CategoryOf(err))
				}
			})
		}
	}
	if count, err := export.Write(t.Context(), store, io.Discard, options(export.CSV, false)); count != 20000 || err != nil {
		t.Errorf("the next export gives %d launches and error %v", count, err)
	}
}

func TestWrite_AFailingOutputEndsItAtOnce(t *testing.T) {
	t.Parallel()
	store := open(t, newFilled(t, slowDocuments))
	errFull := errors.New("no space left on device")
	out := writerFunc(func([]byte) (int, error) { return 0, errFull })
	for _, format := range []export.Format{export.JSONL, export.CSV} {
		before := time.Now()
		_, err := export.Write(t.Context(), store, out, options(format, true))
		if !errors.Is(err, errFull) || liftoff.CategoryOf(err) != liftoff.Internal {
			t.Errorf("%s: got error %v of category %v", format, err, liftoff.CategoryOf(err))
		}
		if took := time.Since(before); took > 30*time.Second {
			t.Errorf("%s: it took %s to give up", format, took)
		}
	}
	_, err := export.Write(t.Context(), store, out, options(export.Parquet, false))
	if !errors.Is(err, errFull) || liftoff.CategoryOf(err) != liftoff.Internal {
		t.Errorf("parquet: got error %v of category %v", err, liftoff.CategoryOf(err))
	}
}

func TestWrite_IsOfOneMoment(t *testing.T) {
	t.Parallel()
	db := newFilled(t, "")
	isFirst := true
	out := writerFunc(func(b []byte) (int, error) {
		if isFirst {
			isFirst = false
			execute(t, db, "DELETE FROM raw_launches")
		}
		return len(b), nil
	})
	count, err := export.Write(t.Context(), open(t, db), out, options(export.JSONL, true))
	if count != 20000 || err != nil {
		t.Errorf("%d launches and error %v, want the 20000 of the beginning", count, err)
	}
}

func TestWrite_ErrorsOfTheDatabase(t *testing.T) {
	t.Parallel()
	db := newDatabase(t, launchesScript)
	reader := pgtest.NewRole(t, db, "SELECT ON launches")
	tests := []struct {
		name     string
		db       pgtest.Database
		raw      bool
		category liftoff.Category
		says     string
		hint     string
	}{
		{"no schema", pgtest.NewDatabase(t), false, liftoff.Usage, "42P01", "liftoff migrate up"},
		{"no privilege", pgtest.NewRole(t, db), false, liftoff.Privilege, "42501", "GRANT SELECT ON launches TO "},
		{"no privilege for documents", reader, true, liftoff.Privilege, "42501", "GRANT SELECT ON launches, raw_launches, launch_revisions TO "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := export.Write(t.Context(), open(t, test.db), io.Discard, options(export.JSONL, test.raw))
			if liftoff.CategoryOf(err) != test.category || err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got error %v of category %v", err, liftoff.CategoryOf(err))
			}
			if hint := liftoff.HintOf(err); !strings.Contains(hint, test.hint) {
				t.Errorf("hint %q does not say %q", hint, test.hint)
			}
		})
	}
	if _, err := export.Write(t.Context(), open(t, reader), io.Discard, options(export.JSONL, false)); err != nil {
		t.Errorf("a role that may read the view cannot export it: %v", err)
	}
}

// How long an export takes is up to its reader, not to a limit that is meant
// for queries.
func TestWrite_OutlastsAStatementTimeout(t *testing.T) {
	t.Parallel()
	db := newFilled(t, "")
	execute(t, db, "ALTER DATABASE "+db.Name+" SET statement_timeout = '100ms'")
	out := writerFunc(func(b []byte) (int, error) {
		timer := time.NewTimer(3 * time.Millisecond)
		<-timer.C
		return len(b), nil
	})
	if count, err := export.Write(t.Context(), open(t, db), out, options(export.JSONL, true)); count != 20000 || err != nil {
		t.Errorf("%d launches and error %v", count, err)
	}
}

func TestWrite_OrderIsThatOfBytes(t *testing.T) {
	t.Parallel()
	db := newDatabase(t, launchesScript)
	records, err := csv.NewReader(bytes.NewReader(write(t, db, options(export.CSV, false), 4))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, record := range records[1:] {
		ids = append(ids, record[0])
	}
	if !slices.IsSorted(ids) || len(ids) != 4 {
		t.Errorf("the ids are in the order %q", ids)
	}
}
