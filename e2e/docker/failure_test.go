package docker_test

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
)

// impatient makes PostgreSQL unhealthy after seconds instead of minutes.
const impatient = `
services:
  postgres:
    healthcheck: {interval: 1s, retries: 5, start_period: 1s}
`

// wrongPassword gives the ingestion a password by hand.
const wrongPassword = `
services:
  ingestion:
    environment: {POSTGRES_PASSWORD_FILE: "", POSTGRES_PASSWORD: wrong}
`

// TestIngestion_EndsWithTheCause makes one stack go wrong in several ways. The
// ingestion's last line must say why, and nothing may be half-written.
func TestIngestion_EndsWithTheCause(t *testing.T) {
	s := newStack(t, "failure")
	s.compose(t, "build", "ingestion")
	// The volume now has the launch.
	if code, last := s.upIngestion(t); code != 0 {
		t.Fatalf("exit code %d: %s", code, last)
	}
	tests := []struct {
		name  string
		stack *stack
		code  int
		want  string
	}{
		{
			"a wrong password", s.withFile(t, wrongPassword),
			7, `password authentication failed for user "liftoff_owner"`,
		},
		{
			"PostgreSQL never becomes healthy", s.withFile(t, impatient).with("POSTGRES_DB=other"),
			7, `database "other" does not exist`,
		},
		{
			"nothing listens at the API's address", s.with("SPACEX_API_URL=http://127.0.0.1:9"),
			4, "fetch latest launch from http://127.0.0.1:9/v4/launches/latest: connection refused",
		},
		{
			"the API's host has no address", s.with("SPACEX_API_URL=http://api.invalid"),
			4, "the host api.invalid is not found",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			code, last := test.stack.upIngestion(t)
			if code != test.code || !strings.Contains(last, test.want) || !strings.Contains(last, " - ERROR - ") {
				t.Errorf("exit code %d, want %d; the last line is %q, want it to say %q", code, test.code, last, test.want)
			}
			if strings.Contains(last, "p@ss") {
				t.Error("the last line shows the password")
			}
		})
	}
	t.Run("docker compose run has the exit code of the ingestion", func(t *testing.T) {
		output, code := s.with("SPACEX_API_URL=http://127.0.0.1:9").try(t, "run", "--rm", "--no-TTY", "ingestion")
		if code != 4 {
			t.Errorf("exit code %d, want 4", code)
		}
		wantLastLine(t, output, "connection refused")
	})
	t.Run("nothing was half-written", func(t *testing.T) {
		wantText(t, s.compose(t, "run", "--rm", "--no-TTY", "ingestion"), "fetched=1 inserted=0 unchanged=1")
		if n := s.launches(t); n != 1 {
			t.Errorf("%d launches, want 1", n)
		}
	})
}

// TestUp_PortInUse shows the one case without a line of the ingestion: Docker
// refuses before any service starts.
func TestUp_PortInUse(t *testing.T) {
	s := newStack(t, "port")
	s.compose(t, "build", "ingestion")
	listener := listen(t)
	t.Cleanup(func() { _ = listener.Close() })
	port := listener.Addr().(*net.TCPAddr).Port
	output, code := s.with("POSTGRES_PUBLISHED_PORT="+strconv.Itoa(port)).try(t, "up", "--detach", "ingestion")
	if code == 0 {
		t.Error("up succeeds")
	}
	wantLastLine(t, output, fmt.Sprint(port))
	if state := docker(t, "inspect", "--format", "{{.State.Status}}", s.container(t, "ingestion")); state != "created" {
		t.Errorf("the ingestion is %s, want it not to have started", state)
	}
}
