package docker_test

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// dashboardShowsTheRuns starts the profile dashboard beside the worker.
func dashboardShowsTheRuns(t *testing.T, s *stack) {
	port := strconv.Itoa(freePort(t))
	s = s.with("COMPOSE_PROFILES=scheduled,dashboard", "DASHBOARD_PUBLISHED_PORT="+port)
	s.compose(t, "up", "--detach", "--no-deps", "--no-recreate", "dashboard")
	eventually(t, workerPatience, func() error { return s.healthy(t, "dashboard") })
	for path, want := range map[string]string{"/": "Launches per year", "/runs": "succeeded", "/launches": "Launchpad", "/api/v1/aggregates": "total_launches"} {
		response, err := http.Get("http://127.0.0.1:" + port + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil || response.StatusCode != http.StatusOK || !strings.Contains(string(body), want) {
			t.Errorf("GET %s: status %d, %v; it should hold %q:\n%.2000s", path, response.StatusCode, err, want, body)
		}
	}
	if _, code := s.try(t, "exec", "dashboard", "/usr/local/bin/liftoff", "quarantine", "retry"); code == 0 {
		t.Error("the dashboard's role may write")
	}
	if address := docker(t, "inspect", "--format", `{{(index (index .NetworkSettings.Ports "8090/tcp") 0).HostIp}}`, s.container(t, "dashboard")); address != "127.0.0.1" {
		t.Errorf("it is published on %s", address)
	}
	s.compose(t, "rm", "--force", "--stop", "dashboard")
}
