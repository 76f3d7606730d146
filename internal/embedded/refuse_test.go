//go:build linux

package embedded_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"liftoff"
	"liftoff/internal/embedded"
	"liftoff/internal/testkit/pgtest"
)

func TestI3_DataOfAnotherMajorVersionAreRefusedAndLeftAlone(t *testing.T) {
	t.Parallel()
	for major, tool := range map[string]string{"15": "pg_dumpall", "17": "liftoff db dump", "19": "liftoff db dump"} {
		t.Run(major, func(t *testing.T) {
			t.Parallel()
			opts := options(t)
			data := dataDirectory(t, opts, map[string]string{"PG_VERSION": major + "\n", "precious": "data"})
			_, err := embedded.Start(t.Context(), opts)
			checkError(t, err, liftoff.Usage, data, "PostgreSQL "+major, "PostgreSQL 18")
			for _, step := range []string{tool, "PostgreSQL " + major, "move the directory away", "restore"} {
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

// We would write among the files of others, and replace one called password.
func TestStart_RefusesAFolderOfOthersAndLeavesItAlone(t *testing.T) {
	t.Parallel()
	for name, files := range map[string][]string{
		"a password":              {"password"},
		"our names but no lock":   {"password", "users", "server.json", "binaries.json", "postgres.log"},
		"a lock that is not ours": {"password", "lock"},
		"a lock that is a folder": {"password", "lock/subsys"},
		"hidden files":            {".config"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opts := options(t)
			opts.DataDir = t.TempDir()
			for _, file := range files {
				mkdirs(t, opts.DataDir, filepath.Dir(file))
				writeFile(t, filepath.Join(opts.DataDir, file), []byte("precious"))
			}
			before := globbed(t, filepath.Join(opts.DataDir, "*"))
			_, err := embedded.Start(t.Context(), opts)
			checkError(t, err, liftoff.Usage, opts.DataDir, "other files", "nothing was written")
			if hint := liftoff.HintOf(err); !strings.Contains(hint, "EMBEDDED_DATA_DIR") {
				t.Errorf("hint is %q, want it to name the setting", hint)
			}
			_, err = embedded.Inspect(t.Context(), opts)
			checkError(t, err, liftoff.Usage, "other files")
			if after := globbed(t, filepath.Join(opts.DataDir, "*")); !slices.Equal(before, after) {
				t.Errorf("the folder had %q and has %q", before, after)
			}
			if got := string(readFile(t, filepath.Join(opts.DataDir, files[0]))); got != "precious" {
				t.Errorf("%s is %q now", files[0], got)
			}
		})
	}
}

// What a new disk has in it, what a killed first start has left, and a backup
// without its locks are no files of others.
func TestStart_UsesAFolderThatIsNewOrItsOwn(t *testing.T) {
	t.Parallel()
	t.Run("lost+found", func(t *testing.T) {
		t.Parallel()
		opts := options(t)
		mkdirs(t, opts.DataDir, "lost+found", "data")
		start(t, opts)
	})
	t.Run("a killed first start", func(t *testing.T) {
		t.Parallel()
		opts := options(t)
		mkdirs(t, opts.DataDir, "lost+found", ".init-1")
		for _, file := range []string{"lock", "users", "password", ".password-1"} {
			writeFile(t, filepath.Join(opts.DataDir, file), nil)
		}
		start(t, opts)
	})
	t.Run("a backup", func(t *testing.T) {
		t.Parallel()
		opts := options(t)
		stop(t, start(t, opts))
		for _, file := range []string{"lock", "users", "binaries.json"} {
			if err := os.Remove(filepath.Join(opts.DataDir, file)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
		}
		writeFile(t, filepath.Join(opts.DataDir, "notes.txt"), []byte("restored on Monday"))
		start(t, opts)
	})
}

// The setting that wins over all others is the one to name.
func TestStart_SaysWhichSettingNamesAFolderThatCannotBeMade(t *testing.T) {
	t.Parallel()
	opts := options(t)
	file := filepath.Join(t.TempDir(), "file")
	writeFile(t, file, nil)
	opts.DataDir = filepath.Join(file, "liftoff")
	_, err := embedded.Start(t.Context(), opts)
	checkError(t, err, liftoff.Database, "make the data directory", file)
	if hint := liftoff.HintOf(err); !strings.Contains(hint, "EMBEDDED_DATA_DIR") || strings.Contains(hint, "XDG") {
		t.Errorf("hint is %q, want it to name EMBEDDED_DATA_DIR", hint)
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
	file := filepath.Join(opts.DataDir, "data", "liftoff_password")
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

// A link may lead to a data directory whose locks are elsewhere: its server is left
// alone.
func TestStart_LeavesAServerOfOthersRunning(t *testing.T) {
	t.Parallel()
	other := start(t, options(t))
	opts := options(t)
	mkdirs(t, opts.DataDir, ".")
	if err := os.Symlink(other.DataDir(), filepath.Join(opts.DataDir, "data")); err != nil {
		t.Fatal(err)
	}
	_, err := embedded.Start(t.Context(), opts)
	checkError(t, err, liftoff.Database, "is in use", other.DataDir())
	query(t, other.Connection().DSN(), "SELECT 'still there'")
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
