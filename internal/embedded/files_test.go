//go:build linux

package embedded_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"liftoff"
	"liftoff/internal/embedded"
	"liftoff/internal/testkit/pgtest"
)

func TestFiles_ErrorsHaveACategoryAndANextStep(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		cause    error
		category liftoff.Category
		hint     string
	}{
		{syscall.ENOSPC, liftoff.Database, "free some space"},
		{syscall.EDQUOT, liftoff.Database, "free some space"},
		{syscall.EACCES, liftoff.Privilege, "EMBEDDED_DATA_DIR and EMBEDDED_CACHE_DIR"},
		{syscall.EROFS, liftoff.Privilege, "EMBEDDED_DATA_DIR and EMBEDDED_CACHE_DIR"},
		{syscall.EIO, liftoff.Database, "EMBEDDED_DATA_DIR and EMBEDDED_CACHE_DIR"},
	} {
		err := embedded.PathError(&fs.PathError{Op: "write", Path: "/full", Err: test.cause})
		checkError(t, err, test.category, "/full")
		if hint := liftoff.HintOf(err); !strings.Contains(hint, test.hint) {
			t.Errorf("hint of %v is %q, want it to say %q", test.cause, hint, test.hint)
		}
	}
	path := filepath.Join(t.TempDir(), "gone", "facts.json")
	checkError(t, embedded.WriteFileAtomically(path, nil, 0o600), liftoff.Database, path)
}

func TestCache_ThatCannotBeWrittenIsAMatterOfPrivilege(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	opts := options(t)
	opts.CacheDir, opts.Archive = pgtest.TempDir(t), keptArchive(t)
	writeFile(t, filepath.Join(opts.CacheDir, "lock"), nil)
	if err := os.Chmod(opts.CacheDir, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(opts.CacheDir, 0o700) })
	_, err := embedded.Start(t.Context(), opts)
	checkError(t, err, liftoff.Privilege, opts.CacheDir)
}

// Brackets mean something to filepath.Glob.
func TestSweep_WorksInAFolderWithBracketsInItsName(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data [old")
	mkdirs(t, dir, ".init-1", ".unpack-1")
	if err := embedded.SweepHome(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	checkGone(t, dir, ".init-1")
	mkdirs(t, dir, ".unpack-own")
	embedded.SweepCache(t.Context(), dir, filepath.Join(dir, ".unpack-own"))
	checkGone(t, dir, ".unpack-1")
	if _, err := os.Stat(filepath.Join(dir, ".unpack-own")); err != nil {
		t.Errorf("in use and removed: %v", err)
	}
}

func TestCache_WithFilesMissingSaysWhichFolderToRemove(t *testing.T) {
	t.Parallel()
	keptArchive(t) // fills the usual cache
	_, usual, err := embedded.ResolvedDirs(embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, programs := range map[string][]string{
		"no initdb": {"postgres"},
		"no lib":    {"postgres", "initdb"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opts := options(t)
			opts.CacheDir = pgtest.TempDir(t)
			from, damaged := unpackedDir(t, usual), unpackedDir(t, opts.CacheDir)
			for _, program := range programs {
				copyProgram(t, filepath.Join(from, "bin", program), filepath.Join(damaged, "bin", program))
			}
			_, err := embedded.Start(t.Context(), opts)
			checkError(t, err, liftoff.Database, damaged)
			if hint := liftoff.HintOf(err); !strings.Contains(hint, "remove the folder "+damaged+" and run again") {
				t.Errorf("hint is %q, want it to name the damaged folder", hint)
			}
		})
	}
}

func TestCache_IsToBeRemovedOnlyWhenItsOwnFilesAreMissing(t *testing.T) {
	t.Parallel()
	for output, remove := range map[string]bool{
		`/c/pg/bin/postgres: error while loading shared libraries: libxml2.so.2: No such file or directory`: true,
		`initdb: error: file "/c/pg/share/postgresql/postgres.bki" does not exist`:                          true,
		`dyld: Library not loaded: libpq.5.dylib | Referenced from: /c/pg/bin/initdb`:                       true,
		`FATAL: could not access file "$libdir/dict_snowball": No such file or directory`:                   true,
		`FATAL: could not open file "global/pg_filenode.map": No such file or directory`:                    false,
		`/c/pg/bin/postgres: could not bind`:                                                                false,
	} {
		hint := embedded.HintOfOutput(embedded.OriginCache, "/c/pg/bin", output)
		if strings.Contains(hint, "remove the folder /c/pg and") != remove {
			t.Errorf("after %q the hint is %q", output, hint)
		}
		if hint := embedded.HintOfOutput(embedded.OriginInstalled, "/c/pg/bin", output); hint != "see the log" {
			t.Errorf("an installation is to be removed: %q", hint)
		}
	}
}

func unpackedDir(t *testing.T, cacheDir string) string {
	t.Helper()
	dir, err := embedded.UnpackedDir(cacheDir)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func copyProgram(t *testing.T, from, to string) {
	t.Helper()
	mkdirs(t, filepath.Dir(to), ".")
	writeFile(t, to, readFile(t, from))
	if err := os.Chmod(to, 0o755); err != nil {
		t.Fatal(err)
	}
}

func mkdirs(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

func checkGone(t *testing.T, dir, name string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is still there: %v", name, err)
	}
}

// The servers that a killed initdb has started write on for a moment.
func TestSweepHome_OutlastsWhoStillWrites(t *testing.T) {
	t.Parallel()
	dir := pgtest.TempDir(t)
	leftover := filepath.Join(dir, ".init-1", "data")
	writing, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	started, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for i := 0; writing.Err() == nil; i++ {
			_ = os.MkdirAll(leftover, 0o700)
			_ = os.WriteFile(filepath.Join(leftover, strconv.Itoa(i)), nil, 0o600)
			if i == 5 {
				close(started)
			}
		}
	}()
	<-started
	err := embedded.SweepHome(t.Context(), dir)
	<-ended
	if err == nil {
		// What the writer made after the last look is for the next start.
		err = embedded.SweepHome(t.Context(), dir)
	}
	if err != nil {
		t.Errorf("SweepHome() = %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, ".init-1")); !os.IsNotExist(err) {
		t.Errorf("the leftover is still there (%v)", err)
	}
}
