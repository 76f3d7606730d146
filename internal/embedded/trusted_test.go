//go:build linux

package embedded_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"liftoff"
	"liftoff/internal/embedded"
	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// plant puts programs into a cache that write the file proof when they run.
func plant(t *testing.T, cache, proof string) (bin string) {
	t.Helper()
	bin = filepath.Join(unpackedDir(t, cache), "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"postgres", "initdb"} {
		path := filepath.Join(bin, name)
		writeFile(t, path, []byte("#!/bin/sh\necho 'postgres (PostgreSQL) "+embedded.ArchiveVersion+"' | tee -a "+proof+"\n"))
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return bin
}

// proofFile is a file that the server's user may write.
func proofFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(pgtest.TempDir(t), "proof")
	writeFile(t, path, nil)
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestP7_ProgramsThatAnotherUserCanChangeAreNotRun(t *testing.T) {
	t.Parallel()
	give := func(path string) error { return os.Lchown(path, strangerID, strangerID) }
	open := func(path string) error { return os.Chmod(path, 0o777) }
	for name, test := range map[string]struct {
		spoil     func(path string) error
		path      func(cache, bin string) string
		needsRoot bool
	}{
		"P7 a program of another user":          {give, func(_, bin string) string { return filepath.Join(bin, "postgres") }, true},
		"P7 a program that all may write":       {open, func(_, bin string) string { return filepath.Join(bin, "initdb") }, false},
		"P7 a folder of programs for all":       {open, func(_, bin string) string { return bin }, false},
		"P7 a folder of programs of a stranger": {give, func(_, bin string) string { return filepath.Dir(bin) }, true},
		"P7 a folder above of a stranger":       {give, func(cache, _ string) string { return filepath.Dir(cache) }, true},
		"P7 a cache of a stranger":              {give, func(cache, _ string) string { return cache }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.needsRoot {
				clitest.NeedsRoot(t, "only root can give files away")
			}
			proof := proofFile(t)
			opts := options(t)
			opts.CacheDir = filepath.Join(pgtest.TempDir(t), "above", "cache")
			bin := plant(t, opts.CacheDir, proof)
			if err := test.spoil(test.path(opts.CacheDir, bin)); err != nil {
				t.Fatal(err)
			}
			_, err := embedded.Start(t.Context(), opts)
			checkError(t, err, liftoff.Usage, "can be changed by another user")
			_, err = embedded.Inspect(t.Context(), opts)
			checkError(t, err, liftoff.Usage, "can be changed by another user")
			if ran := readFile(t, proof); len(ran) > 0 {
				t.Errorf("the planted programs ran: %s", ran)
			}
		})
	}
}

// A link in a place that all may write to leads to programs of its maker.
func TestP7_ALinkOfAnotherUserIsNotFollowed(t *testing.T) {
	t.Parallel()
	clitest.NeedsRoot(t, "only root can make links of others")
	proof := proofFile(t)
	folder := pgtest.TempDir(t)
	plant(t, filepath.Join(folder, "theirs"), proof)
	opts := options(t)
	opts.CacheDir = filepath.Join(folder, "link")
	if err := os.Symlink("theirs", opts.CacheDir); err != nil {
		t.Fatal(err)
	}
	if err := os.Lchown(opts.CacheDir, strangerID, strangerID); err != nil {
		t.Fatal(err)
	}
	_, err := embedded.Start(t.Context(), opts)
	checkError(t, err, liftoff.Usage, "can be changed by another user")
	if ran := readFile(t, proof); len(ran) > 0 {
		t.Errorf("the planted programs ran: %s", ran)
	}
}

// The note of the last start may be a stranger's too.
func TestP7_ARememberedFolderOfAnotherUserIsNotUsed(t *testing.T) {
	t.Parallel()
	proof := proofFile(t)
	opts := options(t)
	if err := os.MkdirAll(opts.DataDir, 0o755); err != nil {
		t.Fatal(err)
	}
	bin := plant(t, filepath.Join(pgtest.TempDir(t), "theirs"), proof)
	info, err := os.Stat(filepath.Join(bin, "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(bin, 0o777); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(opts.DataDir, "lock"), nil)
	writeFile(t, filepath.Join(opts.DataDir, "binaries.json"), fmt.Appendf(nil,
		`{"dir":%q,"version":%q,"source":"in the cache","size":%d,"modified_ns":%d}`, bin, embedded.ArchiveVersion, info.Size(), info.ModTime().UnixNano()))
	start(t, opts)
	if ran := readFile(t, proof); len(ran) > 0 {
		t.Errorf("the planted programs ran: %s", ran)
	}
}
