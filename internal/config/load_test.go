package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"liftoff"
	"liftoff/internal/config"
)

// allGroups are the groups of a command that would take every flag.
func allGroups() []config.Group {
	return []config.Group{
		config.GroupSource, config.GroupIngest, config.GroupDatabase, config.GroupEmbedded, config.GroupEngine, config.GroupDemo,
		config.GroupOutput, config.GroupReplay, config.GroupSynthetic, config.GroupLog,
	}
}

// load resolves settings from arguments, an environment and the text of a
// .env file; "" means that there is no such file.
func load(t *testing.T, args, environ []string, envFile string) (config.Config, error) {
	t.Helper()
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	config.AddFlags(flags, allGroups()...)
	if err := flags.Parse(args); err != nil {
		t.Fatalf("parse flags %q: %v", args, err)
	}
	path := filepath.Join(t.TempDir(), ".env")
	if envFile != "" {
		if err := os.WriteFile(path, []byte(envFile), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return config.Load(config.Sources{Flags: flags, Environ: environ, EnvFile: path})
}

func mustLoad(t *testing.T, args, environ []string, envFile string) config.Config {
	t.Helper()
	cfg, err := load(t, args, environ, envFile)
	if err != nil {
		t.Fatalf("Load() = %v", err)
	}
	return cfg
}

func TestLoad_StrongerSourcesWin(t *testing.T) {
	tests := []struct {
		name    string
		args    []string
		environ []string
		envFile string
		want    string
	}{
		{"the default when nothing is set", nil, nil, "", "spacex"},
		{".env beats the default", nil, nil, "POSTGRES_DB=fromfile", "fromfile"},
		{"the environment beats .env", nil, []string{"POSTGRES_DB=fromenv"}, "POSTGRES_DB=fromfile", "fromenv"},
		{"a flag beats the environment", []string{"--postgres-db=fromflag"}, []string{"POSTGRES_DB=fromenv"}, "POSTGRES_DB=fromfile", "fromflag"},
		{"an empty variable counts as not set", nil, []string{"POSTGRES_DB="}, "POSTGRES_DB=fromfile", "fromfile"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := mustLoad(t, test.args, test.environ, test.envFile).PostgresDB; got != test.want {
				t.Errorf("PostgresDB = %q, want %q", got, test.want)
			}
		})
	}
}

func TestLoad_AStrongerSourceReplacesTheOtherSpellingOfTheSameThing(t *testing.T) {
	cfg := mustLoad(t, []string{"--postgres-host=db"}, nil, "DATABASE_URL=postgres://elsewhere/x")
	if cfg.DatabaseURL != "" || cfg.PostgresHost != "db" {
		t.Errorf("DatabaseURL = %q, PostgresHost = %q, want only the host", cfg.DatabaseURL.Reveal(), cfg.PostgresHost)
	}
	cfg = mustLoad(t, nil, []string{"DATABASE_URL=postgres://here/x"}, "POSTGRES_HOST=db")
	if cfg.DatabaseURL.Reveal() != "postgres://here/x" || cfg.PostgresHost != "" {
		t.Errorf("DatabaseURL = %q, PostgresHost = %q, want only the URL", cfg.DatabaseURL.Reveal(), cfg.PostgresHost)
	}
}

func TestLoad_ParsesEachKind(t *testing.T) {
	cfg := mustLoad(t,
		[]string{"--spacex-timeout", "90s", "--auto-migrate=false", "--count", "12", "-o", "json"},
		[]string{"POSTGRES_PORT=5544", "REPLAY_SEED=18446744073709551615"}, "")
	if cfg.SpaceXTimeout != 90*time.Second || cfg.AutoMigrate || cfg.ReplayCount != 12 ||
		cfg.Output != "json" || cfg.PostgresPort != 5544 || cfg.ReplaySeed != 18446744073709551615 {
		t.Errorf("parsed settings are wrong: %+v", cfg)
	}
}

func TestB22_ReadsEnvFileAsPeopleWriteIt(t *testing.T) {
	file := "\ufeff# a comment\r\nexport POSTGRES_USER=\"me\"\r\nPOSTGRES_PASSWORD='p#ss w$rd'\r\n\r\nPOSTGRES_DB=x # tail\r\n"
	cfg := mustLoad(t, nil, nil, file)
	if cfg.PostgresUser != "me" || cfg.PostgresPassword.Reveal() != "p#ss w$rd" || cfg.PostgresDB != "x" {
		t.Errorf("user %q, password %q, db %q", cfg.PostgresUser, cfg.PostgresPassword.Reveal(), cfg.PostgresDB)
	}
}

func TestB22_ANameOfAnotherProgramIsNoTypo(t *testing.T) {
	mustLoad(t, nil, nil, "COMPOSE_PROJECT_NAME=x\nPGHOST=y\nPOSTGRES_DATA=/var\nSPACEX=1\nSIMULATION_SEED='a\nLOG_FILES=b'\n")
}

func TestLoad_DoesNotTouchTheProcessEnvironment(t *testing.T) {
	mustLoad(t, nil, nil, "POSTGRES_DB=leak")
	if value, set := os.LookupEnv("POSTGRES_DB"); set && value == "leak" {
		t.Error(".env leaked into the process's environment, where child processes inherit it")
	}
}

func TestG2_B22_RefusesWithOneLineThatNamesSettingAndSource(t *testing.T) {
	tests := []struct {
		name    string
		args    []string
		environ []string
		envFile string
		want    string
	}{
		{"a port that is no number", nil, []string{"POSTGRES_PORT=abc"}, "", `POSTGRES_PORT in the environment needs a whole number, not "abc"`},
		{"a port out of range", []string{"--postgres-port=70000"}, nil, "", `--postgres-port needs a number from 1 to 65535, not "70000"`},
		{"a duration without a unit", []string{"--spacex-timeout=30"}, nil, "", `--spacex-timeout needs a duration such as 30s or 2m, not "30"`},
		{"an interval without a unit", nil, []string{"SCHEDULE_EVERY=15"}, "", `SCHEDULE_EVERY in the environment needs a duration such as 15m, not "15"`},
		{"an interval in days", nil, []string{"SCHEDULE_EVERY=1d"}, "", `SCHEDULE_EVERY in the environment needs a duration such as 24h, not "1d"`},
		{"an interval in words", nil, []string{"SCHEDULE_EVERY=2 Weeks"}, "", `SCHEDULE_EVERY in the environment needs a duration such as 336h, not "2 Weeks"`},
		{"a duration in minutes", []string{"--spacex-timeout=5min"}, nil, "", `--spacex-timeout needs a duration such as 5m, not "5min"`},
		{"an unknown sslmode", nil, []string{"POSTGRES_SSLMODE=on"}, "", `POSTGRES_SSLMODE in the environment must be disable, allow, prefer, require, verify-ca or verify-full, not "on"`},
		{"an unknown log format", nil, nil, "LOG_FORMAT=xml", `LOG_FORMAT in `},
		{"a number too large", []string{"--count=99999999999999999999"}, nil, "", `--count needs a smaller number, not "99999999999999999999"`},
		{"a number too small", []string{"--count=-99999999999999999999"}, nil, "", `--count needs a larger number, not "-99999999999999999999"`},
		{"a duration too long", nil, []string{"SPACEX_TIMEOUT=9999999h"}, "", `SPACEX_TIMEOUT in the environment needs a shorter duration, not "9999999h"`},
		{"an address without a port", []string{"--listen=foo"}, nil, "", `--listen needs an address and a port such as 127.0.0.1:8100, not "foo"`},
		{"a seed below nothing", []string{"--seed=-1"}, nil, "", `--seed needs a whole number of 0 or more, not "-1"`},
		{"an unknown log level", nil, []string{"LOG_LEVEL=INFO\n;"}, "", `LOG_LEVEL in the environment must be debug, info, warning or error, not "INFO\n;"`},
		{"neither true nor false", nil, []string{"EMBEDDED=perhaps"}, "", `EMBEDDED in the environment needs true or false, not "perhaps"`},
		{"an unknown engine", []string{"--engine=presto"}, nil, "", `--engine must be postgres, trino or auto, not "presto"`},
		{"a wait below nothing", nil, nil, "TRINO_WAIT=-1s", `TRINO_WAIT in `},
		{"two passwords for Trino", nil, []string{"TRINO_PASSWORD=s3cret", "TRINO_PASSWORD_FILE=x"}, "", "both TRINO_PASSWORD and TRINO_PASSWORD_FILE are set"},
		{"both spellings in one source", nil, []string{"POSTGRES_HOST=a", "DATABASE_URL=postgres://b"}, "", "both DATABASE_URL and POSTGRES_HOST are set"},
		{"a bad line of .env", nil, nil, "A=1\nB=2\nthis is no setting\nC=3\n", ".env line 3 cannot be read"},
		{"an open quote in .env", nil, nil, "A=1\nB=\"never closed\nC=3\n", ".env line 2 cannot be read"},
		{"B22 letters that changed places in .env", nil, nil, "A=1\nPOSTGRES_HSOT=db\n", ".env line 2: there is no setting POSTGRES_HSOT"},
		{"B22 a letter too many in .env", nil, nil, "export POSTGRES_HOSTS=db\n", ".env line 1: there is no setting POSTGRES_HOSTS"},
		{"B22 a letter too few in .env", nil, nil, "\r\nPAGE_SIZ=5\r\n", ".env line 2: there is no setting PAGE_SIZ"},
		{"B22 a wrong letter in .env", nil, nil, "LOG_FILL=5", ".env line 1: there is no setting LOG_FILL"},
		{"B22 small letters in .env", nil, nil, "postgres_host=db", ".env line 1: there is no setting postgres_host"},
		{"a password in the flag", []string{"--database-url=postgres://u:s3cret@h/d"}, nil, "", "--database-url contains a password"},
		{"a password in the flag's keywords, with spaces", []string{"--database-url=host=h Password = s3cret"}, nil, "", "--database-url contains a password"},
		{"a password in the URL's query, with an escape in its name", []string{"--database-url=postgres://h/d?pass%77ord=s3cret"}, nil, "", "--database-url contains a password"},
		{"the password of a key in the URL's query", []string{"--database-url=postgres://h/d?sslpassword=s3cret"}, nil, "", "--database-url contains a password"},
		{"a URL as the host", []string{"--postgres-host=postgres://u:s3cret@h/d"}, nil, "", "--postgres-host contains a whole URL"},
		{"a URL as the database's name", nil, []string{"POSTGRES_HOST=h", "POSTGRES_DB=postgres://u:s3cret@h/d"}, "", "POSTGRES_DB in the environment contains a whole URL"},
		{"a URL as the user", nil, nil, "POSTGRES_HOST=h\nPOSTGRES_USER=postgres://u:s3cret@h/d", "contains a whole URL"},
		{"a password in the URL's query", []string{"--database-url=postgres://h/d?password=s3cret"}, nil, "", "--database-url contains a password"},
		{"a flag beside a weaker URL", []string{"--postgres-db=staging"}, nil, "DATABASE_URL=postgres://h/prod", "--postgres-db has no effect"},
		{"a part beside the URL in one source", nil, []string{"DATABASE_URL=postgres://h/prod", "POSTGRES_PORT=1"}, "", "POSTGRES_PORT in the environment has no effect"},
		{"no synthetic launches", []string{"--count=0"}, nil, "", `--count needs 1 or more, not "0"`},
		{"a password in the flag's keywords", []string{"--database-url=host=h password=s3cret"}, nil, "", "--database-url contains a password"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := load(t, test.args, test.environ, test.envFile)
			wantUsageError(t, test.name, err, test.want)
		})
	}
}

