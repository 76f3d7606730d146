// Package dump writes and reads the file of `liftoff db dump`: a ZIP archive with a
// manifest, and each table as PostgreSQL's COPY writes it as text. It streams: memory
// does not grow with the number of rows. It knows no database.
package dump

import (
	"archive/zip"
	"compress/flate"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"time"

	fastflate "github.com/klauspost/compress/flate"
)

const (
	// formatVersion counts up when a file can no longer be read by older versions.
	formatVersion = 1
	// program is what tells our files from other ZIP archives.
	program = "liftoff"
	// manifestName is the last entry, because it has the sums of the others.
	manifestName = "manifest.json"
	// level trades size for speed: documents shrink to a fifth.
	level = flate.BestSpeed
)

// Manifest says what is in a dump.
type Manifest struct {
	// Program and Format tell which files this package can read.
	Program string `json:"program"`
	Format  int    `json:"format"`
	// ProgramVersion and ServerVersion are those of liftoff and PostgreSQL that wrote it.
	ProgramVersion string `json:"program_version"`
	ServerVersion  string `json:"server_version"`
	Database       string `json:"database"`
	// SchemaVersion is that of the newest migration the database had.
	SchemaVersion int64 `json:"schema_version"`
	// DumpedAt is the moment of the snapshot, in UTC.
	DumpedAt time.Time `json:"dumped_at"`
	// Tables are in the order in which they can be restored.
	Tables []Table `json:"tables"`
	// Numbers are what the sequences have given.
	Numbers []Number `json:"numbers"`
}

// Table is one table of a dump.
type Table struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
	Rows    int64    `json:"rows"`
	// SHA256 is that of the entry's content, in hexadecimal digits.
	SHA256 string `json:"sha256"`
}

// Number is the last number that a column's sequence has given; nil for none.
type Number struct {
	Table  string `json:"table"`
	Column string `json:"column"`
	Last   *int64 `json:"last"`
}

// Reader reads the tables of one snapshot.
type Reader interface {
	// CopyOut writes the rows of a table as text, and returns how many there are.
	CopyOut(ctx context.Context, table string, columns []string, out io.Writer) (rows int64, err error)
}

// Write writes a dump of the tables in the manifest, and returns the manifest with
// their rows and sums. Errors of the reader are wrapped and keep their category.
func Write(ctx context.Context, out io.Writer, reader Reader, manifest Manifest) (Manifest, error) {
	manifest.Program, manifest.Format = program, formatVersion
	archive := zip.NewWriter(out)
	archive.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) { return fastflate.NewWriter(out, level) })
	for i, table := range manifest.Tables {
		entry, err := create(archive, entryName(table.Name), manifest.DumpedAt)
		if err != nil {
			return manifest, err
		}
		sum := sha256.New()
		table.Rows, err = reader.CopyOut(ctx, table.Name, table.Columns, io.MultiWriter(entry, sum))
		if err != nil {
			return manifest, fmt.Errorf("dump %s: %w", table.Name, err)
		}
		table.SHA256 = hexOf(sum)
		manifest.Tables[i] = table
	}
	entry, err := create(archive, manifestName, manifest.DumpedAt)
	if err != nil {
		return manifest, err
	}
	encoder := json.NewEncoder(entry)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(manifest); err != nil {
		return manifest, fmt.Errorf("write the manifest of the dump: %w", err)
	}
	if err := archive.Close(); err != nil {
		return manifest, fmt.Errorf("write the end of the dump: %w", err)
	}
	return manifest, nil
}

func create(archive *zip.Writer, name string, modified time.Time) (io.Writer, error) {
	entry, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: modified})
	if err != nil {
		return nil, fmt.Errorf("begin %s in the dump: %w", name, err)
	}
	return entry, nil
}

// entryName is the name of a table's entry.
func entryName(table string) string { return table + ".copy" }

func hexOf(sum hash.Hash) string { return hex.EncodeToString(sum.Sum(nil)) }
