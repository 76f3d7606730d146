//go:build unix

package embedded

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"liftoff"
)

// home is the folder that Options.DataDir names, and what lies in it.
type home struct{ path string }

// data is PostgreSQL's own data directory.
func (h home) data() string { return filepath.Join(h.path, "data") }

// passwordFile holds the password; its mode is 0600. It lies in the data directory,
// so that the two are moved, copied and restored together.
func (h home) passwordFile() string { return filepath.Join(h.data(), "liftoff_password") }

// olderPasswordFile is where the first versions kept the password, beside the data
// directory. It counts for a data directory without a password in it.
func (h home) olderPasswordFile() string { return filepath.Join(h.path, "password") }

// logFile is the server's own log.
func (h home) logFile() string { return filepath.Join(h.path, "postgres.log") }

// ownerLock is held by the process that runs the server.
func (h home) ownerLock() string { return filepath.Join(h.path, "lock") }

// usersLock is held, shared, by each process that uses another's server.
func (h home) usersLock() string { return filepath.Join(h.path, "users") }

func (h home) factsFile() string    { return filepath.Join(h.path, "server.json") }
func (h home) binariesFile() string { return filepath.Join(h.path, "binaries.json") }

// portFile keeps the port of the background server.
func (h home) portFile() string { return filepath.Join(h.path, "port.json") }

// create makes the folder. Other users may enter root's folder, because the
// server runs as one of them, but not list it. A normal user's folder is closed
// to all others.
func (h home) create() error {
	mode := fs.FileMode(0o700)
	if os.Geteuid() == 0 {
		mode = 0o711
	}
	if err := makeDir(h.path, mode); err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	return nil
}

// checkNotForeign refuses a folder that holds files and is not ours: we would
// write among them, and replace a file that is called password. It is ours if it
// has our lock, the first file that a start makes, or a PostgreSQL data directory,
// as a backup has. An empty data directory, and the lost+found of a disk, may be in
// a folder that is new.
func (h home) checkNotForeign() error {
	// List before looking for the lock: another process's first start makes the
	// lock before any other file.
	entries, err := os.ReadDir(h.path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return nil // making the folder says what is wrong
	case errors.Is(err, fs.ErrPermission):
		if foreign := checkOwner(h.path); foreign != nil {
			return foreign
		}
		fallthrough
	case err != nil:
		return fmt.Errorf("read the data folder: %w", pathError(err))
	}
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool {
		return e.IsDir() && (e.Name() == "lost+found" || e.Name() == filepath.Base(h.data()))
	})
	if len(entries) == 0 || h.hasLock() {
		return nil
	}
	if _, err := os.Stat(filepath.Join(h.data(), "PG_VERSION")); err == nil {
		return nil
	}
	return liftoff.NewError(liftoff.Usage,
		fmt.Errorf("the data folder %q holds other files than those of liftoff; nothing was written", h.path),
		"name an empty or a new folder with EMBEDDED_DATA_DIR")
}

// hasLock reports whether the owner's lock is there: an empty file, unlike the
// link or the folder of that name in /var.
func (h home) hasLock() bool {
	info, err := os.Lstat(h.ownerLock())
	return err == nil && info.Mode().IsRegular() && info.Size() == 0
}

// major returns the major version that made the data directory, or 0 if it does
// not exist.
func (h home) major() (int, error) {
	file := filepath.Join(h.data(), "PG_VERSION")
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, h.checkNoRemains()
	}
	if err != nil {
		return 0, fmt.Errorf("read the data directory's version: %w", pathError(err))
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, liftoff.NewError(liftoff.Database,
			fmt.Errorf("the data directory %q has no readable version in %q", h.data(), file),
			"restore the directory from a backup, or move it away to begin with an empty database")
	}
	return major, nil
}