func TestLoad_ANamedEnvFileMustExist(t *testing.T) {
	_, err := config.Load(config.Sources{EnvFile: filepath.Join(t.TempDir(), "none"), EnvFileRequired: true})
	wantUsageError(t, "missing file", err, "no such file")
}

func TestLoad_NoErrorShowsASecretOfEnvFile(t *testing.T) {
	_, err := load(t, nil, nil, "POSTGRES_PASSWORD = \"s3cret\nPOSTGRES_DB='x\n")
	if err == nil || strings.Contains(err.Error()+liftoff.HintOf(err), "s3cret") {
		t.Errorf("error %v shows the secret, or there is none", err)
	}
}

func wantUsageError(t *testing.T, name string, err error, want string) {
	t.Helper()
	if err == nil || liftoff.CategoryOf(err) != liftoff.Usage {
		t.Fatalf("%s: Load() = %v, want a usage error", name, err)
	}
	if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("%s: Load() = %q, want one line with %q and no secret", name, err, want)
	}
	if liftoff.HintOf(err) == "" {
		t.Errorf("%s: the error %q has no next step", name, err)
	}
}

func TestLoad_AURLReplacesTheWeakerPartsAndKeepsThePassword(t *testing.T) {
	cfg := mustLoad(t, nil, []string{"DATABASE_URL=postgres://u@h/d", "POSTGRES_PASSWORD=s3cret"}, "POSTGRES_HOST=old\nPOSTGRES_DB=old")
	if cfg.DatabaseURL.Reveal() != "postgres://u@h/d" || cfg.PostgresHost != "" || cfg.PostgresPassword.Reveal() != "s3cret" {
		t.Errorf("URL %q, host %q", cfg.DatabaseURL.Reveal(), cfg.PostgresHost)
	}
}

