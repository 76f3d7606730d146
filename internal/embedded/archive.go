package embedded

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"liftoff"
)

// maxArchiveBytes bounds what is read into memory; the largest archive has 71 MB.
const maxArchiveBytes = 128 << 20

// readArchive returns the .txz in the file at path, which may be the .txz
// itself or a .jar around it. The file is read into memory whole: what was
// checked is what gets unpacked, even if the file changes meanwhile.
func readArchive(path string, want pin) (txz []byte, err error) {
	file, err := os.Open(path)
	if err == nil {
		txz, err = readBounded(file)
	}
	if err == nil {
		txz, err = want.verify(txz)
	}
	if err != nil {
		return nil, liftoff.NewError(liftoff.Usage,
			fmt.Errorf("read PostgreSQL archive %q: %w", path, err), archiveHint(want.platform))
	}
	return txz, nil
}

// verify returns the .txz in data, a .txz or a .jar, if its SHA-256 is the
// pinned one.
func (p pin) verify(data []byte) ([]byte, error) {
	txz := data
	if bytes.HasPrefix(data, []byte("PK")) {
		var err error
		if txz, err = txzInJar(data); err != nil {
			return nil, err
		}
	}
	sum := sha256.Sum256(txz)
	got := hex.EncodeToString(sum[:])
	if got == p.sha256 {
		return txz, nil
	}
	if other := platformOf(got); other != "" {
		return nil, fmt.Errorf("it is for %s, but this machine is %s", other, p.platform)
	}
	return nil, fmt.Errorf("it is not one that this program knows (SHA-256 %s, expected %s)", got, p.sha256)
}

func archiveHint(platform string) string {
	return fmt.Sprintf("give the .jar or .txz of embedded-postgres-binaries-%s, version %s.0, or set POSTGRES_HOST",
		platform, archiveVersion)
}

// txzInJar returns the only .txz in a .jar, which is a ZIP file.
func txzInJar(data []byte) ([]byte, error) {
	jar, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("open it as a .jar: %w", err)
	}
	// The only error is a bad pattern.
	names, _ := fs.Glob(jar, "*.txz")
	if len(names) == 0 {
		return nil, errors.New("no .txz in this .jar")
	}
	file, err := jar.Open(names[0])
	if err != nil {
		return nil, fmt.Errorf("open %q in the .jar: %w", names[0], err)
	}
	return readBounded(file)
}

// readBounded reads a file to its end and closes it.
func readBounded(file io.ReadCloser) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(file, maxArchiveBytes+1))
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	if len(data) > maxArchiveBytes {
		return nil, fmt.Errorf("larger than %d MB", maxArchiveBytes>>20)
	}
	return data, nil
}
