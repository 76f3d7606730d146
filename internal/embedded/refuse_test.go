//go:build linux

package embedded_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"liftoff"
	"liftoff/internal/embedded"
	"liftoff/internal/testkit/pgtest"
)

func TestI3_DataOfAnotherMajorVersionAreRefusedAndLeftAlone(t *testing.T) {
	t.Parallel()
	for _, major := range []string{"15", "17", "19"} {
		t.Run(major, func(t *testing.T) {
			t.Parallel()
			opts := options(t)
			data := dataDirectory(t, opts, map[string]string{"PG_VERSION": major + "\n", "precious": "data"})
			_, err := embedded.Start(t.Context(), opts)
			checkError(t, err, liftoff.Usage, data, "PostgreSQL "+major, "PostgreSQL 18")
			for _, step := range []string{"pg_dumpall", "PostgreSQL " + major, "move the directory away", "restore"} {
				if !strings.Contains(liftoff.HintOf(err), step) {
					t.Errorf("the hint %q does not say %q", liftoff.HintOf(err), step)
				}
			}
			if got := string(readFile(t, filepath.Join(data, "precious"))); got != "data" {
				t.Errorf("the data are %q now", got)
			}
		})
	}
}

func TestStart_RefusesADirectoryWithOtherFiles(t *testing.T) {
	t.Parallel()
	opts := options(t)
	data := dataDirectory(t, opts, map[string]string{"thesis.doc": "precious"})
	_, err := embedded.Start(t.Context(), opts)
	checkError(t, err, liftoff.Database, data, "is not a PostgreSQL data directory")
}

func TestStart_RefusesAVersionThatIsNone(t *testing.T) {
	t.Parallel()
	opts := options(t)
	data := dataDirectory(t, opts, map[string]string{"PG_VERSION": "eighteen\n"})
	_, err := embedded.Start(t.Context(), opts)
	checkError(t, err, liftoff.Database, data, "no readable version")
}

func TestStart_UsesAnEmptyDataDirectory(t *testing.T) {
	t.Parallel()
	opts := options(t)
	dataDirectory(t, opts, nil)
	start(t, opts)
}

func TestStart_SaysWhenThePasswordFileIsGoneOrWrong(t *testing.T) {
	t.Parallel()
	opts := options(t)
	stop(t, start(t, opts))
	file := filepath.Join(opts.DataDir, "password")
	if err := os.WriteFile(file, []byte("canary-31\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := embedded.Start(t.Context(), opts)
	checkError(t, err, liftoff.Database, file)
	if strings.Contains(err.Error()+liftoff.HintOf(err), "canary-31") {
		t.Errorf("the password shows: %v", err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	_, err = embedded.Start(t.Context(), opts)
	checkError(t, err, liftoff.Database, file, "is missing")
	if embedded.Serves(filepath.Join(opts.DataDir, "data")) {
		t.Error("a server is left running")
	}
}

func TestStart_RootSaysWhichFolderTheServerMayNotEnter(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root's server runs as another user")
	}
	opts := options(t)
	closed := filepath.Join(pgtest.TempDir(t), "closed")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	opts.DataDir = filepath.Join(closed, "liftoff")
	_, err := embedded.Start(t.Context(), opts)
	checkError(t, err, liftoff.Privilege, closed)
}

func TestStart_RootTakesOverACopyThatRootRestored(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can own what the server cannot read")
	}
	opts := options(t)
	server := start(t, opts)
	query(t, server.Connection().DSN(), "CREATE TABLE launches AS SELECT 'five'::text AS id")
	stop(t, server)
	copied := opts
	copied.DataDir = filepath.Join(pgtest.TempDir(t), "copy")
	if err := os.CopyFS(copied.DataDir, os.DirFS(opts.DataDir)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(copied.DataDir, 0o711); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(copied.DataDir, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	server = start(t, copied)
	if got := query(t, server.Connection().DSN(), "SELECT id FROM launches"); got != "five" {
		t.Errorf("read %q from the copy", got)
	}
}

// dataDirectory makes a data directory with the given files.
func dataDirectory(t *testing.T, opts embedded.Options, files map[string]string) string {
	t.Helper()
	data := filepath.Join(opts.DataDir, "data")
	if err := os.MkdirAll(data, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		writeFile(t, filepath.Join(data, name), []byte(content))
	}
	return data
}