func TestLoad_TheEmbeddedServerTakesADatabaseNameBesideAURL(t *testing.T) {
	cfg := mustLoad(t, []string{"--embedded", "--postgres-db=other"}, []string{"DATABASE_URL=postgres://h/prod"}, "")
	if !cfg.UsesEmbedded() || cfg.PostgresDB != "other" {
		t.Errorf("UsesEmbedded() = %v, PostgresDB = %q", cfg.UsesEmbedded(), cfg.PostgresDB)
	}
}

func TestUsesEmbedded(t *testing.T) {
	if !mustLoad(t, []string{"--embedded"}, []string{"POSTGRES_HOST=db"}, "").UsesEmbedded() {
		t.Error("with --embedded UsesEmbedded() = false")
	}
	if !mustLoad(t, nil, nil, "").UsesEmbedded() {
		t.Error("without a database UsesEmbedded() = false")
	}
	for _, setting := range []string{"POSTGRES_HOST=db", "DATABASE_URL=postgres://db/x"} {
		if mustLoad(t, nil, []string{setting}, "").UsesEmbedded() {
			t.Errorf("with %s UsesEmbedded() = true", setting)
		}
	}
}

func FuzzEnvFile(f *testing.F) {
	for _, seed := range []string{"A=1", "A='x", "export A=\"b\\n\"", "\ufeffA=1\r\n", "A=${B}\nB=$A", "=x", "A\x00=1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), ".env")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := config.Load(config.Sources{EnvFile: path}); err != nil && liftoff.CategoryOf(err) != liftoff.Usage {
			t.Errorf("Load() of %q = %v, want a usage error or none", text, err)
		}
	})
}

