//go:build linux

package embedded_test

import (
	"archive/zip"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"liftoff"
	"liftoff/internal/embedded"
	"liftoff/internal/testkit/pgtest"
)

// The whole way of a user without rights, network and cache: with nothing
// but an archive file and XDG variables.
func TestI5_HalfUnpackedArchiveDoesNotCount(t *testing.T) {
	t.Parallel()
	dir := pgtest.TempDir(t)
	archive, xdg := filepath.Join(dir, "postgres.jar"), filepath.Join(dir, "xdg")
	writeJar(t, archive, "postgres-linux.txz", readFile(t, keptArchive(t)))
	if err := os.Mkdir(xdg, 0o700); err != nil {
		t.Fatal(err)
	}
	var user *syscall.Credential
	if os.Geteuid() == 0 {
		user = &syscall.Credential{Uid: 65534, Gid: 65534}
		if err := errors.Join(os.Chown(xdg, 65534, 65534), os.Chmod(archive, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	environment := []string{
		roleVariable + "=server", "PATH=/usr/bin:/bin",
		"XDG_DATA_HOME=" + filepath.Join(xdg, "data"), "XDG_CACHE_HOME=" + filepath.Join(xdg, "cache"),
	}
	program := plainProgram(t, dir)
	// What a killed process left half-unpacked does not count.
	writeUnder(t, xdg, user, "cache/liftoff/.unpack-killed/bin/postgres")
	o := startOtherAs(t, program, user, append(environment, "TEST_ARCHIVE="+archive))
	// Another process at the same time waits for it and unpacks nothing.
	o2 := startOtherAs(t, program, user, append(environment, "TEST_ARCHIVE="+archive,
		"TEST_DATA_DIR="+filepath.Join(xdg, "second")))
	for _, o := range []*other{o, o2} {
		r := o.report(t)
		if r.Error != "" {
			t.Fatalf("start: %s (%s)", r.Error, r.Hint)
		}
		query(t, r.DSN, "SELECT 'works'")
		o.end(t)
	}

	home := filepath.Join(xdg, "data", "liftoff")
	if info, err := os.Stat(home); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder is open to others: %v, %v", info, err)
	}
	if user != nil && owner(t, filepath.Join(home, "data")) != user.Uid {
		t.Errorf("the data directory belongs to user %d", owner(t, filepath.Join(home, "data")))
	}
	if left := globbed(t, filepath.Join(xdg, "cache", "liftoff", ".*")); len(left) != 0 {
		t.Errorf("left behind in the cache: %q", left)
	}

	// Once unpacked the archive is not needed again; and kill -9 leaves no
	// server without root either.
	o = startOtherAs(t, program, user, environment)
	r := o.report(t)
	if r.Error != "" {
		t.Fatalf("start again: %s (%s)", r.Error, r.Hint)
	}
	o.kill()
	eventually(t, "the server has ended", func() bool { return !isAlive(r.PID) })
}

// writeUnder writes a file and its folders below dir, which belong to user.
func writeUnder(t *testing.T, dir string, user *syscall.Credential, name string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, []byte("half"))
	for ; user != nil && path != dir; path = filepath.Dir(path) {
		if err := os.Chown(path, int(user.Uid), int(user.Gid)); err != nil {
			t.Fatal(err)
		}
	}
}

// plainProgram returns this test program in a place where every user may run
// it, built without the race detector, which makes unpacking take minutes.
func plainProgram(t *testing.T, dir string) string {
	t.Helper()
	program := filepath.Join(dir, "program")
	build := exec.CommandContext(t.Context(), "go", "test", "-c", "-o", program, ".")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the test program: %v: %s", err, output)
	}
	if err := os.Chmod(program, 0o755); err != nil {
		t.Fatal(err)
	}
	return program
}

func TestH10_WrongArchivesAreRefused(t *testing.T) {
	t.Parallel()
	good := readFile(t, keptArchive(t))
	damaged := append([]byte(nil), good...)
	damaged[len(damaged)/2] ^= 1
	for name, test := range map[string]struct {
		write func(t *testing.T, path string)
		want  string
	}{
		"one changed bit": {func(t *testing.T, path string) { writeFile(t, path, damaged) }, "is not one that this program knows"},
		"one changed bit in a jar": {func(t *testing.T, path string) {
			writeJar(t, path, "postgres.txz", damaged)
		}, "is not one that this program knows"},
		"another file":        {func(t *testing.T, path string) { writeFile(t, path, []byte("hello")) }, "is not one that this program knows"},
		"a jar without a txz": {func(t *testing.T, path string) { writeJar(t, path, "readme.md", good) }, "no .txz in this .jar"},
		"a broken jar":        {func(t *testing.T, path string) { writeFile(t, path, []byte("PK nonsense")) }, "open it as a .jar"},
		"no file":             {func(*testing.T, string) {}, "no such file"},
		"a folder": {func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o755); err != nil {
				t.Fatal(err)
			}
		}, "is a directory"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opts := options(t)
			opts.Archive = filepath.Join(t.TempDir(), "archive")
			test.write(t, opts.Archive)
			// The cache is full, but what the user names is checked all the same.
			_, err := embedded.Start(t.Context(), opts)
			checkError(t, err, liftoff.Usage, test.want, opts.Archive)
			if _, err := os.Stat(filepath.Join(opts.DataDir, "data")); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("there is a data directory: %v", err)
			}
		})
	}
}

func TestI7_PlatformWithoutAnArchiveSaysWhatToDo(t *testing.T) {
	t.Parallel()
	for _, platform := range []string{"linux-arm64v8-alpine", "freebsd-amd64"} {
		checkError(t, embedded.CheckPlatform(platform), liftoff.Usage, platform)
	}
}

func keptArchive(t *testing.T) string {
	t.Helper()
	path, err := embedded.KeptArchive(t.Context())
	if err != nil {
		t.Fatalf("%v (%s)", err, liftoff.HintOf(err))
	}
	return path
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func writeFile(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// writeJar writes a .jar with one entry.
func writeJar(t *testing.T, path, entry string, content []byte) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	jar := zip.NewWriter(file)
	// Not compressed, which would take a minute with the race detector.
	writer, err := jar.CreateHeader(&zip.FileHeader{Name: entry, Method: zip.Store})
	if err == nil {
		_, err = writer.Write(content)
	}
	if err := errors.Join(err, jar.Close(), file.Close()); err != nil {
		t.Fatal(err)
	}
}

func globbed(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return found
}
