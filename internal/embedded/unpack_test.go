//go:build unix

package embedded_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff/internal/embedded"
)

func TestUnpack_WritesFilesFoldersAndLinks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	err := embedded.UnpackTar(t.Context(), archive(t,
		tar.Header{Name: "share/", Typeflag: tar.TypeDir, Mode: 0o700},
		tar.Header{Name: "bin/postgres", Mode: 0o4777},
		tar.Header{Name: "./lib/libpq.so.5", Mode: 0o600},
		tar.Header{Name: "lib/libpq.so", Typeflag: tar.TypeSymlink, Linkname: "libpq.so.5"},
		tar.Header{Name: "lib/up", Typeflag: tar.TypeSymlink, Linkname: "../share"},
	), dir)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		".": "drwx", "share": "drwxr-xr-x", "bin": "drwxr-xr-x", "lib": "drwxr-xr-x",
		"bin/postgres": "-rwxr-xr-x", "lib/libpq.so.5": "-rw-r--r--",
		"lib/libpq.so": "Lrwxrwxrwx", "lib/up": "Lrwxrwxrwx",
	}
	got := modes(t, dir)
	got["."] = got["."][:4]
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what was unpacked (-want +got):\n%s", diff)
	}
}

func TestH10_UnpackRefusesWhatLeadsOut(t *testing.T) {
	t.Parallel()
	for name, entries := range map[string][]tar.Header{
		"a parent folder":            {{Name: "../evil"}},
		"a parent folder, hidden":    {{Name: "bin/../../evil"}},
		"an absolute name":           {{Name: "/tmp/evil"}},
		"an absolute link":           {{Name: "evil", Typeflag: tar.TypeSymlink, Linkname: "/etc"}},
		"a link to a parent":         {{Name: "lib/evil", Typeflag: tar.TypeSymlink, Linkname: "../../.."}},
		"a file over a link":         {{Name: "a", Typeflag: tar.TypeSymlink, Linkname: "b"}, {Name: "a"}},
		"the same file twice":        {{Name: "a"}, {Name: "a"}},
		"a hard link":                {{Name: "evil", Typeflag: tar.TypeLink, Linkname: "/etc/passwd"}},
		"a device":                   {{Name: "evil", Typeflag: tar.TypeChar}},
		"a named pipe":               {{Name: "evil", Typeflag: tar.TypeFifo}},
		"a file instead of a folder": {{Name: "a"}, {Name: "a/b"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			outer := t.TempDir()
			dir := filepath.Join(outer, "in")
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			err := embedded.UnpackTar(t.Context(), archive(t, entries...), dir)
			if err == nil || !strings.Contains(err.Error(), "unpack \"") {
				t.Errorf("error is %v, want one that names the entry", err)
			}
			if outside, err := os.ReadDir(outer); err != nil || len(outside) != 1 {
				t.Errorf("written outside: %v, %v", outside, err)
			}
		})
	}
}

func TestH10_UnpackRefusesABomb(t *testing.T) {
	t.Parallel()
	var stream bytes.Buffer
	writer := tar.NewWriter(&stream)
	// The header alone is enough: the size is refused before it is read.
	if err := writer.WriteHeader(&tar.Header{Name: "zeros", Size: 2 << 30, Mode: 0o644}); err != nil {
		t.Fatal(err)
	}
	err := embedded.UnpackTar(t.Context(), &stream, t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "grows beyond 1024 MB") {
		t.Errorf("error is %v, want the limit", err)
	}
}

func TestI5_UnpackRefusesACutArchive(t *testing.T) {
	t.Parallel()
	whole := archive(t, tar.Header{Name: "bin/postgres"}).Bytes()
	err := embedded.UnpackTar(t.Context(), bytes.NewReader(whole[:514]), t.TempDir())
	if err == nil {
		t.Error("no error")
	}
}

func TestUnpack_StopsWhenCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := embedded.UnpackTar(ctx, archive(t, tar.Header{Name: "a"}), t.TempDir())
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want cancelled", err)
	}
}

// archive returns a tar of small files, or of entries as described.
func archive(t *testing.T, entries ...tar.Header) *bytes.Buffer {
	t.Helper()
	var stream bytes.Buffer
	writer := tar.NewWriter(&stream)
	for _, header := range entries {
		content := "content"
		if header.Typeflag != 0 && header.Typeflag != tar.TypeReg {
			content = ""
		}
		header.Size = int64(len(content))
		if err := writer.WriteHeader(&header); err != nil {
			t.Fatal(err)
		}
		if _, err := writer.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return &stream
}

// modes returns the mode of everything below dir.
func modes(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		found[name] = info.Mode().String()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