func TestLoad_TakesLogLevelsInAnyCase(t *testing.T) {
	for _, level := range []string{"debug", "INFO", " Info ", "warn", "WARNING", "error"} {
		mustLoad(t, nil, []string{"LOG_LEVEL=" + level}, "")
	}
}

func TestLoad_Replay(t *testing.T) {
	cfg := mustLoad(t, nil, nil, "")
	if cfg.ReplayLatency != 0 || cfg.ReplayRevision != 0 || !cfg.ReplayCompress {
		t.Errorf("latency %v, revision %d, compress %v", cfg.ReplayLatency, cfg.ReplayRevision, cfg.ReplayCompress)
	}
	cfg = mustLoad(t, []string{"--latency=100ms", "--compress=false"}, []string{"REPLAY_REVISION=3", "REPLAY_LATENCY=1s"}, "")
	if cfg.ReplayLatency != 100*time.Millisecond || cfg.ReplayRevision != 3 || cfg.ReplayCompress {
		t.Errorf("latency %v, revision %d, compress %v", cfg.ReplayLatency, cfg.ReplayRevision, cfg.ReplayCompress)
	}
	for _, setting := range []string{"REPLAY_LATENCY=-1s", "REPLAY_LATENCY=100", "REPLAY_REVISION=-1", "REPLAY_COMPRESS=maybe"} {
		if _, err := load(t, nil, []string{setting}, ""); liftoff.CategoryOf(err) != liftoff.Usage {
			t.Errorf("%s: %v, want a usage error", setting, err)
		}
	}
}

func wantHint(t *testing.T, err error, want string) {
	t.Helper()
	if hint := liftoff.HintOf(err); !strings.Contains(hint, want) {
		t.Errorf("the hint of %v is %q, want %q in it", err, hint, want)
	}
}
