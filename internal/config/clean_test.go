package config_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff/internal/config"
)

func TestP8_AListIsSeparatedByWhateverSeparatesLinesAndWords(t *testing.T) {
	want := []string{"hang@1", "html", "reset@3"}
	for _, list := range []string{"hang@1,html,reset@3", "hang@1\nhtml\nreset@3\n", "hang@1 html\treset@3", "\ufeffhang@1\r\nhtml\r\nreset@3\r\n", " hang@1 , html,,\n reset@3,"} {
		if diff := cmp.Diff(want, config.SplitList(list)); diff != "" {
			t.Errorf("SplitList(%q) (-want +got):\n%s", list, diff)
		}
		if diff := cmp.Diff(want, mustLoad(t, nil, []string{"REPLAY_FAULT=" + list}, "").ReplayFault); diff != "" {
			t.Errorf("REPLAY_FAULT=%q (-want +got):\n%s", list, diff)
		}
		if diff := cmp.Diff(want, mustLoad(t, []string{"--fault", list}, nil, "").ReplayFault); diff != "" {
			t.Errorf("--fault %q (-want +got):\n%s", list, diff)
		}
	}
}

// noticesOf returns what Load has to tell, by level.
func noticesOf(cfg config.Config, level slog.Level) string {
	var texts []string
	for _, notice := range cfg.Notices() {
		if notice.Level == level {
			texts = append(texts, notice.Message)
		}
	}
	return strings.Join(texts, "\n")
}

func TestP10_AServiceLinkOfKubernetesIsIgnored(t *testing.T) {
	links := []string{
		"POSTGRES_SERVICE_HOST=10.96.0.7", "POSTGRES_SERVICE_PORT=5432", "POSTGRES_PORT=tcp://10.96.0.7:5432",
		"POSTGRES_PORT_5432_TCP=tcp://10.96.0.7:5432", "POSTGRES_PORT_5432_TCP_ADDR=10.96.0.7",
	}
	for _, own := range []string{"POSTGRES_HOST=db", "DATABASE_URL=postgres://u@h/d", "EMBEDDED=true"} {
		cfg := mustLoad(t, nil, append([]string{own}, links...), "")
		if cfg.PostgresPort != 5432 || !strings.Contains(noticesOf(cfg, slog.LevelWarn), "POSTGRES_PORT in the environment is a service link of Kubernetes") {
			t.Errorf("%s: port %d, notices %v", own, cfg.PostgresPort, cfg.Notices())
		}
	}
	// The port of .env counts, and a port that a person writes so is wrong.
	if cfg := mustLoad(t, nil, append([]string{"POSTGRES_HOST=db"}, links...), "POSTGRES_PORT=6000"); cfg.PostgresPort != 6000 {
		t.Errorf("port %d, want that of .env", cfg.PostgresPort)
	}
	_, err := load(t, nil, nil, "POSTGRES_PORT=tcp://10.96.0.7:5432")
	wantUsageError(t, "in .env", err, "needs a whole number")
}

func TestP11_TheVariablesOfThePostgresImageBesideAURL(t *testing.T) {
	image := "POSTGRES_USER=image\nPOSTGRES_PASSWORD=s3cret\nPOSTGRES_DB=image\nDATABASE_URL=postgres://u:own@h/d\n"
	for name, cfg := range map[string]config.Config{
		".env":        mustLoad(t, nil, nil, image),
		"environment": mustLoad(t, nil, strings.Split(strings.TrimSpace(image), "\n"), ""),
	} {
		debug := noticesOf(cfg, slog.LevelDebug)
		if cfg.DatabaseURL.Reveal() != "postgres://u:own@h/d" || noticesOf(cfg, slog.LevelWarn) != "" {
			t.Errorf("%s: URL %q, notices %v", name, cfg.DatabaseURL.Reveal(), cfg.Notices())
		}
		if strings.Count(debug, "\n") != 0 || !strings.Contains(debug, "POSTGRES_DB in ") || !strings.Contains(debug, "POSTGRES_USER in ") || strings.Contains(debug, "s3cret") {
			t.Errorf("%s: it says %q at DEBUG, want one line", name, debug)
		}
		if !cfg.URLHasPassword() {
			t.Errorf("%s: the password of the image would be used", name)
		}
	}
}

