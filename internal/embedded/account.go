//go:build unix

package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"liftoff"
)

// nobody is the user that every Unix system keeps for processes which own nothing.
const nobody = 65534

// account is the user that the server runs as.
type account struct {
	uid, gid uint32
	// other is true if this process runs as a different user: root, which
	// PostgreSQL refuses.
	other bool
}

// chooseAccount returns this process's user. For root it returns an unprivileged
// one: the owner of an existing data directory, or else "postgres", or else
// "nobody".
func chooseAccount(dataDir string) (account, error) {
	if os.Geteuid() != 0 {
		return account{uid: uint32(os.Geteuid()), gid: uint32(os.Getegid())}, checkOwner(dataDir)
	}
	if uid, gid, ok := ownerOf(dataDir); ok && uid != 0 {
		return account{uid, gid, true}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		if found, err := user.Lookup(name); err == nil {
			if a, err := accountOf(found); err == nil && a.uid != 0 {
				return a, nil
			}
		}
	}
	return account{nobody, nobody, true}, nil
}

func accountOf(u *user.User) (account, error) {
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return account{}, fmt.Errorf("read the user id of %q: %w", u.Username, err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return account{}, fmt.Errorf("read the group id of %q: %w", u.Username, err)
	}
	return account{uint32(uid), uint32(gid), true}, nil
}

// checkOwner refuses a data directory of another user, as PostgreSQL would,
// but with a next step.
func checkOwner(dataDir string) error {
	uid, _, ok := ownerOf(dataDir)
	if !ok || int(uid) == os.Geteuid() {
		return nil
	}
	return liftoff.NewError(liftoff.Privilege,
		fmt.Errorf("the data directory %q belongs to %s, but this is %s", dataDir, nameOf(int(uid)), nameOf(os.Geteuid())),
		"run liftoff as that user, or set EMBEDDED_DATA_DIR to a folder of your own")
}

// nameOf names a user, by its number too.
func nameOf(uid int) string {
	if found, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return fmt.Sprintf("user %d (%s)", uid, found.Username)
	}
	return fmt.Sprintf("user %d", uid)
}

func ownerOf(path string) (uid, gid uint32, ok bool) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, 0, false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, false
	}
	return stat.Uid, stat.Gid, true
}

// credential is for exec; nil keeps the user.
func (a account) credential() *syscall.Credential {
	if !a.other {
		return nil
	}
	return &syscall.Credential{Uid: a.uid, Gid: a.gid}
}

// give makes the account the owner of everything at and below path. It stays
// below path even if that account swaps a folder for a link meanwhile.
func (a account) give(path string) (err error) {
	if !a.other {
		return nil
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	return fs.WalkDir(root.FS(), ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return root.Lchown(name, int(a.uid), int(a.gid))
	})
}

// checkReach returns a Privilege error naming the first folder on the way to
// path that the account may not enter. Our own account needs no check: this
// process has come past those folders already.
func (a account) checkReach(path string) error {
	if !a.other {
		return nil
	}
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil {
			return fmt.Errorf("check folder %q: %w", dir, err)
		}
		if !a.mayEnter(info) {
			return liftoff.NewError(liftoff.Privilege,
				fmt.Errorf("the server runs as user %d, because PostgreSQL refuses root, but that user may not enter %q", a.uid, dir),
				"run liftoff as a normal user, or set EMBEDDED_DATA_DIR and EMBEDDED_CACHE_DIR to folders that every user may enter")
		}
		if dir == filepath.Dir(dir) {
			return nil
		}
	}
}

func (a account) mayEnter(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return true
	}
	mode := info.Mode().Perm()
	switch {
	case stat.Uid == a.uid:
		return mode&0o100 != 0
	case stat.Gid == a.gid:
		return mode&0o010 != 0
	default:
		return mode&0o001 != 0
	}
}

// explainStart adds the next step to a start that failed because this process
// may not change its user.
func (a account) explainStart(err error) error {
	if a.other && (errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EINVAL)) {
		return liftoff.NewError(liftoff.Privilege,
			fmt.Errorf("change to user %d, because PostgreSQL refuses root: %w", a.uid, err),
			"run liftoff as a normal user: this root user may not change to another one")
	}
	return err
}
