//go:build unix

package embedded

import (
	"context"
	"fmt"
	"path/filepath"

	"liftoff"
)

// chooser finds the binaries to run.
type chooser struct {
	home    home
	cache   cache
	account account
	// archive is Options.Archive.
	archive string
	// ignoreInstalled is Options.ignoreInstalled.
	ignoreInstalled bool
}

// choose returns binaries that can run a data directory of the given major
// version, 0 for a new one: the archive that the user named, else those of
// the last start if they are still wanted, else an installation of this machine, else the archive of
// the cache or the network.
func (c chooser) choose(ctx context.Context, major int) (binaries, error) {
	if c.archive != "" {
		if err := c.checkMajor(major, archiveMajor); err != nil {
			return binaries{}, err
		}
		return c.cache.provide(ctx, c.archive)
	}
	if found, ok := c.local(ctx, major); ok {
		return found, nil
	}
	if err := c.checkMajor(major, archiveMajor); err != nil {
		return binaries{}, err
	}
	return c.cache.provide(ctx, "")
}

// local returns remembered or installed binaries for the major version.
func (c chooser) local(ctx context.Context, major int) (binaries, bool) {
	if found, ok := c.home.recall(); ok && majorOf(found.Version) == major && c.mayUseAgain(found) {
		return found, true
	}
	if c.ignoreInstalled {
		return binaries{}, false
	}
	for _, found := range installed(ctx, c.account) {
		if major == 0 || majorOf(found.Version) == major {
			return found, true
		}
	}
	return binaries{}, false
}

// mayUseAgain judges binaries that served before. Unpacked ones must be those
// of today's pin, or a raised pin would never come into use; for data of
// another major version there is no pin, and they are the only way to go on.
func (c chooser) mayUseAgain(b binaries) bool {
	if b.Source == SourceInstalled {
		return !c.ignoreInstalled
	}
	if majorOf(b.Version) != archiveMajor {
		return true
	}
	want, err := pinFor(ownPlatform())
	return err == nil && filepath.Base(filepath.Dir(b.Dir)) == filepath.Base(c.cache.unpackedDir(want))
}

// checkMajor refuses a data directory that binaries of the other major
// version would refuse too, but without saying what to do.
func (c chooser) checkMajor(data, ours int) error {
	if data == 0 || data == ours {
		return nil
	}
	return liftoff.NewError(liftoff.Usage,
		fmt.Errorf("the data directory %q was made by PostgreSQL %d, but the server here is PostgreSQL %d",
			c.home.data(), data, ours),
		fmt.Sprintf("dump it with PostgreSQL %d (pg_dumpall), move the directory away, start again and restore the dump", data))
}
