package deploy_test

import (
	"testing"

	"go.yaml.in/yaml/v3"
)

// composeOutcome follows Docker's restart policies, which know no exit codes but zero.
// What the worker does in its container is tested in e2e/docker.
func composeOutcome(t *testing.T, code int) outcome {
	t.Helper()
	var file struct {
		Services map[string]struct{ Restart string }
	}
	if err := yaml.Unmarshal([]byte(read(t, "../docker/docker-compose.yml")), &file); err != nil {
		t.Fatal(err)
	}
	switch policy := file.Services["worker"].Restart; {
	case policy == "unless-stopped" || policy == "always":
		return retry
	case policy == "on-failure" && code != 0:
		return retry
	case code == 0:
		return success
	default:
		return failure
	}
}
