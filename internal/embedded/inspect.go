//go:build unix

package embedded

import (
	"context"
	"errors"
	"os"
)

// Inspect returns what Start would find and use. It starts no server, downloads
// nothing and makes no file. Its error is the first one that Start would return;
// the Inspection is then filled in up to that point.
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
	chooser := chooser{opts, a}
	would, err := chooser.choose(ctx, found.DataMajor, chooser.cache().foresee)
	found.Origin, found.BinariesDir, found.Version = would.Origin, would.Dir, would.Version
	return found, err
}

// isOwned reports whether a process owns a server here, without making the
// lock file.
func isOwned(h home) bool {
	if _, err := os.Stat(h.ownerLock()); err != nil {
		return false
	}
	// A shared lock does not disturb another Inspect.
	lock, err := lockFile(h.ownerLock(), true)
	if err == nil {
		lock.release()
	}
	return errors.Is(err, errLocked)
}

// foresee returns what provide would, without unpacking or downloading.
func (c cache) foresee(_ context.Context, givenArchive string) (binaries, error) {
	want, err := pinFor(ownPlatform())
	if err != nil {
		return binaries{}, err
	}
	if givenArchive != "" {
		if _, err := readArchive(givenArchive, want); err != nil {
			return binaries{}, err
		}
	}
	if found, ok := c.binaries(want); ok {
		return found, nil
	}
	toCome := binaries{Version: archiveVersion, Origin: OriginArchive}
	if givenArchive == "" {
		if _, err := readArchive(c.archiveFile(want), want); err != nil {
			toCome.Origin = OriginNetwork
		}
	}
	return toCome, nil
}
