package supplychain_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// flags returns the arguments of `go build` in a file of the project.
func flags(t *testing.T, name string) string {
	t.Helper()
	found := regexp.MustCompile(`go build (.*) -o \S+ \./cmd/\.\.\.`).FindStringSubmatch(read(t, name))
	if found == nil {
		t.Fatalf("%s builds no program", name)
	}
	return found[1]
}

// build builds the program as the image does, from the sources in a folder.
func build(t *testing.T, sources, target string, environment ...string) {
	t.Helper()
	if sources == "." {
		sources = root
	}
	ctx, cancel := context.WithTimeout(t.Context(), commandTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false",
		"-ldflags", "-s -w -X main.buildVersion=v1.2.3", "-o", target, "./cmd/liftoff")
	cmd.Dir = sources
	cmd.Env = append(append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS="), environment...)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, text)
	}
}

// Two folders, two times, two time zones: one program, to the byte.
func TestH8_TwoBuildsAreEqual(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Makefile", "docker/Dockerfile"} {
		for _, flag := range []string{"-trimpath", "-buildvcs=false", "-X main.buildVersion=$"} {
			if got := flags(t, name); !strings.Contains(got, flag) {
				t.Errorf("%s builds with %s, want %s", name, got, flag)
			}
		}
	}
	var sums []string
	for i, environment := range [][]string{{"TZ=UTC", "LC_ALL=C"}, {"TZ=Asia/Kathmandu", "LC_ALL=en_US.UTF-8", "HOME=" + t.TempDir()}} {
		folder := filepath.Join(t.TempDir(), strings.Repeat("deeper/", i), "sources")
		copySources(t, folder, time.Date(2001+i, 1, 1, 0, 0, 0, 0, time.UTC))
		// HOME is where Go's caches are by default.
		environment = append(environment, "GOCACHE="+strings.TrimSpace(output(t, "go", "env", "GOCACHE")),
			"GOMODCACHE="+strings.TrimSpace(output(t, "go", "env", "GOMODCACHE")))
		target := filepath.Join(folder, "liftoff")
		build(t, folder, target, environment...)
		program, err := os.ReadFile(target)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(program), folder) {
			t.Errorf("the program has the folder %s in it", folder)
		}
		sums = append(sums, fmt.Sprintf("%x", sha256.Sum256(program)))
	}
	if sums[0] != sums[1] {
		t.Errorf("SHA-256 %s and %s of the same sources", sums[0], sums[1])
	}
}

// copySources copies all that the program is built from.
func copySources(t *testing.T, folder string, modified time.Time) {
	t.Helper()
	for _, name := range []string{"cmd", "internal", "sql"} {
		if err := os.CopyFS(filepath.Join(folder, name), os.DirFS(filepath.Join(root, name))); err != nil {
			t.Fatal(err)
		}
	}
	sources, err := filepath.Glob(filepath.Join(root, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append([]string{"go.mod", "go.sum"}, sources...) {
		name = filepath.Base(name)
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(read(t, name)), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, modified, modified); err != nil {
			t.Fatal(err)
		}
	}
}
