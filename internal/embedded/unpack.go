package embedded

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/xi2/xz"
)

const (
	// maxUnpackedBytes bounds what an archive may grow to; the largest has 340 MB.
	maxUnpackedBytes = 1 << 30
	// maxUnpackedFiles bounds the number of entries; the largest has 1,100.
	maxUnpackedFiles = 20_000
)

// unpackTxz unpacks a .tar.xz into the existing, empty folder dir.
func unpackTxz(ctx context.Context, txz []byte, dir string) error {
	decompressed, err := xz.NewReader(bytes.NewReader(txz), 0)
	if err != nil {
		return fmt.Errorf("open the .xz: %w", err)
	}
	return unpackTar(ctx, decompressed, dir)
}

// unpackTar unpacks a tar stream into the existing, empty folder dir. It writes
// nothing outside dir: an entry that leads out is an error.
func unpackTar(ctx context.Context, stream io.Reader, dir string) (err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("open the folder to unpack into: %w", err)
	}
	defer func() { err = errors.Join(err, root.Close()) }()

	u := unpacker{root: root, reader: tar.NewReader(stream), bytesLeft: maxUnpackedBytes}
	for range maxUnpackedFiles {
		if err := ctx.Err(); err != nil {
			return err
		}
		header, err := u.reader.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the archive: %w", err)
		}
		if err := u.entry(header); err != nil {
			return fmt.Errorf("unpack %q: %w", header.Name, err)
		}
	}
	return fmt.Errorf("more than %d entries", maxUnpackedFiles)
}

// unpacker writes the entries of one archive below root.
type unpacker struct {
	root      *os.Root
	reader    *tar.Reader
	bytesLeft int64
}

func (u *unpacker) entry(header *tar.Header) error {
	name := path.Clean(header.Name)
	if !filepath.IsLocal(name) {
		return errors.New("the name leads out of the folder")
	}
	switch header.Typeflag {
	case tar.TypeDir:
		return u.folder(name)
	case tar.TypeReg:
		if err := u.folder(path.Dir(name)); err != nil {
			return err
		}
		return u.file(name, header)
	case tar.TypeSymlink:
		if err := u.folder(path.Dir(name)); err != nil {
			return err
		}
		return u.link(name, header.Linkname)
	default:
		return fmt.Errorf("entry of type %q", header.Typeflag)
	}
}

// folder makes a folder that every user may enter, regardless of the umask:
// root's server runs as another user.
func (u *unpacker) folder(name string) error {
	if info, err := u.root.Stat(name); err == nil && info.IsDir() {
		return nil
	}
	if parent := path.Dir(name); parent != "." {
		if err := u.folder(parent); err != nil {
			return err
		}
	}
	if err := u.root.Mkdir(name, 0o755); err != nil {
		return err
	}
	return u.root.Chmod(name, 0o755)
}

func (u *unpacker) file(name string, header *tar.Header) (err error) {
	if header.Size > u.bytesLeft {
		return fmt.Errorf("the archive grows beyond %d MB", maxUnpackedBytes>>20)
	}
	u.bytesLeft -= header.Size
	file, err := u.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	// The reader gives no more than header.Size bytes.
	if _, err := io.Copy(file, u.reader); err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if header.Mode&0o100 != 0 {
		mode = 0o755
	}
	return file.Chmod(mode)
}

func (u *unpacker) link(name, target string) error {
	if path.IsAbs(target) || !filepath.IsLocal(path.Join(path.Dir(name), target)) {
		return fmt.Errorf("the link to %q leads out of the folder", target)
	}
	return u.root.Symlink(target, name)
}
