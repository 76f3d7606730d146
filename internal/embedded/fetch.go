package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	library "github.com/fergusstrange/embedded-postgres"

	"liftoff"
)

// fetchArchive downloads the archive and returns its .txz after the pinned
// hash was checked. Only the library knows where archives come from.
func fetchArchive(ctx context.Context, cacheDir string, want pin) ([]byte, error) {
	scratch, err := os.MkdirTemp(cacheDir, ".fetch-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the download: %w", err)
	}
	type result struct {
		txz []byte
		err error
	}
	// The library's download cannot be cancelled, so a cancelled caller leaves
	// this goroutine behind: the download ends by itself, the goroutine removes
	// its folder, and nobody reads what it sends into the buffered channel.
	arrived := make(chan result, 1)
	go func() {
		txz, err := download(scratch, want)
		arrived <- result{txz, errors.Join(err, os.RemoveAll(scratch))}
	}()
	select {
	case got := <-arrived:
		return got.txz, got.err
	case <-ctx.Done():
		return nil, fmt.Errorf("fetch PostgreSQL %s: %w", archiveVersion, ctx.Err())
	}
}

// download has the library put the archive into scratch and reads it there.
func download(scratch string, want pin) ([]byte, error) {
	problem := runLibrary(scratch)
	// The library uses the default client; nothing of it shall stay open.
	http.DefaultClient.CloseIdleConnections()
	found, err := filepath.Glob(filepath.Join(scratch, "archive", "*.txz"))
	if err != nil {
		return nil, fmt.Errorf("look for the download: %w", err)
	}
	if len(found) != 1 {
		return nil, downloadError(problem, want)
	}
	return readArchive(found[0], want)
}

// runLibrary calls the library's Start, the only call that downloads. It
// would go on to unpack the archive and start a server; the dangling link
// makes it give up as soon as the archive is in its cache folder, since no
// folder can be made below such a link. So it always returns an error, which
// tells something only when no archive has arrived.
func runLibrary(scratch string) (err error) {
	// The library panics when it cannot tidy up, which must not end us.
	defer func() {
		if cause := recover(); cause != nil {
			err = errors.New("the downloader gave up")
		}
	}()
	dangling := filepath.Join(scratch, "dangling")
	if err := os.Symlink(filepath.Join(scratch, "nowhere", "at-all"), dangling); err != nil {
		return err
	}
	return library.NewDatabase(library.DefaultConfig().
		Version(library.PostgresVersion(archiveVersion + ".0")).
		Port(0). // it insists on a free port although it never gets to use it
		Logger(io.Discard).
		CachePath(filepath.Join(scratch, "archive")).
		RuntimePath(filepath.Join(scratch, "runtime")).
		BinariesPath(filepath.Join(dangling, "binaries"))).Start()
}

// downloadError puts the library's error into our words: its own name the
// address, which tells a user nothing about what to do.
func downloadError(problem error, want pin) error {
	reason := "the download did not work"
	text := fmt.Sprint(problem)
	switch {
	case strings.Contains(text, "unable to connect"):
		reason = "no connection to the download server"
	case strings.Contains(text, "no version found"):
		reason = "the download server does not offer it"
	case strings.Contains(text, "checksums do not match"):
		reason = "what arrived was damaged"
	case errors.Is(problem, os.ErrPermission):
		reason = "no permission to write into the cache directory"
	}
	return liftoff.NewError(liftoff.Database,
		fmt.Errorf("fetch PostgreSQL %s for %s: %s", archiveVersion, want.platform, reason),
		"check the network, or give the binaries with --embedded-archive FILE, or set POSTGRES_HOST to use another server")
}
