// Package docker_test brings the container stack up from nothing and uses it
// as a user would: real compose, real containers, the launches of the replay.
// It runs with LIFTOFF_DOCKER=1 only, and then a missing Docker is a failure:
// make test-docker.
package docker_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// commandTimeout bounds one docker command; the longest builds the image.
const commandTimeout = 5 * time.Minute

// requireDocker skips the test unless this tier is asked for.
func requireDocker(t *testing.T) {
	t.Helper()
	if os.Getenv("LIFTOFF_DOCKER") != "1" {
		t.Skip("needs Docker: run make test-docker")
	}
	docker(t, "version", "--format", "{{.Server.Version}}")
}

// projectRoot returns the folder that holds the program's go.mod.
func projectRoot(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// docker runs a docker command, which must succeed, and returns its stdout
// without the spaces around it.
func docker(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), commandTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "docker", args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("docker %s: %v\n%s%s", strings.Join(args, " "), err, output, stderr.String())
	}
	return strings.TrimSpace(string(output))
}

// eventually tries until it succeeds, and fails the test when it has not
// within limit.
func eventually(t *testing.T, limit time.Duration, try func() error) {
	t.Helper()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("not within %v: %v", limit, err)
		}
	}
}
