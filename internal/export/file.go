package export

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"liftoff"
)

// defaultMode is that of a new file; the process's umask takes from it. Who else
// may read it is for its owner to say.
const defaultMode fs.FileMode = 0o640

// WriteFile makes the file path of what write writes. The file appears when it
// is whole, in place of the one that was there; until then it is beside it
// with the suffix .partial, and after an error there is nothing. A path that
// cannot be a file is a liftoff.Usage error.
func WriteFile(path string, write func(io.Writer) error) error {
	path, mode, err := inspect(path)
	if err != nil {
		return err
	}
	// A name of its own, so that two exports at once cannot mix.
	partial := path + "." + rand.Text()[:8] + ".partial"
	file, err := os.OpenFile(partial, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return liftoff.NewError(liftoff.Usage, fmt.Errorf("create the output file: %w", err),
			"name a file in a folder that exists and that you may write to")
	}
	defer func() { _ = os.Remove(partial) }() // not there any more when all went well
	defer func() { _ = file.Close() }()       // for the second time when all went well
	if err := write(file); err != nil {
		return err
	}
	return finish(file, path)
}

// finish makes a file last and gives it its name.
func finish(file *os.File, path string) error {
	if err := file.Sync(); err != nil {
		return fmt.Errorf("make the output file last: %w", err)
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("close the output file: %w", err)
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return fmt.Errorf("name the output file: %w", err)
	}
	return nil
}

// inspect returns the file that path leads to, through links, and the mode it
// shall have. What is there and is no file must not be replaced by one.
func inspect(path string) (string, fs.FileMode, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path, defaultMode, nil
	}
	if err != nil {
		return "", 0, liftoff.NewError(liftoff.Usage, fmt.Errorf("look at the output file: %w", err), "name another file")
	}
	if !info.Mode().IsRegular() {
		return "", 0, liftoff.NewError(liftoff.Usage, fmt.Errorf("the output file %q is there and is no file but a %s", path, kind(info)),
			"name a file, or none for stdout")
	}
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", 0, fmt.Errorf("look at the output file: %w", err)
	}
	return target, info.Mode().Perm(), nil
}

func kind(info fs.FileInfo) string {
	if info.IsDir() {
		return "folder"
	}
	return "device, pipe or socket"
}
