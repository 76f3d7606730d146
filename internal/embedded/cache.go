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

// cache is the folder of unpacked binaries. Several processes may use it at once:
// whatever has its final name is complete.
type cache struct {
	path   string
	logger *slog.Logger
}

// archiveFile is where the .txz is kept. Users may copy it to a machine without a
// network.
func (c cache) archiveFile(p pin) string {
	return filepath.Join(c.path, "postgresql-"+archiveVersion+"-"+p.platform+".txz")
}

// unpackedDir has the hash in its name: a changed pin means a new folder.
func (c cache) unpackedDir(p pin) string {
	return filepath.Join(c.path, "postgresql-"+archiveVersion+"-"+p.platform+"-"+p.sha256[:12])
}

// binaries returns the unpacked binaries and whether they exist. Binaries that
// another user can change are an error.
func (c cache) binaries(p pin) (binaries, bool, error) {
	found := binaries{
		Dir:     filepath.Join(c.unpackedDir(p), "bin"),
		Version: archiveVersion,
		Origin:  OriginCache,
	}
	if _, err := os.Stat(filepath.Join(found.Dir, "postgres")); err == nil {
		return found, true, checkPrograms(c.unpackedDir(p))
	}
	return found, false, nil
}

// provide returns the binaries for this machine. It takes the first of these:
// those unpacked before, the given archive file, the kept archive, a download. A
// given archive is checked even if it is not needed.
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
	if found, ok, err := c.binaries(want); ok || err != nil {
		return found, err
	}
	if err := c.fill(ctx, want, txz); err != nil {
		return binaries{}, err
	}
	found, _, err := c.binaries(want)
	return found, err
}

// fill unpacks the archive, which it downloads unless it is given. A lock makes
// sure that only one of several processes does the work.
func (c cache) fill(ctx context.Context, want pin, txz []byte) error {
	if err := makeDir(c.path, 0o755); err != nil {
		return fmt.Errorf("make the cache directory: %w", err)
	}
	if err := checkTrusted(c.path); err != nil {
		return err
	}
	lock, err := waitForLock(ctx, filepath.Join(c.path, "lock"))
	if err != nil {
		return fmt.Errorf("lock the cache directory %q: %w", c.path, err)
	}
	defer lock.release()
	if _, ok, err := c.binaries(want); ok || err != nil {
		return err
	}
	if txz == nil {
		if txz, err = c.archive(ctx, want); err != nil {
			return err
		}
	}
	if err := c.unpack(ctx, want, txz); err != nil {
		err = fmt.Errorf("unpack PostgreSQL %s into %q: %w", archiveVersion, c.path, err)
		if ctx.Err() != nil {
			return err
		}
		return pathError(err)
	}
	return nil
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

// unpack unpacks into a temporary folder and renames it when it is complete: a
// killed process leaves nothing that counts.
func (c cache) unpack(ctx context.Context, want pin, txz []byte) (err error) {
	c.logger.InfoContext(ctx, "Unpacking PostgreSQL. This happens only once.", "version", archiveVersion)
	scratch, err := os.MkdirTemp(c.path, ".unpack-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	c.sweep(ctx, scratch)
	if err := unpackTxz(ctx, txz, scratch); err != nil {
		return err
	}
	if err := os.Chmod(scratch, 0o755); err != nil { //nolint:gosec // root's server runs as another user
		return err
	}
	final := c.unpackedDir(want)
	// A folder that is there without bin/postgres in it was damaged.
	if err := os.RemoveAll(final); err != nil {
		return err
	}
	return os.Rename(scratch, final)
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
