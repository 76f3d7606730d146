package dump_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/dump"
)

// tables are a reader of given rows.
type tables map[string]string

func (r tables) CopyOut(_ context.Context, table string, _ []string, out io.Writer) (int64, error) {
	rows, found := r[table]
	if !found {
		return 0, liftoff.NewError(liftoff.Privilege, errors.New("may not read"), "ask")
	}
	_, err := io.WriteString(out, rows)
	return int64(strings.Count(rows, "\n")), err
}

func manifest() dump.Manifest {
	last := int64(7)
	return dump.Manifest{
		ProgramVersion: "1.2.3", ServerVersion: "18.6", Database: "spacex", SchemaVersion: 16,
		DumpedAt: time.Date(2024, 4, 27, 17, 2, 1, 0, time.UTC),
		Tables:   []dump.Table{{Name: "runs", Columns: []string{"id"}}, {Name: "launches", Columns: []string{"id", "raw_data"}}},
		Numbers:  []dump.Number{{Table: "runs", Column: "id", Last: &last}, {Table: "launches", Column: "id"}},
	}
}

// write writes a dump into a file and returns its path.
func write(t *testing.T) string {
	t.Helper()
	var out bytes.Buffer
	rows := tables{"runs": "", "launches": strings.Repeat("a\t{\"name\": \"x\"}\n", 5000)}
	if _, err := dump.Write(t.Context(), &out, rows, manifest()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "spacex.dump")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOpen_ReadsWhatWriteWrote(t *testing.T) {
	t.Parallel()
	file, err := dump.Open(write(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	want := manifest()
	want.Program, want.Format = "liftoff", 1
	want.Tables[0].SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	want.Tables[1].Rows, want.Tables[1].SHA256 = 5000, file.Manifest.Tables[1].SHA256
	if diff := cmp.Diff(want, file.Manifest); diff != "" {
		t.Errorf("manifest (-want +got):\n%s", diff)
	}
	if err := file.Read(file.Manifest.Tables[1], func(rows io.Reader) (int64, error) {
		text, err := io.ReadAll(rows)
		if !strings.HasPrefix(string(text), "a\t{\"name\": \"x\"}\na\t") {
			t.Errorf("rows %.40q", text)
		}
		return 5000, err
	}); err != nil {
		t.Error(err)
	}
}

func TestWrite_KeepsTheErrorOfTheReader(t *testing.T) {
	t.Parallel()
	_, err := dump.Write(t.Context(), io.Discard, tables{"runs": ""}, manifest())
	if liftoff.CategoryOf(err) != liftoff.Privilege || !strings.Contains(err.Error(), "dump launches: may not read") {
		t.Errorf("error %v", err)
	}
}

// Whatever happens to a file, it is told and not restored.
func TestOpen_TellsADamagedFile(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*testing.T, []byte) []byte
		says   string
	}{
		"an empty file":   {func(*testing.T, []byte) []byte { return nil }, "is not a dump of liftoff, or it is incomplete"},
		"the first half":  {func(_ *testing.T, all []byte) []byte { return all[:len(all)/2] }, "is not a dump of liftoff, or it is incomplete"},
		"another archive": {func(t *testing.T, _ []byte) []byte { return archive(t, nil) }, "but not a dump of liftoff"},
		"a newer format":  {edit(`"format": 1`, `"format": 2`), "has format 2"},
		"not of liftoff":  {edit(`"program": "liftoff"`, `"program": "other"`), "is not one of liftoff"},
		"no tables":       {edit(`"tables"`, `"other"`), "manifest names no table"},
		"no manifest":     {edit("{", ""), "manifest cannot be read"},
		"another sum":     {edit(`"sha256": "`, `"sha256": "0`), "and not 0"},
		"other rows":      {edit(`"rows": 5000`, `"rows": 4999`), "has 5000 rows, and not 4999"},
		"a changed table": {changeTable, "has the SHA-256"},
		"a missing table": {edit(`"name": "launches"`, `"name": "launches2"`), "table launches2 is missing"},
		"a flipped bit": {func(_ *testing.T, all []byte) []byte {
			all[bytes.Index(all, []byte("launches.copy"))+40] ^= 1
			return all
		}, "table launches cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := write(t)
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, test.change(t, content), 0o600); err != nil {
				t.Fatal(err)
			}
			err = readAll(path)
			if liftoff.CategoryOf(err) != liftoff.Usage || err == nil || !strings.Contains(err.Error(), test.says) || liftoff.HintOf(err) == "" {
				t.Errorf("error %v (%s), want %q", err, liftoff.HintOf(err), test.says)
			}
		})
	}
	if err := readAll(filepath.Join(t.TempDir(), "nothing")); liftoff.CategoryOf(err) != liftoff.Usage {
		t.Errorf("a file that does not exist: %v", err)
	}
}

// The database may refuse rows of a damaged file before its end: then it is the file that is
// told, unless the file is sound.
func TestRead_TellsWhyRowsAreRefused(t *testing.T) {
	t.Parallel()
	refused := liftoff.NewError(liftoff.Usage, errors.New("the rows do not fit"), "dump again")
	for _, isDamaged := range []bool{true, false} {
		path := write(t)
		if isDamaged {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, changeTable(t, content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		file, err := dump.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range file.Manifest.Tables {
			if table.Name != "launches" {
				continue
			}
			err = file.Read(table, func(rows io.Reader) (int64, error) {
				_, err := io.ReadFull(rows, make([]byte, 10))
				return 0, errors.Join(err, refused)
			})
		}
		if closeErr := file.Close(); closeErr != nil {
			t.Error(closeErr)
		}
		if tells := err != nil && strings.Contains(err.Error(), "is damaged"); tells != isDamaged || !isDamaged && !errors.Is(err, refused) {
			t.Errorf("damaged: %v, error: %v", isDamaged, err)
		}
	}
}

// readAll reads all tables of a dump.
func readAll(path string) error {
	file, err := dump.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	for _, table := range file.Manifest.Tables {
		err := file.Read(table, func(rows io.Reader) (int64, error) {
			text, err := io.ReadAll(rows)
			return int64(bytes.Count(text, []byte("\n"))), err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// edit changes the manifest.
func edit(from, to string) func(*testing.T, []byte) []byte {
	return func(t *testing.T, all []byte) []byte {
		t.Helper()
		return archive(t, entriesOf(t, all, func(name, content string) string {
			if name == "manifest.json" {
				return strings.Replace(content, from, to, 1)
			}
			return content
		}))
	}
}

// changeTable changes a row in an archive that is sound otherwise.
func changeTable(t *testing.T, all []byte) []byte {
	t.Helper()
	return archive(t, entriesOf(t, all, func(name, content string) string {
		if name == "launches.copy" {
			return strings.Replace(content, "x", "y", 1)
		}
		return content
	}))
}

// entry is one entry of an archive.
type entry struct{ name, content string }

func entriesOf(t *testing.T, all []byte, change func(name, content string) string) []entry {
	t.Helper()
	from, err := zip.NewReader(bytes.NewReader(all), int64(len(all)))
	if err != nil {
		t.Fatal(err)
	}
	var entries []entry
	for _, file := range from.File {
		reader, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, entry{file.Name, change(file.Name, string(content))})
	}
	return slices.Clip(entries)
}

func archive(t *testing.T, entries []entry) []byte {
	t.Helper()
	var out bytes.Buffer
	to := zip.NewWriter(&out)
	for _, e := range entries {
		writer, err := to.Create(e.name)
		if err == nil {
			_, err = io.WriteString(writer, e.content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
