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

// checkTrusted returns a Usage error if somebody else than this user and root can
// change what is in a folder: we would run their programs. The folder may not exist
// yet. It also looks at the folders above, and at the links on the way. What root has
// opened to all on purpose is accepted, such as a volume of a container: programs that
// others put there are theirs, which checkPrograms sees.
func checkTrusted(dir string) error {
	if err := checkWay(dir); err != nil {
		return err
	}
	resolved, err := filepath.EvalSymlinks(dir)
	if errors.Is(err, fs.ErrNotExist) || resolved == dir {
		return nil
	}
	if err != nil {
		return fmt.Errorf("check who can change %q: %w", dir, pathError(err))
	}
	return checkWay(resolved)
}

// checkWay checks a folder and those above it.
func checkWay(dir string) error {
	for above := dir; ; above = filepath.Dir(above) {
		info, err := os.Lstat(above)
		if err == nil && !isTrusted(info) && !isRoots(info) {
			return untrusted(above)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("check who can change %q: %w", above, pathError(err))
		}
		if above == filepath.Dir(above) {
			return nil
		}
	}
}

// checkPrograms is checkTrusted for a folder with programs and all that is in it.
func checkPrograms(dir string) error {
	if err := checkTrusted(dir); err != nil {
		return err
	}
	resolved, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return fmt.Errorf("check the program files: %w", pathError(err))
	}
	return filepath.WalkDir(resolved, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("check the program files: %w", pathError(err))
		}
		info, err := entry.Info()
		if err == nil && !isTrusted(info) {
			return untrusted(path)
		}
		return err
	})
}

func untrusted(path string) error {
	return liftoff.NewError(liftoff.Usage,
		fmt.Errorf("%q can be changed by another user, who could put other programs there than those of PostgreSQL", path),
		"name a folder that only this user can write to with EMBEDDED_CACHE_DIR, or take it from the others: chown it, chmod go-w")
}

func isRoots(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Uid == 0
}

// isTrusted reports whether only this user and root can change a file or a folder.
// In a sticky folder, such as /tmp, others cannot touch what is ours. A group with
// the number of the user has only this user in it.
func isTrusted(info fs.FileInfo) bool {
	const writableByGroup, writableByOthers = 0o020, 0o002
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	if stat.Uid != 0 && int(stat.Uid) != os.Geteuid() {
		return false
	}
	isSticky := info.IsDir() && info.Mode()&fs.ModeSticky != 0
	if isSticky || info.Mode()&fs.ModeSymlink != 0 {
		return true // a link has no mode of its own
	}
	mode := info.Mode().Perm()
	return mode&writableByOthers == 0 && (mode&writableByGroup == 0 || stat.Gid == 0 || stat.Gid == stat.Uid)
}
