package export_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/export"
)

// namesIn returns what is in a folder.
func namesIn(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func wantContent(t *testing.T, path, want string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(content) != want {
		t.Errorf("%s has %q, want %q", path, content, want)
	}
}

func writing(text string) func(io.Writer) error {
	return func(out io.Writer) error {
		_, err := io.WriteString(out, text)
		return err
	}
}

func TestWriteFile_AppearsWhenItIsWhole(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "launches.csv")
	err := export.WriteFile(path, func(out io.Writer) error {
		if err := writing("new")(out); err != nil {
			return err
		}
		names := namesIn(t, folder)
		if len(names) != 1 || !strings.HasPrefix(names[0], "launches.csv.") || !strings.HasSuffix(names[0], ".partial") {
			t.Errorf("half-way there are %q", names)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	wantContent(t, path, "new")
	if info, err := os.Stat(path); err != nil || (runtime.GOOS != "windows" && info.Mode()&^0o640 != 0) {
		t.Errorf("its mode is %v, error %v", info.Mode(), err)
	}
	if diff := cmp.Diff([]string{"launches.csv"}, namesIn(t, folder)); diff != "" {
		t.Errorf("the folder (-want +got):\n%s", diff)
	}
}

func TestWriteFile_AnErrorLeavesWhatWasThere(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "launches.csv")
	errStopped := errors.New("stopped")
	failing := func(out io.Writer) error {
		if err := writing("half")(out); err != nil {
			return err
		}
		return errStopped
	}
	if err := export.WriteFile(path, failing); !errors.Is(err, errStopped) {
		t.Errorf("got error %v", err)
	}
	if names := namesIn(t, folder); len(names) != 0 {
		t.Errorf("there are %q after an error", names)
	}
	if err := export.WriteFile(path, writing("old")); err != nil {
		t.Fatal(err)
	}
	if err := export.WriteFile(path, failing); !errors.Is(err, errStopped) {
		t.Errorf("got error %v", err)
	}
	wantContent(t, path, "old")
	if names := namesIn(t, folder); len(names) != 1 {
		t.Errorf("there are %q after an error", names)
	}
}

func TestWriteFile_ReplacesAFileAndKeepsItsMode(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no such modes and links")
	}
	folder := t.TempDir()
	path, link := filepath.Join(folder, "launches.csv"), filepath.Join(folder, "link")
	if err := errors.Join(os.WriteFile(path, []byte("old"), 0o600), os.Symlink(path, link)); err != nil {
		t.Fatal(err)
	}
	if err := export.WriteFile(link, writing("new")); err != nil {
		t.Fatal(err)
	}
	wantContent(t, path, "new")
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o600 {
		t.Errorf("a private file has become one of mode %s", info.Mode())
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link has been replaced: %v, %v", info.Mode(), err)
	}
}

// A link to a missing file in a folder that is there, as a first export meets it.
func TestR15_ALinkToAFileThatIsNotThereYet(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no such links")
	}
	folder := t.TempDir()
	data, aside := filepath.Join(folder, "data", "deep"), filepath.Join(folder, "aside")
	err := errors.Join(os.MkdirAll(data, 0o700), os.Mkdir(aside, 0o700),
		os.Symlink(data, filepath.Join(aside, "folder")),
		os.Symlink("../launches.csv", filepath.Join(data, "up")),
		os.Symlink(filepath.Join(aside, "folder", "up"), filepath.Join(aside, "first.csv")),
		os.Symlink(filepath.Join("no", "where"), filepath.Join(aside, "lost.csv")))
	if err != nil {
		t.Fatal(err)
	}
	for _, content := range []string{"new", "newer"} {
		if err := export.WriteFile(filepath.Join(aside, "first.csv"), writing(content)); err != nil {
			t.Fatal(err)
		}
		wantContent(t, filepath.Join(folder, "data", "launches.csv"), content)
	}
	if err := export.WriteFile(filepath.Join(aside, "lost.csv"), writing("new")); liftoff.CategoryOf(err) != liftoff.Usage {
		t.Errorf("got error %v for a link into a folder that is not there", err)
	}
	if diff := cmp.Diff([]string{"first.csv", "folder", "lost.csv"}, namesIn(t, aside)); diff != "" {
		t.Errorf("the folder of the links (-want +got):\n%s", diff)
	}
	for _, name := range namesIn(t, aside) {
		if info, err := os.Lstat(filepath.Join(aside, name)); err != nil || info.Mode()&fs.ModeSymlink == 0 {
			t.Errorf("the link %s has been replaced: %v", name, err)
		}
	}
}

func TestWriteFile_RefusesWhatIsNoFile(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for path, says := range map[string]string{
		folder:                               "is a folder",
		os.DevNull:                           "is a device",
		filepath.Join(folder, "no", "where"): "no such file or directory",
	} {
		isCalled := false
		err := export.WriteFile(path, func(io.Writer) error { isCalled = true; return nil })
		if liftoff.CategoryOf(err) != liftoff.Usage || !strings.Contains(err.Error(), says) || liftoff.HintOf(err) == "" || isCalled {
			t.Errorf("%s: got error %v of category %v, called %t", path, err, liftoff.CategoryOf(err), isCalled)
		}
	}
}
