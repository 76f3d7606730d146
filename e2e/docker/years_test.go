package docker_test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sourceCannotReachTheDatabase asks from a container beside the replay, and from one
// beside the database, where the same question must be answered.
func sourceCannotReachTheDatabase(t *testing.T, s *stack) {
	address := docker(t, "inspect", "--format", fmt.Sprintf("{{(index .NetworkSettings.Networks %q).IPAddress}}", s.project+"_default"), s.container(t, "postgres"))
	for _, host := range []string{"postgres", address} {
		for network, want := range map[string]string{"_default": "accepting connections", "_source": "no response"} {
			var output strings.Builder
			cmd := exec.CommandContext(t.Context(), "docker", "run", "--rm", "--network", s.project+network, "--entrypoint", "pg_isready", "postgres:17", "--host", host, "--timeout", "3")
			cmd.Stdout = &output
			if err := cmd.Run(); (err == nil) != (network == "_default") || !strings.Contains(output.String(), want) {
				t.Errorf("from the network %s to %s: %v, %s", network, host, err, output.String())
			}
		}
	}
}

func databaseHasChecksums(t *testing.T, s *stack) {
	if diff := cmp.Diff([]string{"on"}, s.column(t, "SELECT current_setting('data_checksums')")); diff != "" {
		t.Errorf("data_checksums (-want +got):\n%s", diff)
	}
}

func outputIsRotated(t *testing.T, s *stack) {
	for _, service := range []string{"passwords", "postgres", "roles", "trino", "log-folder", "ingestion", "replay"} {
		const want = "json-file 10m 3"
		if got := docker(t, "inspect", "--format", `{{with .HostConfig.LogConfig}}{{.Type}} {{index .Config "max-size"}} {{index .Config "max-file"}}{{end}}`, s.container(t, service)); got != want {
			t.Errorf("%s has the log %q, want %q", service, got, want)
		}
	}
}
