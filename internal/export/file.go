package export

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"liftoff"
)

// defaultMode is the mode of a new file, before the umask. It keeps out other
// users, who may not read the database either.
const defaultMode fs.FileMode = 0o640

// maxLinks is how many links in a row are followed, as many as Linux does.
const maxLinks = 40

// WriteFile creates or replaces the file path with what write writes. The file
// appears only once it is complete; until then it is next to it with the suffix
// .partial, and after an error that is removed. A file that cannot be replaced,
// because something is mounted on it, gets the complete content written into it.
// A path that cannot be a file is a liftoff.Usage error.
func WriteFile(path string, write func(io.Writer) error) error {
	named := path
	path, mode, err := inspect(path)
	if err != nil {
		return err
	}
	// A unique name, so that two exports at the same time cannot mix.
	partial := path + "." + rand.Text()[:8] + ".partial"
	file, err := os.OpenFile(partial, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		// The user knows nothing of the partial file.
		if refusal, isPath := errors.AsType[*fs.PathError](err); isPath {
			err = refusal.Err
		}
		return liftoff.NewError(liftoff.Usage, fmt.Errorf("create the output file %q: %w", named, err),
			"choose a folder that exists and that you may write to, or write to stdout with - as its name")
	}
	defer func() { _ = os.Remove(partial) }() // after success it is gone already
	defer func() { _ = file.Close() }()       // after success it is closed already
	if err := write(file); err != nil {
		return err
	}
	return finish(file, path)
}

// finish syncs a file to disk and gives it its final name.
func finish(file *os.File, path string) error {
	if err := file.Sync(); err != nil {
		return fmt.Errorf("sync the output file to disk: %w", err)
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("close the output file: %w", err)
	}
	err := os.Rename(file.Name(), path)
	if errors.Is(err, syscall.EBUSY) {
		// A container's mount of the one file, which nothing can take the place of.
		return copyInto(file.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("rename the output file: %w", err)
	}
	return nil
}

// copyInto writes the complete file into the one at path.
func copyInto(complete, path string) error {
	source, err := os.Open(complete)
	if err != nil {
		return fmt.Errorf("read the complete output file: %w", err)
	}
	defer func() { _ = source.Close() }() // it is only read
	target, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return liftoff.NewError(liftoff.Usage, fmt.Errorf("open the mounted output file: %w", err),
			"mount it so that you may write to it, or mount its folder instead")
	}
	_, err = io.Copy(target, source)
	if err := errors.Join(err, target.Sync(), target.Close()); err != nil {
		return liftoff.NewError(liftoff.Internal, fmt.Errorf("write into the mounted output file, which is incomplete now: %w", err),
			"make room, or mount its folder instead, and run the command again")
	}
	return nil
}

// inspect follows links and returns the file that path leads to and the mode
// for it. A folder or device must not be replaced by a file.
func inspect(path string) (string, fs.FileMode, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return linked(path), defaultMode, nil
	}
	if err != nil {
		return "", 0, liftoff.NewError(liftoff.Usage, fmt.Errorf("check the output file: %w", err), "choose another file")
	}
	if !info.Mode().IsRegular() {
		return "", 0, liftoff.NewError(liftoff.Usage, fmt.Errorf("the output file %q is a %s", path, kind(info)),
			"choose a regular file, or write to stdout with - as its name")
	}
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", 0, fmt.Errorf("check the output file: %w", err)
	}
	return target, info.Mode().Perm(), nil
}

// linked follows links to a file that is not there yet, so that the file is made
// and the link stays. Go's own EvalSymlinks needs a file.
func linked(path string) string {
	for range maxLinks {
		target, err := os.Readlink(path)
		if err != nil {
			break // not a link
		}
		if !filepath.IsAbs(target) {
			// Not with Join, which would take ".." for the folder above a linked one.
			target = filepath.Dir(path) + string(filepath.Separator) + target
		}
		path = target
	}
	return path
}

func kind(info fs.FileInfo) string {
	if info.IsDir() {
		return "folder"
	}
	return "device, pipe or socket"
}
