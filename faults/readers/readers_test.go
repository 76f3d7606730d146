// Package readers_test reads exports with the programs that users read them
// with. They are Python packages, which the test installs into .bin/readers-venv.
package readers_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

func TestMain(m *testing.M) {
	os.Exit(clitest.MainForFaults(func() int { return pgtest.Main(m) }))
}

// python returns a Python that has the readers. Without Python 3 the test is
// skipped, or fails with CI=true.
func python(t *testing.T) string {
	t.Helper()
	if output, err := exec.CommandContext(t.Context(), "python3", "-c", "import venv, ensurepip").CombinedOutput(); err != nil {
		text := "this test needs Python 3 with venv (Debian, Ubuntu: apt-get install python3-venv): %v %s"
		if os.Getenv("CI") == "true" {
			t.Fatalf(text, err, output)
		}
		t.Skipf(text, err, output)
	}
	folder, err := filepath.Abs("../../.bin/readers-venv")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "bin", "python")
	if _, err := os.Stat(path); err != nil {
		run(t, "python3", "-m", "venv", folder)
	}
	run(t, path, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", "requirements.txt")
	return path
}

// run runs a command, which must succeed.
func run(t *testing.T, name string, args ...string) {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, output)
	}
	t.Logf("%s", output)
}

// Odd launches, and enough of them for several pages and row groups.
func TestR2_ReadersReadTheSameFromParquetAndJSON(t *testing.T) {
	t.Parallel()
	path := python(t)
	db := pgtest.NewDatabaseFrom(t, pgtest.NewTemplate(launchtest.Odd))
	clitest.Execute(t, db, `INSERT INTO raw_launches SELECT to_char(g, 'FM000000'), '2024-04-27', g, 0,
		jsonb_build_object('name', 'launch ' || g % 7000, 'success', g % 3 = 0, 'date_utc', '2006-03-24T22:30:00.000Z', 'details', repeat('x', 1000))
		FROM generate_series(1, 20000) AS g`)
	u := clitest.NewUser(t).On(db)
	u.Succeed(t, "export", "--raw", "--format", "parquet", "--output-file", "launches.parquet")
	u.Succeed(t, "export", "--raw", "--output-file", "launches.jsonl")
	for _, reader := range []string{"duckdb", "fastparquet", "polars", "pyarrow"} {
		t.Run(reader, func(t *testing.T) {
			run(t, path, "read.py", reader, filepath.Join(u.Folder, "launches.parquet"), filepath.Join(u.Folder, "launches.jsonl"))
		})
	}
}
