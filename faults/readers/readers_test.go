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
	"liftoff/internal/testkit/pythontest"
)

func TestMain(m *testing.M) {
	os.Exit(clitest.MainForFaults(func() int { return pgtest.Main(m) }))
}

// Odd launches, and enough of them for several pages and row groups.
func TestR2_ReadersReadTheSameFromParquetAndJSON(t *testing.T) {
	t.Parallel()
	path := filepath.Join(pythontest.Programs(t, "../../.bin/readers-venv"), "python")
	db := pgtest.NewDatabaseFrom(t, pgtest.NewTemplate(launchtest.Odd))
	clitest.Execute(t, db, `INSERT INTO raw_launches SELECT to_char(g, 'FM000000'), '2024-04-27', g, 0,
		jsonb_build_object('name', 'launch ' || g % 7000, 'success', g % 3 = 0, 'date_utc', '2006-03-24T22:30:00.000Z', 'details', repeat('x', 1000))
		FROM generate_series(1, 20000) AS g`)
	u := clitest.NewUser(t).On(db)
	u.Succeed(t, "export", "--raw", "--format", "parquet", "--output-file", "launches.parquet")
	u.Succeed(t, "export", "--raw", "--output-file", "launches.jsonl")
	for _, reader := range []string{"duckdb", "fastparquet", "polars", "pyarrow"} {
		t.Run(reader, func(t *testing.T) {
			pythontest.Run(t, exec.CommandContext(t.Context(), path, "read.py", reader, filepath.Join(u.Folder, "launches.parquet"), filepath.Join(u.Folder, "launches.jsonl")))
		})
	}
}
