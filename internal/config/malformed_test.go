package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"pgregory.net/rapid"

	"liftoff"
	"liftoff/internal/config"
)

// malformedConnections are connection strings that lead elsewhere than is meant, or
// nowhere, with a password in each.
func malformedConnections(secret string) []string {
	login := "u:" + secret + "@h"
	forms := []string{
		login + "/d", "//" + login + "/d", "/" + login + "/d", ":" + secret + "@h", secret, "u:" + secret, secret + "@h:5432/d",
		"postgres", "postgres:" + secret, "postgres//" + login + "/d", "postgres:/ /" + login,
		"postgres://u:12/" + secret + "@h/d", "postgres://u:" + secret, "postgres://u:" + secret + "/d", "postgres://u:a@" + secret + "@h/d",
		"postgres://u:" + secret + "%zz@h/d", "postgres://u:" + secret + "%@h/d", "postgres://u:" + secret + "%4", "postgres://u:12?/" + secret + "@h/d",
		"postgres://h/d?" + secret + "=1@h/d", "postgres://u:" + secret + "\n@h/d", "postgres://u:" + secret + "\t@h/d", "postgres://u:" + secret + "\x00@h/d",
		"postgres://u:12#/" + secret + "@h/d", "postgres://h/d?" + secret + "-x", "postgres://h/d?password=" + secret + "&schema=x",
		"postgres://h/d?PASSWORD=" + secret, "postgres://h/d?pasword=" + secret, "postgres://h:port-" + secret + "/d",
		"host=h password=a " + secret, "host=h password='" + secret, "host=h password='" + secret + "' '", "host=h Password=" + secret, "host=h pasword=" + secret,
		"host=h;password=" + secret + " ;", "Server=h;User Id=u;Password=" + secret + ";", secret + "://h", "host = h password", "=" + secret, "'" + login + "'",
		"host=127.0.0.1;port=1;password=" + secret, "host=h;" + secret, "host=h?" + secret, "host=h#" + secret, "host='h " + secret + "'", "host=h hostaddr=1.2.3.4;" + secret,
		secret + "=", "Ab" + secret + "==", "search_path=" + secret, "host=h password=a " + secret + "=x", "host=h password=a b" + secret + "=",
		"host=h user=u:" + secret, "host=h user='spacex password=" + secret + "'", "host=h dbname='h password=" + secret + "'", "host=h dbname=postgres://u:" + secret + "@h/d",
		"host=h dbname=t1?password=" + secret, "host=h application_name=x;password=" + secret, "host=h sslmode=require&password=" + secret,
		"postgres://u@h/t1;password=" + secret, "postgres://u@h/t1&password=" + secret, "postgres://u@h/t1#" + secret, "postgres://u@h/t1%3Bpassword=" + secret, "postgres://u@h/t1,pwd=" + secret,
		"postgres://u@h/d?user=u:" + secret, "postgres://u@h/d?user=u%3A" + secret, "postgres://u@h/d?dbname=u:" + secret + "@h", "postgres://u@h/d?host=h;password=" + secret,
		"postgres://u@h/d?host=" + secret + "@h", "postgres://u@h/d?sslmode=require;password=" + secret, "postgres://u@h/d?connect_timeout=5#" + secret, "postgres://u@h/d?" + secret + "=",
		"postgres://u@[127.0.0.1:" + secret + "]/d", "postgres://u@[::1:" + secret + "/d", "postgres://u@[::1]" + secret + "/d", "postgres://u@[fe80::1%25a;" + secret + "]/d",
		"postgres://u@h;password=" + secret + "/d", "postgres://u@h;" + secret, "postgres://u@h&" + secret + "/d", "postgres://u@h#" + secret, "postgres://u@h=" + secret + "/d", "postgres://u@h " + secret + "/d",
		"postgres://u@h%3B" + secret + "/d", "postgres://u;password=" + secret + "@h/d", "postgres://u@h,password=" + secret + "/d", "postgres://u@h!" + secret + "/d",
	}
	for _, scheme := range []string{
		"postgresql+asyncpg://", "postgres+ssl://", "jdbc:postgresql://", "jdbc:postgresql:/", "POSTGRES://", "PostgreSQL://", "postgres:/", "postgres:///" + "/", "postgresql:/",
		"mysql://", "http://", "postgre://", "tcp://", "psql://", "pgsql:", "postgresql:", " postgres:/", "x-y.z://", "odbc:" + secret + "://",
	} {
		forms = append(forms, scheme+login+"/d", scheme+login+"/d?sslmode=require", scheme+"u:a "+secret+"=x@h/d", scheme+secret)
	}
	return forms
}