// checkNoRemains refuses a data directory that has files but no version: our own
// initialisation never leaves one.
func (h home) checkNoRemains() error {
	entries, err := os.ReadDir(h.data())
	if errors.Is(err, fs.ErrNotExist) || (err == nil && len(entries) == 0) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the data directory: %w", pathError(err))
	}
	return liftoff.NewError(liftoff.Database,
		fmt.Errorf("the directory %q has files in it but is not a PostgreSQL data directory", h.data()),
		"restore it from a backup, or move it away to begin with an empty database")
}

// password reads the server's password.
func (h home) password() (string, error) {
	text, err := os.ReadFile(h.usedPasswordFile())
	if errors.Is(err, fs.ErrNotExist) {
		return "", liftoff.NewError(liftoff.Database,
			fmt.Errorf("the data directory %q exists, but its password file %q is missing", h.data(), h.passwordFile()),
			"restore the password file, or move the data directory away to begin with an empty database")
	}
	if err != nil {
		return "", fmt.Errorf("read the server's password: %w", pathError(err))
	}
	return strings.TrimSpace(string(text)), nil
}

// usedPasswordFile returns the file that password reads.
func (h home) usedPasswordFile() string {
	if _, err := os.Lstat(h.passwordFile()); errors.Is(err, fs.ErrNotExist) {
		return h.olderPasswordFile()
	}
	return h.passwordFile()
}

// adoptPassword copies a password that lies beside the data directory into it, for
// the server's user. Call it once the server has accepted the password.
func (h home) adoptPassword(password string, a account) error {
	if _, err := os.Lstat(h.passwordFile()); !errors.Is(err, fs.ErrNotExist) {
		return pathError(err)
	}
	return writeFileFor(a, h.passwordFile(), []byte(password+"\n"))
}

// facts is what a second process must know to join. It has no password.
type facts struct {
	PID     int    `json:"pid"`
	Host    string `json:"host"`
	Port    int    `json:"port"`
	Version string `json:"version"`
	// IsBackground says that PID keeps the server up until `liftoff db stop`.
	IsBackground bool `json:"background,omitempty"`
	// IsStopping says that PID has done so. There is nothing to join any more.
	IsStopping bool `json:"stopping,omitempty"`
}

// facts returns the facts and whether the owner has written them, and is not stopping.
func (h home) facts() (facts, bool) {
	var f facts
	err := readJSON(h.factsFile(), &f)
	return f, err == nil && f.Port != 0 && !f.IsStopping
}

// stopping returns the process id of an owner that keeps a background server up only
// for those who use it; 0 if there is none.
func (h home) stopping() int {
	var f facts
	if err := readJSON(h.factsFile(), &f); err != nil || !f.IsStopping {
		return 0
	}
	return f.PID
}

func (h home) removeFacts() error {
	err := os.Remove(h.factsFile())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the server.json of an earlier server: %w", pathError(err))
	}
	return nil
}

// remembered is the last start's choice of binaries. Size and Modified show
// whether the program file is still the same.
type remembered struct {
	binaries

	Size     int64 `json:"size"`
	Modified int64 `json:"modified_ns"`
}

// remember saves the choice: the next start need not run programs to learn their
// versions.
func (h home) remember(b binaries) error {
	info, err := os.Stat(filepath.Join(b.Dir, "postgres"))
	if err != nil {
		return fmt.Errorf("check the server program: %w", pathError(err))
	}
	return writeJSON(h.binariesFile(), remembered{b, info.Size(), info.ModTime().UnixNano()})
}

// recall returns the saved choice if its program file is unchanged.
func (h home) recall() (binaries, bool) {
	var r remembered
	if err := readJSON(h.binariesFile(), &r); err != nil {
		return binaries{}, false
	}
	info, err := os.Stat(filepath.Join(r.Dir, "postgres"))
	if err != nil || info.Size() != r.Size || info.ModTime().UnixNano() != r.Modified {
		return binaries{}, false
	}
	return r.binaries, true
}

func readJSON(path string, value any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, value)
}

func writeJSON(path string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode %q: %w", path, err)
	}
	return writeFileAtomically(path, append(text, '\n'), 0o600)
}
