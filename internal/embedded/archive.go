package embedded

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"liftoff"
)

// maxArchiveBytes bounds what is read into memory; the largest archive has 71 MB.
const maxArchiveBytes = 128 << 20

// readArchive returns the .txz in the file at path, which may be the .txz
// itself or a .jar around it, after its SHA-256 was found to be the pinned
// one. It is read into memory whole, so that what was checked is what gets
// unpacked even when the file changes meanwhile.
func readArchive(path string, want pin) ([]byte, error) {
	txz, err := readTxz(path)
	if err != nil {
		return nil, liftoff.NewError(liftoff.Usage,
			fmt.Errorf("read PostgreSQL archive %q: %w", path, err),
			archiveHint(want.platform))
	}
	sum := sha256.Sum256(txz)
	got := hex.EncodeToString(sum[:])
	if got == want.sha256 {
		return txz, nil
	}
	problem := fmt.Errorf("the archive %q is not one that this program knows (SHA-256 %s, known is %s)",
		path, got, want.sha256)
	if other := platformOf(got); other != "" {
		problem = fmt.Errorf("the archive %q is for %s, this machine is %s", path, other, want.platform)
	}
	return nil, liftoff.NewError(liftoff.Usage, problem, archiveHint(want.platform))
}

func archiveHint(platform string) string {
	return fmt.Sprintf("give the .jar or .txz of embedded-postgres-binaries-%s, version %s.0, or set POSTGRES_HOST",
		platform, archiveVersion)
}

func readTxz(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	data, err := readBounded(file)
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	if bytes.HasPrefix(data, []byte("PK")) {
		return txzInJar(data)
	}
	return data, nil
}

// txzInJar returns the only .txz in a .jar, which is a ZIP file.
func txzInJar(data []byte) ([]byte, error) {
	jar, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("open it as a .jar: %w", err)
	}
	for _, entry := range jar.File {
		if strings.HasSuffix(entry.Name, ".txz") {
			return readEntry(entry)
		}
	}
	return nil, errors.New("no .txz in this .jar")
}

func readEntry(entry *zip.File) ([]byte, error) {
	reader, err := entry.Open()
	if err != nil {
		return nil, fmt.Errorf("open %q in the .jar: %w", entry.Name, err)
	}
	data, err := readBounded(reader)
	if err := errors.Join(err, reader.Close()); err != nil {
		return nil, fmt.Errorf("read %q in the .jar: %w", entry.Name, err)
	}
	return data, nil
}

func readBounded(reader io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(reader, maxArchiveBytes+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxArchiveBytes {
		return nil, fmt.Errorf("larger than %d MB", maxArchiveBytes>>20)
	}
	return data, nil
}
