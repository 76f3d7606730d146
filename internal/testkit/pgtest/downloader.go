package pgtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"liftoff/internal/embedded"
)

// WithDownloader puts the program that downloads PostgreSQL on the PATH even if
// the tests' own server needs no download.
func WithDownloader() Option { return func(s *settings) { s.downloads = true } }

// needsDownload reports whether the tests' server will be downloaded.
func needsDownload() bool {
	found, err := embedded.Inspect(context.Background(), embedded.Options{})
	return err == nil && found.Origin == embedded.OriginNetwork
}

// ProvideDownloader builds the program that downloads PostgreSQL and puts it on
// the PATH of this process. The function it returns removes the program.
func ProvideDownloader() (remove func(), err error) {
	// tools/test-as-user.sh brings the programs: its user has no Go caches.
	if binary := os.Getenv("LIFTOFF_BINARY"); binary != "" {
		return func() {}, addToPath(filepath.Dir(binary))
	}
	folder, err := makeTempDir()
	if err != nil {
		return nil, err
	}
	remove = func() { _ = os.RemoveAll(folder) }
	build := exec.Command("go", "build", "-o", folder+"/", "liftoff/cmd/liftoff-fetch-postgres") //nolint:noctx // before any test, so there is no context
	if output, err := build.CombinedOutput(); err != nil {
		remove()
		return nil, fmt.Errorf("build the download program: %w\n%s", err, output)
	}
	return remove, addToPath(folder)
}

func addToPath(folder string) error {
	return os.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH"))
}
