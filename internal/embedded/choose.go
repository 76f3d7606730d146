//go:build unix

package embedded

import (
	"context"
	"fmt"
	"path/filepath"

	"liftoff"
)

// chooser finds the binaries that the account runs.
type chooser struct {
	options Options
	account account
}

func (c chooser) home() home   { return home{c.options.DataDir} }
func (c chooser) cache() cache { return cache{c.options.CacheDir, c.options.Logger} }

// choose returns binaries that can run a data directory of the given major
// version, 0 for a new one. Unless the user named an archive, those of the last
// start are used again if they still fit, or else an installation of this
// machine. The last resort is the fallback, which gets the user's archive: the
// cache's provide, or its foresee.
func (c chooser) choose(ctx context.Context, major int, fallback provider) (binaries, error) {
	if c.options.Archive == "" {
		if found, ok := c.local(ctx, major); ok {
			return found, nil
		}
	}
	if err := c.checkMajor(major); err != nil {
		return binaries{}, err
	}
	return fallback(ctx, c.options.Archive)
}

// provider returns the binaries in an archive file, or, for "", in any archive.
type provider func(ctx context.Context, archive string) (binaries, error)

// local returns remembered or installed binaries for the major version.
func (c chooser) local(ctx context.Context, major int) (binaries, bool) {
	if found, ok := c.home().recall(); ok && majorOf(found.Version) == major && c.mayUseAgain(found) {
		return found, true
	}
	if c.options.ignoreInstalled {
		return binaries{}, false
	}
	for _, found := range installed(ctx, c.account) {
		if major == 0 || majorOf(found.Version) == major {
			return found, true
		}
	}
	return binaries{}, false
}

// mayUseAgain reports whether the binaries of the last start may be used again.
// Unpacked ones must match today's pin, or a newer pin would never be used. For
// data of another major version there is no pin, and only these binaries can
// read it. Those that another user can change are not used.
func (c chooser) mayUseAgain(b binaries) bool {
	if checkPrograms(b.Dir) != nil {
		return false
	}
	if b.Origin == OriginInstalled {
		return !c.options.ignoreInstalled
	}
	if majorOf(b.Version) != archiveMajor {
		return true
	}
	want, err := pinFor(ownPlatform())
	return err == nil && filepath.Base(filepath.Dir(b.Dir)) == filepath.Base(c.cache().unpackedDir(want))
}

// checkMajor refuses a data directory of another major version than the
// archive's. PostgreSQL would refuse it too, but without a next step.
func (c chooser) checkMajor(data int) error {
	if data == 0 || data == archiveMajor {
		return nil
	}
	return liftoff.NewError(liftoff.Usage,
		fmt.Errorf("the data directory %q was made by PostgreSQL %d, but the server here is PostgreSQL %d",
			c.home().data(), data, archiveMajor),
		nextStep(data))
}

// nextStep says how data of another major version get into today's. This program can
// run each version that is installed and new enough.
func nextStep(major int) string {
	if major < minimumMajor {
		return fmt.Sprintf("dump it with PostgreSQL %d (pg_dumpall), move the directory away, start again and restore the dump", major)
	}
	return fmt.Sprintf("install PostgreSQL %d on this machine and run `liftoff db dump FILE`; then move the directory away and run `liftoff db restore FILE`", major)
}
