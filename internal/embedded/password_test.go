//go:build linux

package embedded_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"liftoff/internal/embedded"
)

// The data directory and its password cannot be parted by moving the one away and
// back, with a start on an empty folder in between.
func TestStart_DataThatWereMovedAwayAndBackKeepTheirPassword(t *testing.T) {
	t.Parallel()
	for name, fill := range map[string]func(*testing.T, embedded.Options){
		"of this version": func(t *testing.T, opts embedded.Options) { fillWith(t, opts, "first") },
		"of an older version": func(t *testing.T, opts embedded.Options) {
			fillWith(t, opts, "first")
			moveFile(t, filepath.Join(opts.DataDir, "data", "liftoff_password"), filepath.Join(opts.DataDir, "password"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opts := options(t)
			fill(t, opts)
			data, away := filepath.Join(opts.DataDir, "data"), filepath.Join(opts.DataDir, "away")
			moveFile(t, data, away)
			fillWith(t, opts, "second")
			if err := os.RemoveAll(data); err != nil {
				t.Fatal(err)
			}
			moveFile(t, away, data)
			server := start(t, opts)
			if got := query(t, server.Connection().DSN(), "SELECT name FROM mark"); got != "first" {
				t.Errorf("the data are the %s ones", got)
			}
		})
	}
}

// A password beside the data directory, where older versions kept it, is copied into
// it by the first start, and stays for them.
func TestStart_TakesThePasswordOfAnOlderVersionIntoTheData(t *testing.T) {
	t.Parallel()
	opts := options(t)
	fillWith(t, opts, "kept")
	inside, beside := filepath.Join(opts.DataDir, "data", "liftoff_password"), filepath.Join(opts.DataDir, "password")
	moveFile(t, inside, beside)
	server := start(t, opts)
	checkSecret(t, inside, server.Connection().Password)
	if string(readFile(t, beside)) != string(readFile(t, inside)) {
		t.Error("the two passwords differ")
	}
	info, err := os.Stat(inside)
	if err != nil {
		t.Fatal(err)
	}
	version, err := os.Stat(filepath.Join(opts.DataDir, "data", "PG_VERSION"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := ownerOf(t, info), ownerOf(t, version); got != want {
		t.Errorf("the password belongs to user %d, and the data to %d", got, want)
	}
}

// fillWith starts a server, leaves a mark in it and stops it.
func fillWith(t *testing.T, opts embedded.Options, mark string) {
	t.Helper()
	server := start(t, opts)
	query(t, server.Connection().DSN(), "CREATE TABLE mark AS SELECT '"+mark+"'::text AS name")
	stop(t, server)
}

func moveFile(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func ownerOf(t *testing.T, info os.FileInfo) uint32 {
	t.Helper()
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		t.Fatal("no owner")
	}
	return stat.Uid
}
