//go:build unix

package embedded

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"syscall"
	"time"
)

// UnpackTar is what unpacks an archive once its hash is known to be good.
var UnpackTar = unpackTar

// ArchiveVersion is the version of the archive that gets fetched.
const ArchiveVersion = archiveVersion

// CheckPlatform returns the error of a platform without an archive.
func CheckPlatform(platform string) error {
	_, err := pinFor(platform)
	return err
}

// Joined reports whether another process owns the server.
func (s *Server) Joined() bool { return s.owner == nil }

// IgnoreInstalled makes a test independent of the machine's installations.
func IgnoreInstalled(o Options) Options {
	o.ignoreInstalled = true
	return o
}

// GivePorts makes a server believe that these ports are free, one after the
// other, and returns how many it has asked for.
func GivePorts(o *Options, ports ...int) (asked func() int) {
	n := 0
	o.freePort = func(context.Context) (int, error) {
		n++
		return ports[min(n, len(ports))-1], nil
	}
	return func() int { return n }
}

// ResolvedDirs returns the two folders that the options mean.
func ResolvedDirs(o Options) (data, cache string, err error) {
	o, err = o.withDefaults()
	return o.DataDir, o.CacheDir, err
}

// KeptArchive fills the default cache if need be and returns its archive.
func KeptArchive(ctx context.Context) (string, error) {
	o, err := Options{}.withDefaults()
	if err != nil {
		return "", err
	}
	c := cache{o.CacheDir, o.Logger}
	if _, err := c.provide(ctx, ""); err != nil {
		return "", err
	}
	want, err := pinFor(ownPlatform())
	if err != nil {
		return "", err
	}
	_, err = c.archive(ctx, want)
	return c.archiveFile(want), err
}

// PostmasterPID returns the process id of a server's main process, 0 if none.
func PostmasterPID(data string) int {
	pid, _ := postmasterPID(data)
	return pid
}

// ExitOf returns a channel that is closed when the server's process has ended.
func ExitOf(s *Server) <-chan struct{} { return s.postmaster.process.exited }

// Serves reports whether any process serves the data directory.
var Serves = anyoneServes

// StartWatched starts a program that only a watchdog ends, as on systems
// without a death signal, and returns its process id and its end.
func StartWatched(path string, args ...string) (pid int, stop func(), err error) {
	p, err := startProcess(command{path: path, args: args, stderr: os.Stderr})
	if err != nil {
		return 0, nil, err
	}
	if err := p.watch(syscall.SIGTERM); err != nil {
		return 0, nil, fmt.Errorf("watch: %w", err)
	}
	return p.cmd.Process.Pid, func() { p.kill(); <-p.exited }, nil
}

// Hold takes a lock as another process would, and returns how to let go.
func Hold(path string) (release func(), err error) {
	lock, err := lockFile(path, false)
	if err != nil {
		return nil, err
	}
	return lock.release, nil
}

// PathError is what gives an error about a file its category.
var PathError = pathError

// WriteFileAtomically writes a file that is either old or new.
var WriteFileAtomically = writeFileAtomically

// SweepHome removes what killed processes left in a data directory.
func SweepHome(ctx context.Context, dir string) error { return sweep(ctx, home{dir}) }

// SweepCache removes what killed processes left in a cache directory before
// the folder scratch in it was made.
func SweepCache(ctx context.Context, dir, scratch string) {
	cache{dir, slog.New(slog.DiscardHandler)}.sweep(ctx, scratch)
}

// Downloader is the name of the program that downloads, DownloadTimeout how long
// it may take.
const (
	Downloader      = downloader
	DownloadTimeout = downloadTimeout
)

// Download runs a downloader within its bounds.
func Download(ctx context.Context, program string, limit time.Duration) ([]byte, error) {
	return cache{logger: slog.New(slog.DiscardHandler)}.download(ctx, program, limit)
}

// UnpackedDir is the folder of today's pin in a cache directory.
func UnpackedDir(cacheDir string) (string, error) {
	want, err := pinFor(ownPlatform())
	return cache{path: cacheDir}.unpackedDir(want), err
}

// HintOfOutput is the next step after binaries in dir wrote the output.
func HintOfOutput(origin Origin, dir, output string) string {
	return binaries{dir, archiveVersion, origin}.hint(nil, output, "see the log")
}

// Remember saves that a data directory was served by the program in dir.
func Remember(dataDir, dir, version string, origin Origin) error {
	return home{dataDir}.remember(binaries{dir, version, origin})
}

// Lock waits for an exclusive lock on a file, and returns what releases it.
func Lock(ctx context.Context, path string) (release func(), err error) {
	lock, err := waitForLock(ctx, path)
	if err != nil {
		return nil, err
	}
	return lock.release, nil
}