func TestP12_EverySecretHasAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	names := map[string]bool{}
	for _, s := range config.Settings() {
		names[s.Env] = true
	}
	reveal := map[string]func(config.Config) config.Secret{
		"DATABASE_URL":      func(c config.Config) config.Secret { return c.DatabaseURL },
		"POSTGRES_PASSWORD": func(c config.Config) config.Secret { return c.PostgresPassword },
		"TRINO_PASSWORD":    func(c config.Config) config.Secret { return c.TrinoPassword },
		"PING_URL":          func(c config.Config) config.Secret { return c.PingURL },

		"OTEL_EXPORTER_OTLP_HEADERS": func(c config.Config) config.Secret { return c.OTLPHeaders },
	}
	for _, s := range config.Settings() {
		isForOneSignal := s.Group == config.GroupShipping && s.Env != "OTEL_EXPORTER_OTLP_HEADERS"
		if !s.Secret || isForOneSignal { // those of all signals have a file
			continue
		}
		if !names[s.Env+"_FILE"] || reveal[s.Env] == nil {
			t.Errorf("%s has no setting for a file, or no place in this test", s.Env)
			continue
		}
		for content, want := range map[string]string{
			"postgres://u@h/d": "postgres://u@h/d", "\ufeffpostgres://u@h/d\r\n": "postgres://u@h/d", "postgres://u@h/d\n\n": "postgres://u@h/d",
		} {
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, value := range []string{path, path + "\r", " " + path + "\n"} {
				cfg := mustLoad(t, nil, []string{s.Env + "_FILE=" + value}, "")
				if got := reveal[s.Env](cfg).Reveal(); got != want {
					t.Errorf("%s of %q = %q, want %q", s.Env, content, got, want)
				}
			}
		}
		if err := os.WriteFile(path, []byte("\xff\xfes\x003\x00"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := load(t, nil, []string{s.Env + "_FILE=" + path}, "")
		wantUsageError(t, "UTF-16", err, "is not UTF-8 text")
		_, err = load(t, nil, []string{s.Env + "_FILE=s3cret"}, "")
		wantUsageError(t, "the secret itself", err, s.Env+"_FILE in the environment: no such file")
		_, err = load(t, nil, []string{s.Env + "_FILE=x", s.Env + "=s3cret"}, "")
		wantUsageError(t, "both", err, "both "+s.Env+" and "+s.Env+"_FILE are set")
	}
}

func TestP12_AURLInAFileIsLikeAURL(t *testing.T) {
	path := filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(path, []byte("postgres://u@h/d\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := mustLoad(t, nil, []string{"DATABASE_URL_FILE=" + path}, "POSTGRES_HOST=db")
	if cfg.UsesEmbedded() || cfg.PostgresHost != "" || !cfg.NamesDatabase() {
		t.Errorf("host %q, embedded %v", cfg.PostgresHost, cfg.UsesEmbedded())
	}
	_, err := load(t, []string{"--postgres-db=x"}, []string{"DATABASE_URL_FILE=" + path}, "")
	wantUsageError(t, "a flag beside it", err, "--postgres-db has no effect")
	_, err = load(t, nil, []string{"DATABASE_URL_FILE=" + path, "POSTGRES_HOST=h"}, "")
	wantUsageError(t, "a host beside it", err, "both DATABASE_URL_FILE and POSTGRES_HOST are set")
}

func TestP12_AFileForWhatIsNoSecretIsSaid(t *testing.T) {
	cfg := mustLoad(t, nil, []string{"POSTGRES_USER_FILE=/x", "POSTGRES_DB_FILE="}, "POSTGRES_HOST_FILE=/y")
	warnings := noticesOf(cfg, slog.LevelWarn)
	for _, name := range []string{"POSTGRES_USER_FILE", "POSTGRES_HOST_FILE"} {
		if !strings.Contains(warnings, name+" is no setting of liftoff") {
			t.Errorf("%s is ignored in silence: %q", name, warnings)
		}
	}
	if strings.Contains(warnings, "POSTGRES_DB_FILE") {
		t.Errorf("an empty variable is warned of: %q", warnings)
	}
}

func TestP13_ADollarInEnvFileIsItselfOrRefused(t *testing.T) {
	for text, want := range map[string]string{
		"POSTGRES_PASSWORD='k$9Lq'": "k$9Lq", `POSTGRES_PASSWORD="k\$9Lq"`: "k$9Lq", "POSTGRES_PASSWORD=pa$word": "pa$word", "POSTGRES_PASSWORD=pa$": "pa$",
		"POSTGRES_PASSWORD='${A}$(b)\\n'": `${A}$(b)\n`, `POSTGRES_PASSWORD="a\\b\"c"`: `a\b"c`, `POSTGRES_PASSWORD=a\tb`: `a\tb`, "POSTGRES_PASSWORD='a\\'": `a\`,
		`POSTGRES_PASSWORD='a"'`: `a"`, `POSTGRES_PASSWORD="'a'"`: "'a'", "A=x # y\nPOSTGRES_PASSWORD=a#b # c # d": "a#b", "POSTGRES_PASSWORD=#x": "#x", "POSTGRES_PASSWORD='a' # c": "a",
		"POSTGRES_PASSWORD = 'a\nb'\n": "a\nb", `POSTGRES_PASSWORD="a\nb"`: "a\nb", "OTHER=${X:-y} $(z)\nPOSTGRES_PASSWORD=a": "a", "\nPOSTGRES_PASSWORD: a": "a", "POSTGRES_PASSWORD= # none\nOTHER=1": "",
		"OTHER='POSTGRES_PASSWORD=b\n'\rPOSTGRES_PASSWORD=a\rX=1": "a",
	} {
		if got := mustLoad(t, nil, nil, text).PostgresPassword.Reveal(); got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
	for _, line := range []string{
		"POSTGRES_PASSWORD=s3cret$9Lq", "POSTGRES_USER=${DB_USER:-spacex}", `POSTGRES_PASSWORD="s3cret$OTHER"`, "POSTGRES_PASSWORD=$(s3cret)", `POSTGRES_PASSWORD="s3cret\t"`, "POSTGRES_DB=$POSTGRES_USER",
	} {
		_, err := load(t, nil, nil, "OTHER='1\n2'\n"+line+"\n")
		wantUsageError(t, line, err, ".env line 3: the value of POSTGRES_")
		wantHint(t, err, "single quotes")
	}
	for _, text := range []string{"A=1\nPOSTGRES_DB='a' b\n", "A=1\nPOSTGRES_DB='a'b'\n", "A=1\nPOSTGRES_DB\n", "A=1\nPOST GRES=1\n", "A=1\n=s3cret\n", "A=1\nX=\"a\\\"\n"} {
		_, err := load(t, nil, nil, text)
		wantUsageError(t, text, err, ".env line 2 cannot be read")
	}
}

func TestP19_BlanksLineEndsAndQuotesAroundAValue(t *testing.T) {
	for _, around := range []string{"%\r", "%\r\n", " %", "\t% ", "\ufeff%", "%\n"} {
		set := func(name, value string) string { return name + "=" + strings.ReplaceAll(around, "%", value) }
		cfg := mustLoad(t, nil, []string{
			set("DATABASE_URL", "postgres://u@h/d"), set("SPACEX_API_URL", "http://x"), set("TRINO_URL", "http://t"), set("LOG_FORMAT", "json"), set("PAGE_SIZE", "5"), set("EMBEDDED", "false"),
		}, "")
		if cfg.DatabaseURL.Reveal() != "postgres://u@h/d" || cfg.SpaceXAPIURL != "http://x" || cfg.TrinoURL != "http://t" || cfg.PageSize != 5 {
			t.Errorf("%q: URL %q, API %q, Trino %q", around, cfg.DatabaseURL.Reveal(), cfg.SpaceXAPIURL, cfg.TrinoURL)
		}
	}
	for _, quote := range []string{"'", `"`} {
		for _, name := range []string{"DATABASE_URL", "SPACEX_API_URL", "TRINO_URL", "POSTGRES_HOST", "PAGE_SIZE", "LOG_FILE"} {
			_, err := load(t, nil, []string{name + "=" + quote + "s3cret" + quote + "\r"}, "")
			wantUsageError(t, name, err, name+" in the environment has quotes around its value")
		}
	}
	if got := mustLoad(t, nil, []string{"POSTGRES_PASSWORD= 'x' \r\n"}, "").PostgresPassword.Reveal(); got != " 'x' " {
		t.Errorf("password %q, want it with its blanks and quotes", got)
	}
	for host, want := range map[string]string{"db1 db2": "blank", "db1\ndb2": "blank", "db:5432": "more than a host", "u:s3cret@db": "an @", "//u:s3cret@db": "", "db1, db2": "blank"} {
		_, err := load(t, nil, []string{"POSTGRES_HOST=" + host}, "")
		if want != "" {
			wantUsageError(t, host, err, want)
		}
	}
	for _, host := range []string{"db", "/run/my sockets", "::1", "fe80::1%eth0", "a,b", "10.0.0.1", "@abstract"} {
		mustLoad(t, nil, []string{"POSTGRES_HOST=" + host}, "")
	}
}

func TestP14_ParametersOfAURL(t *testing.T) {
	accepted := []string{
		"gssencmode=disable", "keepalives=1&keepalives_idle=30", "tcp_user_timeout=1000", "fallback_application_name=x", "search_path=spx", "statement_timeout=5s",
		"pool_max_conns=3", "TimeZone=UTC", "my.setting=1", "ssl=true", "options=-c%20a%3Db", "application_name=a@b", "user=me@corp",
	}
	for _, parameters := range accepted {
		for _, url := range []string{"postgres://u@h/d?" + parameters, "host=h " + strings.NewReplacer("&", " ", "%20", `\ `, "%3D", "=").Replace(parameters)} {
			mustLoad(t, nil, []string{"DATABASE_URL=" + url}, "")
		}
	}
	for parameter, want := range map[string]string{
		"schema=public": "parameter schema", "pgbouncer=true&connection_limit=1": "parameter pgbouncer", "currentSchema=x": "parameter currentSchema", "connection_limit=1": "parameter connection_limit",
		"sslmod=require": "does not know", "SSLMODE=require": "sslmode in capital letters", "a b=1": "parameter, number 1", "x": "",
	} {
		_, err := load(t, nil, []string{"DATABASE_URL=postgres://u:s3cret@h/d?" + parameter}, "")
		if want != "" {
			wantUsageError(t, parameter, err, want)
		}
	}
	_, err := load(t, nil, []string{"DATABASE_URL=postgres://h/d?schema=public"}, "")
	wantHint(t, err, "search_path=NAME")
}

func TestP15_ForPsql(t *testing.T) {
	for _, test := range []struct {
		connection, options, want string
		environ                   []string
	}{
		{"postgres://u:s3cret@h/d?search_path=spx", "", "postgres://u@h/d", []string{"PGOPTIONS=-c search_path=spx"}},
		{"postgres://u@h/d?sslmode=require&statement_timeout=5s&pool_max_conns=3", "-c a=b", "postgres://u@h/d?sslmode=require", []string{"PGOPTIONS=-c a=b -c statement_timeout=5s"}},
		{"postgres://u@h/d?options=-c%20x%3Dy&search_path=a%20b%5C", "-c a=b", "postgres://u@h/d", []string{`PGOPTIONS=-c x=y -c search_path=a\ b\\`}},
		{"postgres://h/d?require_auth=scram-sha-256&database=e", "", "postgres://h/d?dbname=e", []string{"PGREQUIREAUTH=scram-sha-256"}},
		{"host=h password=s3cret search_path='a b' options=''", "-c a=b", "host=h   ", []string{`PGOPTIONS=-c search_path=a\ b`}},
		{"host=h dbname=d", "", "host=h dbname=d", nil},
	} {
		got, environ := config.ForPsql(test.connection, test.options)
		if got != test.want || strings.Contains(got, "s3cret") {
			t.Errorf("ForPsql(%q) = %q, want %q", test.connection, got, test.want)
		}
		if diff := cmp.Diff(test.environ, environ); diff != "" {
			t.Errorf("ForPsql(%q) (-want +got):\n%s", test.connection, diff)
		}
	}
}

func TestP15_VariablesThatAConnectionLeavesToItsClient(t *testing.T) {
	for connection, want := range map[string]string{
		"postgres://": "", "postgres://u@h:1/d": "PGDATABASE PGHOST PGPORT PGUSER", "postgres://[::1]/": "PGHOST", "postgres://h,i:1": "PGHOST PGPORT",
		"postgres://:1/?user=u&sslmode=require": "PGPORT PGSSLMODE PGUSER", "host=h database=d service=s": "PGDATABASE PGHOST PGSERVICE", "dbname=d target_session_attrs=any": "PGDATABASE PGTARGETSESSIONATTRS",
	} {
		if got := config.VariablesInPlaceOf(connection); strings.Join(slices.Sorted(slices.Values(got)), " ") != want {
			t.Errorf("VariablesInPlaceOf(%q) = %q, want %q", connection, got, want)
		}
	}
}