// wantNoConnection wants a refusal that does not show the secret.
func wantNoConnection(t testing.TB, how, form, secret string, err error) {
	t.Helper()
	text := fmt.Sprint(err)
	if liftoff.CategoryOf(err) != liftoff.Usage || err == nil || liftoff.HintOf(err) == "" {
		t.Errorf("%s %q: %v, want a usage error with a hint", how, form, err)
	}
	if strings.Contains(text+liftoff.HintOf(err), secret) || strings.Contains(text, "\n") {
		t.Errorf("%s %q shows the secret, or has several lines: %s", how, form, text)
	}
}

// loadURLFlag loads --database-url.
func loadURLFlag(t testing.TB, url string) error {
	t.Helper()
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	config.AddFlags(flags, config.GroupDatabase)
	if err := flags.Set("database-url", url); err != nil {
		t.Fatal(err)
	}
	_, err := config.Load(config.Sources{Flags: flags})
	return err
}

func TestP1_P2_AMalformedConnectionIsRefusedWithoutTheSecret(t *testing.T) {
	const secret = "CanarySecret9"
	path := filepath.Join(t.TempDir(), "url")
	for i, form := range malformedConnections(secret) {
		if strings.HasPrefix(form, "postgres:////") {
			continue // a socket folder, without a login
		}
		_, err := load(t, nil, []string{"DATABASE_URL=" + form}, "")
		wantNoConnection(t, "P2 the environment", form, secret, err)
		wantNoConnection(t, "P2 the flag", form, secret, loadURLFlag(t, form))
		if err := os.WriteFile(path, []byte("\ufeff "+form+" \r\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err = load(t, nil, []string{"DATABASE_URL_FILE=" + path}, "")
		wantNoConnection(t, "P2 the file", form, secret, err)
		quote := []string{"'", `"`, ""}[i%3]
		_, err = load(t, nil, nil, "A=1\nDATABASE_URL="+quote+form+quote+"\n")
		wantNoConnection(t, "P2 .env", form, secret, err)
	}
}

func TestP1_AnotherSchemeIsNamed(t *testing.T) {
	for url, want := range map[string]string{
		"postgresql+asyncpg://u:s3cret@h/d":     `DATABASE_URL in the environment begins with "postgresql+asyncpg://"`,
		"jdbc:postgresql://h/d?password=s3cret": `begins with "jdbc:postgresql://"`, "postgres:/u:s3cret@h/d": `begins with "postgres:/"`,
		"POSTGRES://u:s3cret@h/d": `begins with "POSTGRES://"`, "mysql://u:s3cret@h/d": `begins with "mysql://"`,
		"s3cret99X://h": "begins with another scheme",
	} {
		_, err := load(t, nil, []string{"DATABASE_URL=" + url}, "")
		wantUsageError(t, url, err, want)
		wantHint(t, err, "postgres://user@host:5432/database")
	}
}

// Whatever password a URL of another program has, and wherever it is torn.
func TestP2_NoPasswordOfAnotherProgramsURLIsShown(t *testing.T) {
	schemes := rapid.SampledFrom([]string{"postgres:/", "postgresql+psycopg2://", "jdbc:postgresql://", "", "//", "Postgres://", "pg:"})
	tail := rapid.SampledFrom([]string{"", "@h/d", "@h:5432/d?sslmode=require", " dbname=d", "/d", "?x=y", "\n", "%zz@h", "'", "&password=x"})
	rapid.Check(t, func(t *rapid.T) {
		secret := "Canary" + rapid.StringMatching(`[0-9A-Z]{6}`).Draw(t, "secret")
		url := schemes.Draw(t, "scheme") + rapid.SampledFrom([]string{"", "u:", "u:a=", "u:a/", "u:a@", "u:a b=c "}).Draw(t, "before") + secret + tail.Draw(t, "tail")
		_, err := config.Load(config.Sources{Environ: []string{"DATABASE_URL=" + url}})
		if err != nil {
			if text := err.Error() + liftoff.HintOf(err); strings.Contains(text, secret) {
				t.Fatalf("%q is shown: %s", url, text)
			}
		}
	})
}

// connectionsAndNames are texts that hold a secret in place of a host, a name or a
// file.
func connectionsAndNames(secret string) []string {
	return []string{
		"postgres://u:" + secret + "@h/d", "postgresql+asyncpg://u:" + secret + "@h/d", "https://u:" + secret + "@h", "https://" + secret + "@h", "u:" + secret + "@h/d", "//u:" + secret + "@h/d",
		"postgres:/u:" + secret + "@h/d", "postgres://u:" + secret, "postgres://u:12/" + secret + "@h", "jdbc:postgresql://h/d?user=u&password=" + secret, "host=h password=" + secret,
		"host=h;port=1;password=" + secret, "Server=h;Database=d;Pwd=" + secret, "t1;password=" + secret, "t1?password=" + secret, "t1&password=" + secret, "t1 password = " + secret,
		"t1%3Bpassword%3D" + secret, "127.0.0.1;password=" + secret, "h?password=" + secret, "https://h/?token=" + secret, "a,b;password=" + secret, `{"password": "` + secret + `"}`,
	}
}

// A secret in a setting that is meant for something else, by any way that leads
// there, is refused before anything is done with it.
func TestP2_ASecretInTheWrongSettingIsNotShown(t *testing.T) {
	const secret = "CanarySecret9"
	for _, s := range config.Settings() {
		if s.Secret || s.Group == config.GroupShipping || s.Env == "SIMULATION_SEED" || s.Env == "SPACEX_API_URL" || s.Env == "METRICS_PUSH" || s.Env == "TRINO_URL" {
			continue // it may be any text, is never shown, or is checked by who uses it
		}
		for _, form := range connectionsAndNames(secret) {
			if s.Kind == "list" && strings.Contains(form, " = ") {
				continue // a list has no blanks; the error names its first value only
			}
			_, err := config.Load(config.Sources{Environ: []string{s.Env + "=" + form}})
			wantNoConnection(t, s.Env, form, secret, err)
			flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
			config.AddFlags(flags, s.Group)
			if flags.Set(s.Flag, form) == nil {
				_, err = config.Load(config.Sources{Flags: flags})
				wantNoConnection(t, "--"+s.Flag, form, secret, err)
			}
			for _, args := range [][]string{{"ingest", "--" + s.Flag, form}, {"ingest", "--" + s.Flag + "=" + form}} {
				wantNoConnection(t, "--"+s.Flag, form, secret, config.CheckArguments(args))
			}
		}
	}
	for setting, forms := range map[string][]string{
		"POSTGRES_HOST": {"h;" + secret, "h?" + secret, "h#" + secret, "h&" + secret, "h=" + secret, "h " + secret, "h:" + secret, "u:" + secret + "%x", "fe80::1%a;" + secret, "[::1]" + secret, "/run;password=" + secret},
		"POSTGRES_USER": {"u:" + secret, "spacex password=" + secret, "u;pwd=" + secret}, "TRINO_USER": {"u:" + secret},
		"POSTGRES_DB": {"host=h password=" + secret, "h:/" + secret}, "POSTGRES_PORT": {"5432;" + secret + "=", "x@" + secret, "5432/" + secret},
	} {
		for _, form := range forms {
			_, err := config.Load(config.Sources{Environ: []string{setting + "=" + form}})
			wantNoConnection(t, setting, form, secret, err)
		}
	}
}

// What a URL leaves out comes from PostgreSQL's own variables.
func TestP2_ASecretInAVariableOfPostgreSQLsClientsIsNotShown(t *testing.T) {
	const secret = "CanarySecret9"
	for _, variable := range []string{"PGHOST=127.0.0.1;password=" + secret, "PGHOST=u:" + secret + "@h", "PGUSER=u:" + secret, "PGDATABASE=d password=" + secret, "PGDATABASE=postgres://u:" + secret + "@h"} {
		_, err := config.Load(config.Sources{Environ: []string{"DATABASE_URL=postgres://", variable}})
		wantNoConnection(t, "P2", variable, secret, err)
		for _, environ := range [][]string{{"DATABASE_URL=postgres://u@h/d"}, {"DATABASE_URL=host=h dbname=d user=u"}, {"POSTGRES_HOST=h"}, {"DATABASE_URL=postgres://", "EMBEDDED=true"}, nil} {
			if _, err := config.Load(config.Sources{Environ: append(environ, variable)}); err != nil {
				t.Errorf("%s has no effect beside %q, but is refused: %v", variable, environ, err)
			}
		}
	}
}

// Everybody can read the arguments of a process.
func TestP2_ASecretInAnArgumentIsRefused(t *testing.T) {
	const secret = "CanarySecret9"
	for _, form := range connectionsAndNames(secret) {
		for _, args := range [][]string{{"runs", form}, {form}, {"ingest", "--since", form}, {"ingest", "--id=" + form}, {"runs", "-o", form}, {"runs", "--limit", form}, {"psql", form, "--", "-c", "x"}, {"runs", "--" + form}, {"export", "--output-file", form}} {
			wantNoConnection(t, strings.Join(args, " "), form, secret, config.CheckArguments(args))
		}
		if err := config.CheckArguments([]string{"psql", "--", "-c", form}); err != nil {
			t.Errorf("an argument of psql is refused: %v", err)
		}
	}
}

// What people really use goes on working.
func TestP2_WhatIsNoSecretIsNotRefused(t *testing.T) {
	for setting, values := range map[string][]string{
		"POSTGRES_HOST": {"db", "db.example.org", "db.example.org.", "my_db-1", "db.internal,db2.internal", "::1", "fe80::1%eth0", "2001:db8::1,10.0.0.1", "/run/my sockets", "@abstract", "/tmp/a:b", "bücher.example"},
		"POSTGRES_DB":   {"my db", "db-1", "a@b", "my?db", "a&b", "a;b", "a#b", "x=y", "50% off", "O'Neil", "tokens", "pwd", "a:b", "passwords"},
		"POSTGRES_USER": {"user@corp", "user name", "DOMAIN\\user", "u;x", "token", "u.v-w"},
		"LOG_FILE":      {"/var/log/10:00/x@y.log", "C:/Users/me@corp/x.log", `C:\Users\me@corp\x.log`, "password.log", "-"}, "REPLAY_LISTEN": {"[::1]:80", ":8100", "localhost:0"},
		"REPLAY_FAULT": {"status=503@-2,hang@5", "header=Retry-After:7@3"}, "SIMULATION_SEED": {"u:p@h"},
		"DATABASE_URL": {
			"postgres://user%40corp@h/d", "postgres://u%3Av@h/d", "postgres://u@h/my%20db", "postgres://u@h/my db", "postgres://u@h/a%23b%26c%3Bd", "postgres://u@h/a=b", "postgres:///d?host=/run/my%20sockets",
			"postgres://u@%2Frun%2Fpostgresql/d", "postgres://u@h1:5433,h2,[::1]:5434/d", "postgres://u@[fe80::1%25eth0]:5432/d", "postgres://u@bücher.example/d", "postgres://u:a#b@h/d?sslmode=require",
			"postgres://u@h/d?password=a#b;c", "postgres://u@h/d?application_name=svc:worker@pod", "postgres://u@h/d?options=-c%20a%3Db", "postgres://:5433/", "postgres://u@h/d?user=me@corp",
			"host=/run/my\\ sockets dbname='my db'", "host=h1,h2 hostaddr=10.0.0.1,::1 user=user@corp", "host=@abstract dbname=d", "dbname=d", "service=x", "host=h application_name='job #5'", "user=u password='a b=c; d'",
			"host=h search_path='' TimeZone=UTC default_transaction_read_only=on my.Setting=1",
		},
	} {
		for _, value := range values {
			if _, err := config.Load(config.Sources{Environ: []string{setting + "=" + value}}); err != nil {
				t.Errorf("%s=%s is refused: %v", setting, value, err)
			}
		}
	}
	for _, arg := range []string{"--since=2020-01-31T12:00:00Z", "5fe3af58b3467846b324215f", "launches_per_year", "--listen=[::1]:8100", "--fault=header=Retry-After:7@3", "--postgres-user=user@corp", "--output-file=./10:00@prod.csv", "--postgres-password-file=/x"} {
		if err := config.CheckArguments([]string{"x", arg}); err != nil {
			t.Errorf("%s is refused: %v", arg, err)
		}
	}
}

func TestP16_AMalformedProxyIsRefused(t *testing.T) {
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"} {
		for _, proxy := range []string{
			"proxy corp:80", "http://u:s3cret@corp:80\r", "http:/u:s3cret@corp:80", "http://u:s3cret%zz@corp", "http://u:12/s3cret@corp:80", "http://u:s3cret@", "ftp://s3cret:80",
			"://s3cret", "http://", "http://[::1", "'http://u:s3cret@corp:80'", "http://corp:port", "http://corp:", "http://corp/s3cret", "http://corp?s3cret", "u:s3cret@corp:80/x", ":80",
			"http://corp:0", "http://corp:99999", "http://u:s3cret@corp:65536", "socks5://corp:000",
		} {
			_, err := load(t, nil, []string{name + "=" + proxy}, "")
			wantUsageError(t, proxy, err, name+" in the environment is not the address of a proxy")
		}
		for _, proxy := range []string{"http://corp:80", "corp:80", "corp", "https://u:p@corp:80/", "socks5://corp:1080", "http://[::1]:80", "u:p@corp:80", "http://10.0.0.1", "http://corp:65535", "http://corp:1"} {
			mustLoad(t, nil, []string{name + "=" + proxy}, "")
		}
	}
}
