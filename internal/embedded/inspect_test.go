//go:build linux

package embedded_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/embedded"
	"liftoff/internal/testkit/pgtest"
)

func TestInspect_BeforeTheFirstStartTouchesNothing(t *testing.T) {
	t.Parallel()
	opts := options(t)
	opts.CacheDir = filepath.Join(pgtest.TempDir(t), "cache")
	got := inspect(t, opts)
	want := embedded.Inspection{
		Origin: embedded.OriginNetwork, Version: embedded.ArchiveVersion,
		DataDir: filepath.Join(opts.DataDir, "data"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("inspection (-want +got):\n%s", diff)
	}
	for _, dir := range []string{opts.DataDir, opts.CacheDir} {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s was made: %v", dir, err)
		}
	}
}

func TestInspect_ArchiveFileIsForeseen(t *testing.T) {
	t.Parallel()
	opts := options(t)
	opts.CacheDir = filepath.Join(pgtest.TempDir(t), "cache")
	opts.Archive = keptArchive(t)
	if got := inspect(t, opts); got.Origin != embedded.OriginArchive {
		t.Errorf("origin is %q, want %q", got.Origin, embedded.OriginArchive)
	}
	opts.Archive = filepath.Join(t.TempDir(), "wrong")
	writeFile(t, opts.Archive, []byte("hello"))
	_, err := embedded.Inspect(t.Context(), opts)
	checkError(t, err, liftoff.Usage, opts.Archive)
}

func TestInspect_RunningServer(t *testing.T) {
	t.Parallel()
	opts := options(t)
	server := start(t, opts)
	got := inspect(t, opts)
	if got.Origin != embedded.OriginCache || got.BinariesDir == "" || got.DataDir != server.DataDir() {
		t.Errorf("inspection is %+v, want the cache's binaries and the server's data", got)
	}
}

func TestInspect_OtherMajorVersion(t *testing.T) {
	t.Parallel()
	opts := options(t)
	data := dataDirectory(t, opts, map[string]string{"PG_VERSION": "17\n"})
	_, err := embedded.Inspect(t.Context(), opts)
	checkError(t, err, liftoff.Usage, data)
}

func TestInspect_InstalledServerIsTakenWhenNewEnough(t *testing.T) {
	for _, test := range []struct {
		version string
		taken   bool
	}{
		{"postgres (PostgreSQL) 99.2", true},
		{"postgres (PostgreSQL) 99.2 (Debian 99.2-1.pgdg120+1)", true},
		{"postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)", false},
		{"postgres (PostgreSQL) 9.6.24", false},
		{"postgres (PostgreSQL) 99beta1", false},
		{"postgres (PostgreSQL) 99devel", false},
		{"something else", false},
		{"postgres (PostgreSQL) 17.0", true},
		{"postgres (PostgreSQL) 16.9", false},
	} {
		t.Run(test.version, func(t *testing.T) {
			dir := installation(t, test.version, "postgres", "initdb")
			t.Setenv("PATH", dir+":/usr/bin:/bin")
			got := inspect(t, embedded.Options{DataDir: filepath.Join(pgtest.TempDir(t), "liftoff")})
			if taken := got.BinariesDir == dir; taken != test.taken {
				t.Errorf("taken is %v, want %v: %+v", taken, test.taken, got)
			}
			if test.taken && (!strings.Contains(test.version, " "+got.Version) || got.Origin != embedded.OriginInstalled) {
				t.Errorf("inspection is %+v, want the version, installed", got)
			}
		})
	}
}

func TestInspect_InstalledServerIsLeftWhenItDoesNotFit(t *testing.T) {
	t.Run("no initdb", func(t *testing.T) {
		dir := installation(t, "postgres (PostgreSQL) 99.2", "postgres")
		t.Setenv("PATH", dir+":/usr/bin:/bin")
		got := inspect(t, embedded.Options{DataDir: filepath.Join(pgtest.TempDir(t), "liftoff")})
		if got.BinariesDir == dir {
			t.Errorf("taken without initdb: %+v", got)
		}
	})
	t.Run("data directory of another major version", func(t *testing.T) {
		dir := installation(t, "postgres (PostgreSQL) 99.2", "postgres", "initdb")
		t.Setenv("PATH", dir+":/usr/bin:/bin")
		opts := embedded.Options{DataDir: filepath.Join(pgtest.TempDir(t), "liftoff")}
		dataDirectory(t, opts, map[string]string{"PG_VERSION": "18\n"})
		if got := inspect(t, opts); got.BinariesDir == dir {
			t.Errorf("version 99 taken for the data of 18: %+v", got)
		}
	})
}

func TestInspect_BinariesOfTheLastStartAreTakenAgainOnlyWhenTheyFit(t *testing.T) {
	t.Parallel()
	current := filepath.Base(unpackedDir(t, "/"))
	for name, test := range map[string]struct {
		folder, version string
		origin          embedded.Origin
		data            string
		again           bool
	}{
		"today's pin":                  {current, embedded.ArchiveVersion, embedded.OriginCache, "18", true},
		"an earlier pin":               {"postgresql-18.5-linux-amd64-0123456789ab", "18.5", embedded.OriginCache, "18", false},
		"an earlier pin's major":       {"postgresql-17.9-linux-amd64-0123456789ab", "17.9", embedded.OriginCache, "17", true},
		"another major than the data":  {"installed", "17.9", embedded.OriginInstalled, "18", false},
		"an installation, not ignored": {"installed", "18.1", embedded.OriginInstalled, "18", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opts := embedded.Options{DataDir: filepath.Join(pgtest.TempDir(t), "liftoff"), CacheDir: t.TempDir()}
			dataDirectory(t, opts, map[string]string{"PG_VERSION": test.data + "\n"})
			last := filepath.Join(t.TempDir(), test.folder, "bin")
			mkdirs(t, last, ".")
			writeFile(t, filepath.Join(last, "postgres"), []byte("program"))
			if err := embedded.Remember(opts.DataDir, last, test.version, test.origin); err != nil {
				t.Fatal(err)
			}
			if got := inspect(t, opts); (got.BinariesDir == last) != test.again {
				t.Errorf("taken again is %v, want %v: %+v", !test.again, test.again, got)
			}
		})
	}
}

// installation makes a folder with programs that only tell a version.
func installation(t *testing.T, version string, programs ...string) string {
	t.Helper()
	dir := pgtest.TempDir(t)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range programs {
		path := filepath.Join(dir, name)
		writeFile(t, path, fmt.Appendf(nil, "#!/bin/sh\necho '%s'\n", version))
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func inspect(t *testing.T, opts embedded.Options) embedded.Inspection {
	t.Helper()
	found, err := embedded.Inspect(t.Context(), opts)
	if err != nil {
		t.Fatalf("inspect: %v (%s)", err, liftoff.HintOf(err))
	}
	return found
}
