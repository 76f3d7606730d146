//go:build unix

package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
)

// cache is the folder of unpacked binaries. Several processes may use it at
// once; what is in it under its final name is complete.
type cache struct {
	path   string
	logger *slog.Logger
}

// archiveFile is where the .txz is kept: it can be carried to a machine
// without a network.
func (c cache) archiveFile(p pin) string {
	return filepath.Join(c.path, "postgresql-"+archiveVersion+"-"+p.platform+".txz")
}

// unpackedDir has the hash in its name, so that a changed pin is a new folder.
func (c cache) unpackedDir(p pin) string {
	return filepath.Join(c.path, "postgresql-"+archiveVersion+"-"+p.platform+"-"+p.sha256[:12])
}

// binaries returns the unpacked binaries and whether they are there.
func (c cache) binaries(p pin) (binaries, bool) {
	found := binaries{
		Dir:     filepath.Join(c.unpackedDir(p), "bin"),
		Version: archiveVersion,
		Source:  SourceCache,
	}
	_, err := os.Stat(filepath.Join(found.Dir, "postgres"))
	return found, err == nil
}

// provide returns the binaries for this machine: unpacked before, from the
// given archive file, from the kept archive, or fetched, in that order. A
// given archive is checked even when it is not needed.
func (c cache) provide(ctx context.Context, givenArchive string) (binaries, error) {
	want, err := pinFor(ownPlatform())
	if err != nil {
		return binaries{}, err
	}
	var txz []byte
	if givenArchive != "" {
		if txz, err = readArchive(givenArchive, want); err != nil {
			return binaries{}, err
		}
	}
	if found, ok := c.binaries(want); ok {
		return found, nil
	}
	if err := c.fill(ctx, want, txz); err != nil {
		return binaries{}, err
	}
	found, _ := c.binaries(want)
	return found, nil
}

// fill unpacks the archive, which is fetched unless given, under a lock, so
// that of many processes one does the work.
func (c cache) fill(ctx context.Context, want pin, txz []byte) error {
	if err := makeOpenDir(c.path); err != nil {
		return fmt.Errorf("make the cache directory: %w", err)
	}
	lock, err := waitForLock(ctx, filepath.Join(c.path, "lock"))
	if err != nil {
		return fmt.Errorf("lock the cache directory %q: %w", c.path, err)
	}
	defer lock.release()
	if _, ok := c.binaries(want); ok {
		return nil
	}
	if txz == nil {
		if txz, err = c.archive(ctx, want); err != nil {
			return err
		}
	}
	return c.unpack(ctx, want, txz)
}

// archive returns the kept .txz, or fetches it and keeps it.
func (c cache) archive(ctx context.Context, want pin) ([]byte, error) {
	kept := c.archiveFile(want)
	if txz, err := readArchive(kept, want); err == nil {
		return txz, nil
	}
	txz, err := c.fetch(ctx, want)
	if err != nil {
		return nil, err
	}
	if err := writeFileAtomically(kept, txz, 0o644); err != nil {
		return nil, fmt.Errorf("keep the archive: %w", err)
	}
	return txz, nil
}

// unpack unpacks into a temporary folder and renames it when it is complete,
// so that a killed process leaves nothing that counts.
func (c cache) unpack(ctx context.Context, want pin, txz []byte) (err error) {
	c.logger.InfoContext(ctx, "Unpacking PostgreSQL. This happens only once.", "version", archiveVersion)
	scratch, err := os.MkdirTemp(c.path, ".unpack-")
	if err != nil {
		return fmt.Errorf("make a folder to unpack into: %w", pathError(err))
	}
	defer func() { err = errors.Join(err, pathError(os.RemoveAll(scratch))) }()
	c.sweep(ctx, scratch)
	if err := unpackTxz(ctx, txz, scratch); err != nil {
		if ctx.Err() == nil {
			err = pathError(err)
		}
		return fmt.Errorf("unpack PostgreSQL %s into %q: %w", archiveVersion, c.path, err)
	}
	if err := os.Chmod(scratch, 0o755); err != nil { //nolint:gosec // root's server runs as another user
		return fmt.Errorf("open the unpacked binaries to all users: %w", pathError(err))
	}
	final := c.unpackedDir(want)
	// Whatever is there without bin/postgres in it was damaged by hand.
	if err := os.RemoveAll(final); err != nil {
		return fmt.Errorf("remove a damaged folder: %w", pathError(err))
	}
	if err := os.Rename(scratch, final); err != nil {
		return fmt.Errorf("move the unpacked binaries into place: %w", pathError(err))
	}
	return nil
}

// sweep removes what killed processes left half-unpacked beside scratch. It runs
// under the cache's lock, so no other folder is being unpacked into.
func (c cache) sweep(ctx context.Context, scratch string) {
	// The only error is a bad pattern.
	leftovers, _ := matching(c.path, ".unpack-*")
	for _, dir := range leftovers {
		if dir == scratch {
			continue
		}
		if err := os.RemoveAll(dir); err != nil {
			c.logger.DebugContext(ctx, "A leftover folder could not be removed.", "path", dir, "error", err)
		}
	}
}
