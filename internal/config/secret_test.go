package config_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff/internal/config"
)

// withSecrets returns a configuration with s3cret in every secret setting.
func withSecrets(t *testing.T) config.Config {
	t.Helper()
	var environ []string
	for _, s := range config.Settings() {
		switch {
		case s.Env == "DATABASE_URL":
			environ = append(environ, s.Env+"=postgres://u:s3cret@h/d")
		case s.Secret:
			environ = append(environ, s.Env+"=s3cret")
		}
	}
	if len(environ) < 3 {
		t.Fatalf("only %q are secrets", environ)
	}
	return mustLoad(t, nil, environ, "")
}

func TestG1_SecretIsMaskedHoweverItIsShown(t *testing.T) {
	cfg := withSecrets(t)
	var text, lines strings.Builder
	slog.New(slog.NewTextHandler(&text, nil)).Info("settings", "config", cfg, "password", cfg.PostgresPassword)
	slog.New(slog.NewJSONHandler(&lines, nil)).Info("settings", "config", cfg, "password", cfg.PostgresPassword)
	encoded, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	marked, err := xml.Marshal(cfg.PostgresPassword)
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]string{
		"json": string(encoded), "xml": string(marked), "slog text": text.String(), "slog json": lines.String(),
		"a key": fmt.Sprint(map[config.Secret]int{cfg.PostgresPassword: 1}), "an error": fmt.Errorf("log in with %v", cfg.PostgresPassword).Error(),
		"a pointer": fmt.Sprintf("%v", &cfg.PostgresPassword), "a list": fmt.Sprintf("%s", []any{cfg.PostgresPassword}),
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%#q", "%20s", "%d", "%t", "%c", "%U", "%08b"} {
		shown[verb] = fmt.Sprintf(verb, cfg.PostgresPassword)
		shown[verb+" of all"] = fmt.Sprintf(verb, cfg)
	}
	for how, text := range shown {
		if strings.Contains(text, "s3cret") || !strings.Contains(text, "***") {
			t.Errorf("%s shows %q, want the secrets as ***", how, text)
		}
	}
	if got := fmt.Sprintf("%x", cfg.PostgresPassword); got != "2a2a2a" {
		t.Errorf("%%x shows %q, want *** in hexadecimal", got)
	}
	if got := config.Secret("").String(); got != "" {
		t.Errorf("an empty secret shows as %q, want nothing", got)
	}
}

func TestG5_PasswordFile(t *testing.T) {
	folder := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cfg := mustLoad(t, nil, []string{"POSTGRES_PASSWORD_FILE=" + write("good", "s3cret \n"), "TRINO_PASSWORD_FILE=" + write("trino", "other\r\n")}, "")
	if got := cfg.PostgresPassword.Reveal(); got != "s3cret " {
		t.Errorf("password = %q, want the file's content without the newline at its end", got)
	}
	if got := cfg.TrinoPassword.Reveal(); got != "other" {
		t.Errorf("Trino's password = %q, want the file's content without the newline at its end", got)
	}
	if files := cfg.Exposed(); len(files) != 0 {
		t.Errorf("private files count as exposed: %q", files)
	}
	for name, path := range map[string]string{
		"empty": write("empty", "\n"), "missing": filepath.Join(folder, "none"), "directory": folder,
		"endless": "/dev/zero", "too long": write("long", strings.Repeat("s3cret", 11_000)),
	} {
		for _, setting := range []string{"POSTGRES_PASSWORD_FILE", "TRINO_PASSWORD_FILE"} {
			_, err := load(t, nil, []string{setting + "=" + path}, "")
			wantUsageError(t, name, err, setting)
		}
	}
}

func TestG5_FilesThatEveryUserMayRead(t *testing.T) {
	folder := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	postgres, trino := write("postgres", "s3cret"), write("trino", "s3cret")
	envFile := write("secret.env", "DATABASE_URL=postgres://u:s3cret@h/d")
	harmless := write("harmless.env", "DATABASE_URL=postgres://u@h/d")
	cases := []struct {
		name, envFile string
		environ, want []string
	}{
		{"password files", "", []string{"POSTGRES_PASSWORD_FILE=" + postgres, "TRINO_PASSWORD_FILE=" + trino}, []string{postgres, trino}},
		{"a .env file with a secret", envFile, nil, []string{envFile}},
		{"a .env file without one", harmless, nil, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			cfg, err := config.Load(config.Sources{Environ: c.environ, EnvFile: c.envFile})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, cfg.Exposed()); diff != "" {
				t.Errorf("exposed files (-want +got):\n%s", diff)
			}
		})
	}
	// Docker mounts secrets so, and a container has no other users.
	if config.IsExposed("/run/secrets/postgres", 0o444) || !config.IsExposed("/etc/secrets/postgres", 0o444) {
		t.Error("the folder of Docker's secrets is not told from another one")
	}
}

// FuzzSettings checks that no value of a setting makes Load panic, and that no
// error shows a secret.
func FuzzSettings(f *testing.F) {
	settings := config.Settings()
	for i, s := range settings {
		f.Add(uint(i), s.Default)
	}
	for _, seed := range []string{"", "-1", "1e9", "NaN", "9223372036854775808", "1h1", "postgres://u:p@h/d", "host=h password='x", "$A", "\x00", "\n", "true", "0x10", "1_000"} {
		for i := range settings {
			f.Add(uint(i), seed)
		}
	}
	const secret = "n0bodyMayKnow"
	f.Fuzz(func(t *testing.T, number uint, value string) {
		setting := settings[number%uint(len(settings))]
		environ := []string{setting.Env + "=" + value}
		switch {
		case setting.Env == "POSTGRES_PASSWORD_FILE" || setting.Env == "TRINO_PASSWORD_FILE" || setting.Env == "PING_URL_FILE":
			return // would read any file of this machine
		case setting.Secret:
			environ = []string{setting.Env + "=" + secret + value}
		}
		cfg, err := config.Load(config.Sources{Environ: append(environ, "TRINO_PASSWORD="+secret)})
		text := fmt.Sprintf("%v %+v %#v", err, cfg, cfg)
		if strings.Contains(text, secret) {
			t.Errorf("%s = %q shows the secret: %s", setting.Env, value, text)
		}
		if err != nil {
			wantUsageError(t, setting.Env, err, "")
		}
	})
}
