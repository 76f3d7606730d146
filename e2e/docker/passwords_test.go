package docker_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// wantAChangedPassword changes the password as the documentation says, in the settings
// alone, and then has it in a file that only its owner may read.
func (s *stack) wantAChangedPassword(t *testing.T) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("from the file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(file, 1234, 1234); err != nil {
			t.Fatal(err)
		}
	}
	old := password
	for _, test := range []struct{ name, variable, password string }{
		{"another POSTGRES_PASSWORD", "POSTGRES_PASSWORD=an0ther", "an0ther"},
		{"a file", "POSTGRES_PASSWORD_FILE=" + file, "from the file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			other := s.with("POSTGRES_PASSWORD=", test.variable)
			if code, last := other.upIngestion(t); code != 0 {
				t.Fatalf("exit code %d: %s", code, last)
			}
			other.connectAs(t, "spacex", test.password)
			if conn, err := other.tryConnect(t, "spacex", old); err == nil {
				_ = conn.Close(context.Background())
				t.Error("the old password is still the right one")
			}
			old = test.password
		})
	}
	t.Run("an empty file", func(t *testing.T) {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		other := s.with("POSTGRES_PASSWORD=", "POSTGRES_PASSWORD_FILE="+file)
		output, code := other.try(t, "up", "--detach", "ingestion")
		if code == 0 || !strings.Contains(output, "passwords") {
			t.Errorf("exit code %d: %s", code, output)
		}
		wantLastLine(t, other.compose(t, "logs", "--no-log-prefix", "passwords"), "the file of POSTGRES_PASSWORD_FILE is empty")
	})
	logs := s.compose(t, "logs")
	for _, secret := range []string{password, "an0ther", "from the file", s.randomPassword(t, "trino"), s.randomPassword(t, "ingestion")} {
		if strings.Contains(logs, secret) {
			t.Errorf("a log has the password %q", secret)
		}
	}
}

// noConfigurationShowsAPassword is for everything that reads docker inspect: support
// bundles, monitoring, the screens of other people.
func noConfigurationShowsAPassword(t *testing.T, s *stack) {
	secrets := []string{password, s.randomPassword(t, "trino"), s.randomPassword(t, "ingestion")}
	if secrets[1] == secrets[2] || len(secrets[1]) < 32 {
		t.Errorf("the random passwords are %q", secrets[1:])
	}
	for _, service := range []string{"passwords", "postgres", "roles", "trino", "log-folder", "ingestion", "replay"} {
		var config any
		if err := json.Unmarshal([]byte(docker(t, "inspect", s.container(t, service))), &config); err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprint(config) // without the escapes of JSON
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("the configuration of %s has %q", service, secret)
			}
		}
	}
}

// randomPassword returns the password that the stack has made for one of its services.
func (s *stack) randomPassword(t *testing.T, service string) string {
	t.Helper()
	return docker(t, "run", "--rm", "--network", "none", "--entrypoint", "cat", "--volume", s.project+"_"+service+"-password:/secret:ro", "postgres:17", "/secret/postgres_password")
}

// connectAs is connect as another role.
func (s *stack) connectAs(t *testing.T, role, secret string) *pgx.Conn {
	t.Helper()
	conn, err := s.tryConnect(t, role, secret)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func (s *stack) tryConnect(t *testing.T, role, secret string) (*pgx.Conn, error) {
	t.Helper()
	config, err := pgx.ParseConfig(fmt.Sprintf("host=127.0.0.1 port=%d user=%s dbname=spacex sslmode=disable", s.postgres, role))
	if err != nil {
		t.Fatal(err)
	}
	config.Password = secret
	return pgx.ConnectConfig(t.Context(), config)
}
