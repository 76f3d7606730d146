package telemetry

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// file appends lines to a path that other processes may write to, rotate,
// move away or truncate at the same time. Its owner calls it from one
// goroutine at a time.
type file struct {
	path     string
	maxBytes int64
	maxFiles int
	// handle is nil while the file is not open; info identifies the file it
	// is open on.
	handle *os.File
	info   fs.FileInfo
}

func newFile(path string, maxBytes int64, maxFiles int) *file {
	return &file{path: path, maxBytes: maxBytes, maxFiles: max(maxFiles, 1)}
}

// write rotates the file if that is due and appends the line in one piece. It
// reports whether the line is in the file; true with an error means that only
// the rotation failed.
func (f *file) write(line []byte) (isWritten bool, err error) {
	size, err := f.follow()
	if err != nil {
		return false, err
	}
	var rotateErr error
	if f.maxBytes > 0 && size > 0 && size+int64(len(line)) > f.maxBytes {
		rotateErr = f.rotate()
		if _, err := f.follow(); err != nil {
			return false, err
		}
	}
	n, err := f.handle.Write(line)
	if err != nil {
		f.takeBack(n)
		return false, err
	}
	return true, rotateErr
}

// close closes the file; the next write would open it again.
func (f *file) close() error {
	if f.handle == nil {
		return nil
	}
	err := f.handle.Close()
	f.handle = nil
	if err != nil {
		return fmt.Errorf("close log file: %w", err)
	}
	return nil
}

// follow makes handle the file that the path names now and returns its size.
// It runs before each line, because the path names another file after a
// rotation by another process or by logrotate.
func (f *file) follow() (int64, error) {
	info, err := os.Lstat(f.path)
	if err == nil && f.handle != nil && os.SameFile(info, f.info) {
		return info.Size(), nil
	}
	if err == nil {
		// Before opening, because opening a device or a fifo can have effects.
		if err := checkRegular(info); err != nil {
			return 0, err
		}
	}
	// Every line of the old file was written by a system call of its own, so an
	// error from closing it loses nothing.
	_ = f.close()
	return f.open()
}

func (f *file) open() (int64, error) {
	handle, err := os.OpenFile(f.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY|safeOpen, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, errors.New("its folder does not exist")
	}
	if err != nil {
		return 0, err
	}
	info, err := checkOpened(handle)
	if err != nil {
		_ = handle.Close() // nothing was written to it
		return 0, err
	}
	f.handle, f.info = handle, info
	return info.Size(), nil
}

// checkOpened returns what handle is open on, or why it must not be used.
func checkOpened(handle *os.File) (fs.FileInfo, error) {
	info, err := handle.Stat()
	if err != nil {
		return nil, err
	}
	if err := checkRegular(info); err != nil {
		return nil, err
	}
	return info, checkOwner(info)
}

// checkRegular refuses anything but a regular file: with a link, anyone who can
// write to the folder could make us append to any file of ours.
func checkRegular(info fs.FileInfo) error {
	mode := info.Mode()
	switch {
	case mode.IsRegular():
		return nil
	case mode&fs.ModeSymlink != 0:
		return errors.New("it is a symbolic link")
	case mode.IsDir():
		return errors.New("it is a directory")
	case mode&fs.ModeNamedPipe != 0:
		return errors.New("it is a named pipe")
	case mode&fs.ModeDevice != 0:
		return errors.New("it is a device")
	default:
		return errors.New("it is not a regular file")
	}
}

// takeBack removes the n bytes of a line that did not fit, unless another
// process has appended after them. Otherwise the next line would continue the
// torn one.
func (f *file) takeBack(n int) {
	if n == 0 {
		return
	}
	end, err := f.handle.Seek(0, io.SeekCurrent)
	if err != nil {
		return
	}
	if info, err := f.handle.Stat(); err == nil && info.Size() == end {
		_ = f.handle.Truncate(end - int64(n)) // the line is reported as lost either way
	}
}

// reason returns the cause of err without the path, which is logged beside it.
func reason(err error) string {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		return pathErr.Err.Error()
	}
	if linkErr, ok := errors.AsType[*os.LinkError](err); ok {
		return fmt.Sprintf("%s: %v", linkErr.New, linkErr.Err)
	}
	return err.Error()
}
