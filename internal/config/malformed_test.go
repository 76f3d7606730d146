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

// A secret in a setting that is meant for something else.
func TestP2_ASecretInTheWrongSettingIsNotShown(t *testing.T) {
	const secret = "CanarySecret9"
	forms := append(malformedConnections(secret)[:12], "postgresql+asyncpg://u:"+secret+"@h/d", "postgres://u:"+secret+"@h/d", "https://u:"+secret+"@h", "/x/"+secret)
	for _, s := range config.Settings() {
		if !s.Secret && s.Kind == "string" && !strings.HasSuffix(s.Env, "_FILE") && s.Env != "POSTGRES_HOST" {
			continue // a name: shown, or checked by who uses it
		}
		for _, form := range forms {
			if s.Env == "POSTGRES_HOST" && !strings.Contains(form, "@") {
				continue
			}
			_, err := config.Load(config.Sources{Environ: []string{s.Env + "=" + form}})
			isPlain := !strings.ContainsAny(form, "@/") && !strings.HasPrefix(s.Env, "POSTGRES_PASSWORD") // a wrong value, which is shown
			if text := fmt.Sprint(err); strings.Contains(text+liftoff.HintOf(err), secret) && (!isPlain || s.Secret) {
				t.Errorf("%s=%q is shown: %s", s.Env, form, text)
			}
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
