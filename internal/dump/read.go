package dump

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	fastflate "github.com/klauspost/compress/flate"

	"liftoff"
)

// maxManifest bounds the manifest in memory; a real one has a few kilobytes.
const maxManifest = 1 << 20

// File is an open dump. Close it when done.
type File struct {
	Manifest Manifest

	path    string
	archive *zip.ReadCloser
}

// Open opens a dump and reads its manifest. A file that is none, is incomplete, or was
// made by a newer version in another format is a liftoff.Usage error.
func Open(path string) (*File, error) {
	archive, err := zip.OpenReader(path)
	if errors.Is(err, zip.ErrFormat) {
		return nil, liftoff.NewError(liftoff.Usage, fmt.Errorf("%q is not a dump of liftoff, or it is incomplete", path),
			"name a file that `db dump` has made")
	}
	if _, isPath := errors.AsType[*os.PathError](err); isPath {
		return nil, liftoff.NewError(liftoff.Usage, fmt.Errorf("open the dump: %w", err), "name a file that `db dump` has made")
	}
	if err != nil {
		return nil, fmt.Errorf("open the dump %q: %w", path, err)
	}
	archive.RegisterDecompressor(zip.Deflate, fastflate.NewReader)
	f := &File{path: path, archive: archive}
	if err := f.readManifest(); err != nil {
		return nil, errors.Join(err, archive.Close())
	}
	return f, nil
}

// Close closes the file.
func (f *File) Close() error { return f.archive.Close() }

func (f *File) readManifest() error {
	entry, err := f.archive.Open(manifestName)
	if err != nil {
		return liftoff.NewError(liftoff.Usage, fmt.Errorf("%q is a ZIP archive, but not a dump of liftoff", f.path),
			"name a file that `db dump` has made")
	}
	defer func() { _ = entry.Close() }() // it is only read
	if err := json.NewDecoder(io.LimitReader(entry, maxManifest)).Decode(&f.Manifest); err != nil {
		return f.damaged(fmt.Errorf("its manifest cannot be read: %w", err))
	}
	switch m := f.Manifest; {
	case m.Program != program || m.Format < 1:
		return f.damaged(errors.New("its manifest is not one of liftoff"))
	case len(m.Tables) == 0:
		return f.damaged(errors.New("its manifest names no table"))
	case m.Format > formatVersion:
		return liftoff.NewError(liftoff.Usage,
			fmt.Errorf("the dump %q has format %d, but this program knows only format %d", f.path, m.Format, formatVersion),
			fmt.Sprintf("use a newer liftoff, such as the one that made it (%s)", m.ProgramVersion))
	}
	return nil
}

// Read gives the rows of a table to use, which returns how many it has taken, and
// compares that and the sum with the manifest. Differences are a liftoff.Usage error.
func (f *File) Read(table Table, use func(io.Reader) (rows int64, err error)) error {
	entry, err := f.archive.Open(entryName(table.Name))
	if err != nil {
		return f.damaged(fmt.Errorf("the table %s is missing in it", table.Name))
	}
	defer func() { _ = entry.Close() }() // it is only read
	sum := sha256.New()
	source := &noting{from: io.TeeReader(entry, sum)}
	rows, err := use(source)
	isRefused := liftoff.CategoryOf(err) == liftoff.Usage
	if isRefused {
		// A damaged file may give rows that do not fit; only its end shows the damage.
		_, _ = io.Copy(io.Discard, source) // an error is in source
	}
	switch {
	case source.err != nil:
		return f.damaged(fmt.Errorf("the table %s cannot be read: %w", table.Name, source.err))
	case err != nil && !isRefused:
		return err
	case hexOf(sum) != table.SHA256:
		return f.damaged(fmt.Errorf("the table %s has the SHA-256 %s, and not %s as the manifest says", table.Name, hexOf(sum), table.SHA256))
	case err != nil:
		return err
	case rows != table.Rows:
		return f.damaged(fmt.Errorf("the table %s has %d rows, and not %d as the manifest says", table.Name, rows, table.Rows))
	}
	return nil
}

func (f *File) damaged(cause error) error {
	return liftoff.NewError(liftoff.Usage, fmt.Errorf("the dump %q is damaged: %w", f.path, cause),
		"use another copy of it; nothing was restored")
}

// noting remembers why a file could not be read: the database only says that its
// client has given up.
type noting struct {
	from io.Reader
	err  error
}

func (n *noting) Read(into []byte) (int, error) {
	count, err := n.from.Read(into)
	if err != nil && !errors.Is(err, io.EOF) {
		n.err = err
	}
	return count, err
}
