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

// makeDir makes a folder and its parents with the given permissions, regardless
// of the umask. An existing folder stays unchanged.
func makeDir(path string, mode fs.FileMode) error {
	if isDir(path) {
		return nil
	}
	if err := makeParents(filepath.Dir(path)); err != nil {
		return err
	}
	if err := os.Mkdir(path, mode); err != nil {
		if errors.Is(err, fs.ErrExist) && isDir(path) {
			return nil // another process has made it meanwhile
		}
		return pathError(err)
	}
	return pathError(os.Chmod(path, mode))
}

// makeParents makes missing parents. Root's let the server's user pass; those of
// other users follow the XDG specification.
func makeParents(path string) error {
	switch {
	case isDir(path):
		return nil
	case os.Geteuid() == 0:
		return makeDir(path, 0o711)
	}
	return pathError(os.MkdirAll(path, 0o700))
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// matching returns the paths in the folder dir whose names match the pattern.
// Unlike filepath.Glob it takes dir literally, even with brackets in it.
func matching(dir, pattern string) ([]string, error) {
	names, err := fs.Glob(os.DirFS(dir), pattern)
	if err != nil {
		return nil, fmt.Errorf("find %q in %q: %w", pattern, dir, err)
	}
	paths := make([]string, len(names))
	for i, name := range names {
		paths[i] = filepath.Join(dir, name)
	}
	return paths, nil
}

// pathError gives an error about a file its category.
func pathError(err error) error {
	// These two, because they win over all that XDG variables say.
	const hint = "set EMBEDDED_DATA_DIR and EMBEDDED_CACHE_DIR to folders that this user may write to"
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return liftoff.NewError(liftoff.Database, err,
			"free some space, or set EMBEDDED_DATA_DIR and EMBEDDED_CACHE_DIR to folders on another disk")
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return liftoff.NewError(liftoff.Privilege, err, hint)
	default:
		return liftoff.NewError(liftoff.Database, err, hint)
	}
}

// writeFileAtomically writes a file in one step: after a crash it is either the
// old or the new one.
func writeFileAtomically(path string, content []byte, mode fs.FileMode) error {
	return replaceFile(path, func(file *os.File) error { return writeAndClose(file, content, mode) })
}

// writeFileFor is writeFileAtomically for a file that only the account may read.
func writeFileFor(a account, path string, content []byte) error {
	return replaceFile(path, func(file *os.File) error {
		if a.other {
			// By the open file: the account could swap its name for a link.
			if err := file.Chown(int(a.uid), int(a.gid)); err != nil {
				return errors.Join(err, file.Close())
			}
		}
		return writeAndClose(file, content, 0o600)
	})
}

// replaceFile lets write fill and close a temporary file, and gives it its name.
func replaceFile(path string, write func(*os.File) error) error {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return fmt.Errorf("write %q: %w", path, pathError(err))
	}
	err = write(file)
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %q: %w", path, pathError(errors.Join(err, os.Remove(file.Name()))))
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
