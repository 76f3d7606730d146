package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"liftoff/internal/config"
)

// strangersFolder makes the folder that is the current one a cloned repository with
// links out of it, beside a private file. It returns the private file.
func strangersFolder(t *testing.T) (private string) {
	t.Helper()
	home := t.TempDir()
	folder := filepath.Join(home, "repository")
	for _, dir := range []string{folder, filepath.Join(home, "private"), filepath.Join(folder, "inside")} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	private = filepath.Join(home, "private", "key")
	for _, path := range []string{private, filepath.Join(folder, "inside", "key"), filepath.Join(folder, "key")} {
		if err := os.WriteFile(path, []byte("s3cret"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{
		"link": private, "linked": filepath.Dir(private), "dangling": filepath.Join(home, "new"), "inside/out": private, "good": "inside/key",
	} {
		if err := os.Symlink(target, filepath.Join(folder, link)); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(folder)
	return private
}

// loadEnvFile loads a .env file of the current folder, named or not.
func loadEnvFile(t *testing.T, text string, isNamed bool, environ ...string) (config.Config, error) {
	t.Helper()
	if err := os.WriteFile(".env", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return config.Load(config.Sources{Environ: environ, EnvFile: ".env", EnvFileRequired: isNamed})
}

// wantUntrusted wants a refusal with the line and the way out, and none for a file
// that the user has named.
func wantUntrusted(t *testing.T, name, text string, line int, environ ...string) {
	t.Helper()
	setting, _, _ := strings.Cut(strings.Split(text, "\n")[line-1], "=")
	_, err := loadEnvFile(t, text, false, environ...)
	wantUsageError(t, name, err, fmt.Sprintf("%s in .env line %d ", setting, line))
	wantHint(t, err, "--env-file .env")
	if _, err := loadEnvFile(t, text, true, environ...); err != nil && strings.Contains(err.Error(), "nobody named") {
		t.Errorf("%s: a file that was named is refused: %v", name, err)
	}
}

func TestP3_AnImplicitEnvFileReachesNoFileOutsideItsFolder(t *testing.T) {
	private := strangersFolder(t)
	var settings []string
	for _, s := range config.Settings() {
		if slices.Contains(config.ImplicitRules(s), "inside") {
			settings = append(settings, s.Env)
		}
	}
	if len(settings) < 8 {
		t.Errorf("only %q name files", settings)
	}
	for _, setting := range settings {
		for _, path := range []string{
			private, "../private/key", "link", "linked/key", "dangling", "linked/new", "inside/../../private/key", "linked/../private/key",
			"inside/out", "inside", "/dev/stdin", "/proc/self/environ", "~/key/../../x",
		} {
			wantUntrusted(t, setting+"="+path, "\n"+setting+"="+path, 2)
		}
	}
	for _, path := range []string{"key", "./key", "good", filepath.Join(filepath.Dir(filepath.Dir(private)), "repository", "key")} {
		cfg, err := loadEnvFile(t, "POSTGRES_PASSWORD_FILE="+path, false)
		if err != nil || cfg.PostgresPassword.Reveal() != "s3cret" {
			t.Errorf("a file inside the folder, %s, is refused: %v", path, err)
		}
	}
	for _, log := range []string{"-", "ingestion.log", "inside/new.log", "new/folder/x.log"} {
		if _, err := loadEnvFile(t, "LOG_FILE="+log, false); err != nil {
			t.Errorf("LOG_FILE=%s is refused: %v", log, err)
		}
	}
}

func TestP3_AnImplicitEnvFileMayNotBeALinkOutOfItsFolder(t *testing.T) {
	private := strangersFolder(t)
	if err := os.Symlink(private, ".env"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(private, []byte("POSTGRES_HOST=db\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := config.Load(config.Sources{EnvFile: ".env"})
	wantUsageError(t, "a link", err, ".env is a link that leads out of its folder")
	wantHint(t, err, "--env-file .env")
	if _, err := config.Load(config.Sources{EnvFile: ".env", EnvFileRequired: true}); err != nil {
		t.Errorf("a link that was named is refused: %v", err)
	}
}

func TestP3_AURLOfAnImplicitEnvFileReadsNoOtherFile(t *testing.T) {
	private := strangersFolder(t)
	for _, parameter := range []string{
		"service=x", "servicefile=" + private, "passfile=" + private, "sslcert=" + private, "sslkey=" + private, "sslcrl=" + private,
		"sslrootcert=" + private, "sslrootcert=link", "sslrootcert=../private/key", "sslkeylogfile=x", "sslcert=key", "ssl%63ert=key",
	} {
		wantUntrusted(t, parameter, "DATABASE_URL=postgres://u:s3cret@h/d?"+parameter, 1)
	}
	for _, parameter := range []string{"sslrootcert=system", "sslrootcert=key", "sslmode=require"} {
		if _, err := loadEnvFile(t, "DATABASE_URL=postgres://u:s3cret@h/d?"+parameter, false); err != nil {
			t.Errorf("%s is refused: %v", parameter, err)
		}
	}
	wantUntrusted(t, "keywords", "DATABASE_URL=host=h password=s3cret passfile=x", 1)
}

func TestP4_AnImplicitEnvFileNamesNoPrograms(t *testing.T) {
	strangersFolder(t)
	for _, setting := range []string{"EMBEDDED_CACHE_DIR", "EMBEDDED_DATA_DIR"} {
		for _, path := range []string{"inside", "/tmp", "new"} {
			wantUntrusted(t, setting, setting+"="+path, 1)
		}
	}
}

func TestP5_AnImplicitEnvFileGetsNoSecretOfOthers(t *testing.T) {
	private := strangersFolder(t)
	for _, line := range []string{
		"POSTGRES_HOST=evil", "DATABASE_URL=postgres://u@evil/d", "DATABASE_URL=postgres:///d?host=evil", "DATABASE_URL=host=evil",
		"DATABASE_URL=postgres://u:@evil/d", "DATABASE_URL=postgres://u:p@evil/d?password=",
	} {
		for _, secret := range []string{"POSTGRES_PASSWORD=s3cret", "POSTGRES_PASSWORD_FILE=" + private} {
			wantUntrusted(t, line+" with "+secret, line, 1, secret)
		}
	}
	for _, line := range []string{"POSTGRES_PORT=6000", "POSTGRES_SSLMODE=disable"} {
		wantUntrusted(t, line, line, 1, "POSTGRES_HOST=db", "POSTGRES_PASSWORD=s3cret")
		// The environment's URL is not used beside the flag, so the line has an effect.
		flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
		config.AddFlags(flags, config.GroupDatabase)
		if err := flags.Set("postgres-host", "db"); err != nil {
			t.Fatal(err)
		}
		_, err := config.Load(config.Sources{Flags: flags, Environ: []string{"DATABASE_URL=postgres://u@h/d", "POSTGRES_PASSWORD=s3cret"}, EnvFile: ".env"})
		wantUsageError(t, line, err, strings.Split(line, "=")[0]+" in .env line 1 decides who gets the secret of")
	}
	for _, secret := range []string{"TRINO_PASSWORD=s3cret", "TRINO_PASSWORD_FILE=" + private} {
		wantUntrusted(t, "Trino", "A=1\nTRINO_URL=https://evil", 2, secret)
		wantUntrusted(t, "Trino's authority", "TRINO_CA_FILE=key", 1, secret)
	}
	for _, secret := range []string{
		"OTEL_EXPORTER_OTLP_HEADERS=k=s3cret", "OTEL_EXPORTER_OTLP_HEADERS_FILE=" + private, "OTEL_EXPORTER_OTLP_LOGS_HEADERS=k=s3cret",
		"OTEL_EXPORTER_OTLP_METRICS_HEADERS=k=s3cret", "OTEL_EXPORTER_OTLP_TRACES_HEADERS=k=s3cret",
	} {
		wantUntrusted(t, "a receiver", "OTEL_EXPORTER_OTLP_ENDPOINT=https://evil", 1, secret)
		wantUntrusted(t, "a receiver of logs", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT=https://evil", 1, secret)
	}
}

// The documented way needs no flag: all of one server in one file.
func TestP5_AnImplicitEnvFileWithAPasswordOfItsOwnWorks(t *testing.T) {
	strangersFolder(t)
	const own = "POSTGRES_HOST=db\nPOSTGRES_DB=x\nPOSTGRES_USER=y\nPOSTGRES_PASSWORD=s3cret\nPOSTGRES_PORT=6000\n"
	for _, test := range []struct {
		text    string
		environ []string
	}{
		{own, nil},
		{own + "TRINO_URL=https://t\nTRINO_PASSWORD=s3cret\nSPACEX_API_URL=http://x\nPOSTGRES_SSLMODE=disable", nil},
		{"DATABASE_URL=postgres://u:s3cret@h/d", []string{"POSTGRES_PASSWORD=other"}},
		{"POSTGRES_HOST=db\nPOSTGRES_PASSWORD_FILE=key", nil},
		{"POSTGRES_PASSWORD=s3cret\nPOSTGRES_USER=x", []string{"POSTGRES_HOST=db"}},
		{"POSTGRES_HOST=evil", []string{"POSTGRES_HOST=db", "POSTGRES_PASSWORD=s3cret"}},
		{"POSTGRES_HOST=evil", []string{"DATABASE_URL=postgres://u:s3cret@h/d"}},
		{"POSTGRES_PORT=6000", []string{"DATABASE_URL=postgres://u@h/d", "POSTGRES_PASSWORD=s3cret"}},
		{"POSTGRES_SSLMODE=disable", []string{"DATABASE_URL=postgres://u@h/d", "POSTGRES_PASSWORD=s3cret"}},
		{"POSTGRES_PORT=6000", []string{"POSTGRES_PASSWORD=s3cret"}}, // the embedded server has its own password
		{"TRINO_URL=http://t", nil},
	} {
		if _, err := loadEnvFile(t, test.text, false, test.environ...); err != nil {
			t.Errorf("%q with %q: %v", test.text, test.environ, err)
		}
	}
	cfg, err := loadEnvFile(t, "\nPOSTGRES_HOST=db", false)
	if err != nil || cfg.UntrustedAddress() != "POSTGRES_HOST in .env line 2" {
		t.Errorf("UntrustedAddress() = %q, error %v", cfg.UntrustedAddress(), err)
	}
	for _, trusted := range []func() (config.Config, error){
		func() (config.Config, error) { return loadEnvFile(t, "POSTGRES_HOST=db", true) },
		func() (config.Config, error) { return loadEnvFile(t, "POSTGRES_HOST=db\n", false, "POSTGRES_HOST=db") },
		func() (config.Config, error) {
			return loadEnvFile(t, "POSTGRES_PORT=6000", false, "DATABASE_URL=postgres://u@h/d")
		},
		func() (config.Config, error) {
			return loadEnvFile(t, "POSTGRES_SSLMODE=disable", false, "DATABASE_URL=postgres://u@h/d")
		},
	} {
		if cfg, err := trusted(); err != nil || cfg.UntrustedAddress() != "" {
			t.Errorf("UntrustedAddress() = %q, error %v, want none", cfg.UntrustedAddress(), err)
		}
	}
}

// A stranger's file opens the dashboard to nobody.
func TestP6_AnImplicitEnvFileOpensNoDashboard(t *testing.T) {
	strangersFolder(t)
	for _, line := range []string{
		"SERVE_LISTEN=0.0.0.0:8090", "SERVE_LISTEN=:8090", "SERVE_LISTEN=[::]:8090", "SERVE_LISTEN=192.0.2.1:80", "SERVE_LISTEN=evil.example:80",
		"SERVE_INSECURE_NO_AUTH=true", "SERVE_AUTH_FILE=key", "SERVE_HOSTS=evil.example", "SERVE_TRUSTED_PROXIES=0.0.0.0/0",
	} {
		wantUntrusted(t, line, line, 1)
	}
	cfg, err := loadEnvFile(t, "SERVE_LISTEN=127.0.0.1:9000\nSERVE_BASE_PATH=/liftoff\nSERVE_MAX_AGE=26h\n", false)
	if err != nil || cfg.ServeListen != "127.0.0.1:9000" || cfg.ServeMaxAge != 26*time.Hour {
		t.Errorf("harmless lines are refused: %v", err)
	}
}

// A new setting must say what a .env file may do that nobody has named, and this
// table has to say it too.
func TestP6_EverySettingHasARuleForAnImplicitEnvFile(t *testing.T) {
	special := map[string]string{
		"SPACEX_CA_FILE": "inside", "POSTGRES_PASSWORD_FILE": "inside", "PING_URL_FILE": "inside", "EMBEDDED_ARCHIVE": "inside", "TRINO_PASSWORD_FILE": "inside",
		"REPLAY_DATA": "inside", "LOG_FILE": "inside", "SUMMARY_JSON": "inside", "METRICS_FILE": "inside", "TRINO_CA_FILE": "inside,trino", "TRINO_URL": "trino",
		"DATABASE_URL": "postgres", "DATABASE_URL_FILE": "inside,postgres", "POSTGRES_HOST": "postgres", "POSTGRES_PORT": "postgres",
		"POSTGRES_SSLMODE": "postgres", "EMBEDDED_DATA_DIR": "never", "EMBEDDED_CACHE_DIR": "never",
		"ANALYTICS_QUERY_DIR": "never", "OTEL_EXPORTER_OTLP_HEADERS_FILE": "inside", "OTEL_EXPORTER_OTLP_CERTIFICATE": "inside",
		"OTEL_EXPORTER_OTLP_ENDPOINT": "otlp", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "otlp",
		"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "otlp", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "otlp",
		"SERVE_LISTEN": "loopback", "SERVE_HOSTS": "dashboard", "SERVE_AUTH_FILE": "dashboard", "SERVE_INSECURE_NO_AUTH": "dashboard", "SERVE_TRUSTED_PROXIES": "dashboard",
	}
	for _, s := range config.Settings() {
		rules := strings.Join(config.ImplicitRules(s), ",")
		want := special[s.Env]
		if want == "" {
			want = "any"
		}
		if rules != want {
			t.Errorf("%s has the rule %q for an implicit .env file, want %q", s.Env, rules, want)
		}
		delete(special, s.Env)
		for _, part := range []string{"_FILE", "_DIR", "_DATA", "_ARCHIVE"} {
			if strings.HasSuffix(s.Env, part) && rules == "any" {
				t.Errorf("%s names a file but has no rule for it", s.Env)
			}
		}
		for _, part := range []string{"_URL", "_HOST", "_ENDPOINT"} {
			if strings.HasSuffix(s.Env, part) && rules == "any" && s.Env != "SPACEX_API_URL" && s.Env != "PING_URL" { // neither gets a secret
				t.Errorf("%s names a server but has no rule for it", s.Env)
			}
		}
	}
	if len(special) > 0 {
		t.Errorf("no such settings: %v", special)
	}
}
