//go:build unix

package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"liftoff"
)

// makeDir makes a folder and its parents with the given permissions whatever
// the umask is; a folder that exists stays as it is.
func makeDir(path string, mode fs.FileMode) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil
	}
	parent := filepath.Dir(path)
	if err := makeParents(parent); err != nil {
		return err
	}
	err := os.Mkdir(path, mode)
	if errors.Is(err, fs.ErrExist) {
		if info, statErr := os.Stat(path); statErr == nil && info.IsDir() {
			return nil // another process made it meanwhile
		}
	}
	if err != nil {
		return pathError(err)
	}
	return pathError(os.Chmod(path, mode))
}

// makeOpenDir makes a folder that every user may enter and read.
func makeOpenDir(path string) error { return makeDir(path, 0o755) }

// makeParents makes missing parents. For root they must let another user
// pass; for anyone else they follow the XDG specification.
func makeParents(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil
	}
	if os.Geteuid() == 0 {
		return makeDir(path, 0o755)
	}
	return pathError(os.MkdirAll(path, 0o700))
}

// pathError gives an error about a file its category.
func pathError(err error) error {
	const hint = "set XDG_DATA_HOME and XDG_CACHE_HOME to folders that this user may write to"
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return liftoff.NewError(liftoff.Privilege, err, hint)
	default:
		return liftoff.NewError(liftoff.Database, err, hint)
	}
}

// writeFileAtomically writes a file that is either old or new, never half.
func writeFileAtomically(path string, content []byte, mode fs.FileMode) error {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return fmt.Errorf("write %q: %w", path, err)
	}
	err = errors.Join(writeAndClose(file, content, mode), nil)
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %q: %w", path, errors.Join(err, os.Remove(file.Name())))
	}
	return nil
}

func writeAndClose(file *os.File, content []byte, mode fs.FileMode) error {
	_, err := file.Write(content)
	if err == nil {
		err = file.Chmod(mode)
	}
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}
