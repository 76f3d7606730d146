//go:build unix

package embedded

import (
	"context"
	"errors"
	"os"
)

// newChooser makes the chooser for resolved options.
func newChooser(opts Options, a account) chooser {
	return chooser{
		home:            home{opts.DataDir},
		cache:           cache{opts.CacheDir, opts.Logger},
		account:         a,
		archive:         opts.Archive,
		ignoreInstalled: opts.ignoreInstalled,
	}
}

// Inspect says what Start would find and use. It starts no server, downloads
// nothing and makes no file. Its errors are those that Start would meet first;
// the Inspection is filled in as far as it got.
func Inspect(ctx context.Context, opts Options) (Inspection, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return Inspection{}, err
	}
	if err := checkEnvironment(opts); err != nil {
		return Inspection{}, err
	}
	h := home{opts.DataDir}
	found := Inspection{DataDir: h.data(), CacheDir: opts.CacheDir}
	if f, ok := h.facts(); ok && isOwned(h) {
		found.Running = true
		found.Connection = Connection{Host: f.Host, Port: f.Port, Database: opts.Database, User: opts.User}
	}
	if found.DataMajor, err = h.major(); err != nil {
		return found, err
	}
	a, err := chooseAccount(h.data())
	if err != nil {
		return found, err
	}
	would, err := newChooser(opts, a).foresee(ctx, found.DataMajor)
	found.Source, found.BinariesDir, found.Version = would.Source, would.Dir, would.Version
	return found, err
}

// isOwned reports whether a process owns a server here, without making the
// lock file.
func isOwned(h home) bool {
	if _, err := os.Stat(h.ownerLock()); err != nil {
		return false
	}
	// A shared lock does not keep another Inspect from finding the same.
	lock, err := lockFile(h.ownerLock(), true)
	if err == nil {
		lock.release()
	}
	return errors.Is(err, errLocked)
}

// foresee returns what choose would, without unpacking or fetching.
func (c chooser) foresee(ctx context.Context, major int) (binaries, error) {
	if c.archive == "" {
		if found, ok := c.local(ctx, major); ok {
			return found, nil
		}
	}
	if err := c.checkMajor(major, archiveMajor); err != nil {
		return binaries{}, err
	}
	want, err := pinFor(ownPlatform())
	if err != nil {
		return binaries{}, err
	}
	return c.cache.foresee(want, c.archive)
}

func (c cache) foresee(want pin, givenArchive string) (binaries, error) {
	if givenArchive != "" {
		if _, err := readArchive(givenArchive, want); err != nil {
			return binaries{}, err
		}
	}
	if found, ok := c.binaries(want); ok {
		return found, nil
	}
	toCome := binaries{Version: archiveVersion, Source: SourceArchive}
	if givenArchive == "" {
		if _, err := readArchive(c.archiveFile(want), want); err != nil {
			toCome.Source = SourceNetwork
		}
	}
	return toCome, nil
}
