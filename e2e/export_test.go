package e2e_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/parquet-go/parquet-go"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

// exportScript makes two launches, one of them with a newer revision.
const exportScript = `
	INSERT INTO raw_launches VALUES
		('5eb87cd9ffd86e000604b32a', '2024-04-27 17:02:01.309', 4000, 22, '{"name": "FalconSat", "success": false}'),
		('62dd70d5202306255024d139', '2024-04-27 17:02:02', 0, 0, '{"name": "Crew-5", "success": null}');
	INSERT INTO launch_revisions (launch_id, revision, content_sha256, first_seen_at, raw_data) VALUES
		('62dd70d5202306255024d139', 2, '', '2024-05-01', '{"name": "Crew-5", "success": true}')`

// newExporting returns a user of a database with the two launches.
func newExporting(t *testing.T) *clitest.User {
	t.Helper()
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).On(db)
	u.Succeed(t, "migrate", "up")
	clitest.Execute(t, db, exportScript)
	launchtest.Refresh(t, db.DSN)
	return u
}

func TestExport_ToStdoutNothingButTheLaunches(t *testing.T) {
	t.Parallel()
	u := newExporting(t)
	r := u.Succeed(t, "export", "--raw")
	var names []string
	decoder := json.NewDecoder(strings.NewReader(r.Stdout))
	for decoder.More() {
		var launch struct {
			Name    string         `json:"name"`
			Success bool           `json:"success"`
			RawData map[string]any `json:"raw_data"`
		}
		if err := decoder.Decode(&launch); err != nil {
			t.Fatal(err)
		}
		if launch.RawData["success"] != launch.Success {
			t.Errorf("the document of %s is not the one of its columns: %v", launch.Name, launch.RawData)
		}
		names = append(names, launch.Name)
	}
	if strings.Join(names, ", ") != "FalconSat, Crew-5" || r.Stderr != "" {
		t.Errorf("export gives %q; stderr:\n%s", names, r.Stderr)
	}
}

func TestExport_ToAFile(t *testing.T) {
	t.Parallel()
	u := newExporting(t)
	r := u.Succeed(t, "export", "--format", "csv", "--output-file", "launches.csv")
	if r.Stdout != "" || !strings.Contains(r.Stderr, " - INFO - Launches exported. launches=2 file=launches.csv") {
		t.Errorf("stdout %q, stderr:\n%s", r.Stdout, r.Stderr)
	}
	records, err := csv.NewReader(strings.NewReader(u.ReadFile(t, "launches.csv"))).ReadAll()
	if err != nil || len(records) != 3 || records[1][1] != "FalconSat" {
		t.Errorf("the file has %q, error %v", records, err)
	}
	u.Succeed(t, "export", "--output-file", "launches.parquet")
	content := []byte(u.ReadFile(t, "launches.parquet"))
	file, err := parquet.OpenFile(bytes.NewReader(content), int64(len(content)))
	if err != nil || file.NumRows() != 2 {
		t.Errorf("the Parquet file is not one of two rows: %v", err)
	}
	if piped := u.Succeed(t, "export", "--format", "parquet").Stdout; piped != string(content) {
		t.Error("Parquet on stdout is not what is in the file")
	}
}

// A dash is stdout, as for other programs, and no file.
func TestR3_ADashIsStdout(t *testing.T) {
	t.Parallel()
	u := newExporting(t)
	r := u.Succeed(t, "export", "--format", "csv", "--output-file", "-")
	if want := u.Succeed(t, "export", "--format", "csv").Stdout; r.Stdout != want || r.Stderr != "" {
		t.Errorf("stdout %q, want %q; stderr:\n%s", r.Stdout, want, r.Stderr)
	}
	if _, err := os.Lstat(filepath.Join(u.Folder, "-")); !os.IsNotExist(err) {
		t.Errorf("a file named -: %v", err)
	}
}

func TestExport_FailuresLeaveNoFile(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t)) // without a schema
	if err := os.Mkdir(filepath.Join(u.Folder, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args string
		says string
	}{
		{"--output-file launches.jsonl", "launches"},
		{"--format xml", `unknown export format "xml" in --format`},
		{"--format parquet --output-file launches.csv", "--format parquet does not go with \"launches.csv\""},
		{"--output-file folder", "is a folder"},
		{"--output-file no/where.csv", "create the output file"},
	} {
		clitest.WantFailure(t, u.Run(t, append([]string{"export"}, strings.Fields(test.args)...)...), 2, test.says)
	}
	clitest.WantFailure(t, u.With("DATABASE_URL=postgres://liftoff@127.0.0.1:1/none").Run(t, "export", "--output-file", "x.csv"), 5, "connect")
	entries, err := os.ReadDir(u.Folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.Name() != "folder" {
			t.Errorf("%s was left behind", entry.Name())
		}
	}
}

func TestExport_OfNothingSaysSo(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t))
	u.Succeed(t, "migrate", "up")
	r := u.Succeed(t, "export", "--format", "csv")
	if strings.Count(r.Stdout, "\n") != 1 || !strings.Contains(r.Stderr, " - WARNING - There are no launches in PostgreSQL yet. ") {
		t.Errorf("stdout %q, stderr:\n%s", r.Stdout, r.Stderr)
	}
}

// newEndless returns a user of a database whose documents take minutes to
// export, but the first of them a moment.
func newEndless(t *testing.T) *clitest.User {
	t.Helper()
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).On(db)
	u.Succeed(t, "migrate", "up")
	clitest.Execute(t, db, `INSERT INTO raw_launches SELECT to_char(g, 'FM000000'), '2024-04-27', 0, 0, '{}' FROM generate_series(1, 20000) AS g`)
	launchtest.Refresh(t, db.DSN)
	clitest.Execute(t, db, `CREATE FUNCTION slow(id TEXT) RETURNS JSONB LANGUAGE sql VOLATILE AS
			$$ SELECT to_jsonb(CASE WHEN id < '002000' THEN '' ELSE pg_sleep(0.1)::TEXT END || repeat('x', 100)) $$;
		ALTER TABLE raw_launches RENAME TO stored;
		CREATE VIEW raw_launches AS SELECT id, slow(id) AS raw_data FROM stored`)
	return u
}

func TestExport_AnInterruptLeavesNoFile(t *testing.T) {
	t.Parallel()
	u := newEndless(t)
	cmd := u.Command(t.Context(), "export", "--raw", "--output-file", "launches.jsonl")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	isWriting := func() bool {
		partial, _ := filepath.Glob(filepath.Join(u.Folder, "launches.jsonl.*.partial"))
		if len(partial) == 0 {
			return false
		}
		info, err := os.Stat(partial[0])
		return err == nil && info.Size() > 0
	}
	await(t, "the export to be half-way", isWriting)
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // its end is what is looked at
	if code := cmd.ProcessState.ExitCode(); code != 130 {
		t.Errorf("exit code %d, want 130; stderr:\n%s", code, stderr.String())
	}
	if left, _ := filepath.Glob(filepath.Join(u.Folder, "launches.jsonl*")); len(left) != 0 {
		t.Errorf("%q are left", left)
	}
}

func TestExport_AReaderThatGoesEndsItQuietly(t *testing.T) {
	t.Parallel()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := newEndless(t).Command(t.Context(), "export", "--raw")
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = writer, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := reader.Read(make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // its end is what is looked at
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() || status.Signal() != syscall.SIGPIPE {
		t.Errorf("it ended with %v, want SIGPIPE; stderr:\n%s", cmd.ProcessState, stderr.String())
	}
	if stderr.Len() != 0 {
		t.Errorf("it complains about its reader:\n%s", stderr.String())
	}
}
