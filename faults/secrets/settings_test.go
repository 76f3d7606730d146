//go:build unix

package secrets_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// trap is a server that nobody should connect to. It counts who does, and hangs up.
type trap struct {
	host, port string
	connected  atomic.Int32
}

func newTrap(t *testing.T) *trap {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	c := &trap{}
	if c.host, c.port, err = net.SplitHostPort(listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			c.connected.Add(1)
			_ = conn.Close()
		}
	}()
	return c
}

// wantEmpty fails the test if anybody has connected since it was asked last.
func (c *trap) wantEmpty(t *testing.T, how string) {
	t.Helper()
	if n := c.connected.Swap(0); n != 0 {
		t.Errorf("%s: %d connections were made, want none", how, n)
	}
}

// otherURLs are URLs that PostgreSQL's clients would take for keywords.
func otherURLs() map[string]string {
	login := "u:" + wrongPassword + "@h"
	return map[string]string{
		"postgresql+asyncpg://" + login + "/d": `begins with "postgresql+asyncpg://"`, "jdbc:postgresql://" + login + "/d?user=u": `begins with "jdbc:postgresql://"`,
		"postgres:/" + login + "/d": `begins with "postgres:/"`, "POSTGRES://" + login + "/d?sslmode=disable": `begins with "POSTGRES://"`, "postgresql:/" + login + "?a=b": `begins with "postgresql:/"`,
		login + "/d?a=b": "is neither a URL", "//" + login + "/d?a=b": "is neither a URL", "postgres//" + login + "?a=b": "is neither a URL",
	}
}

func TestP1_AURLOfAnotherSchemeConnectsToNothing(t *testing.T) {
	t.Parallel()
	trap := newTrap(t)
	u := clitest.NewUser(t).With("PGHOST="+trap.host, "PGPORT="+trap.port, "LOG_LEVEL=debug")
	for url, says := range otherURLs() {
		path := filepath.Join(u.Folder, "url")
		if err := os.WriteFile(path, []byte(url+"\r\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		for how, r := range map[string]clitest.Result{
			"the environment": u.With("DATABASE_URL="+url).Run(t, "ingest"),
			"the flag":        u.Run(t, "runs", "--database-url", url),
			"the file":        u.With("DATABASE_URL_FILE="+path).Run(t, "doctor"),
		} {
			if how == "the flag" && strings.Contains(r.LastLine(), "--database-url contains a password") {
				says = "--database-url contains a password"
			}
			clitest.WantFailure(t, r, 2, says)
			wantNoSecret(t, how, r.Stdout+r.Stderr)
			trap.wantEmpty(t, how+" "+url)
		}
	}
	if _, err := os.Stat(filepath.Join(u.Folder, "ingestion.log")); err == nil {
		wantNoSecret(t, "the log file", u.ReadFile(t, "ingestion.log"))
	}
}

// malformed are settings that may hold a secret, in forms that nobody means.
func malformed() []attempt {
	var all []attempt
	secret := otherPassword
	add := func(args []string, code int, values ...string) {
		for _, value := range values {
			all = append(all, attempt{value, []string{value}, args, code})
		}
	}
	ingest, trino := []string{"ingest"}, []string{"analyze", "--engine=trino"}
	for _, name := range []string{"HTTP_PROXY=", "HTTPS_PROXY=", "https_proxy="} {
		add(ingest, 2, name+"http:/u:"+secret+"@h:80", name+"proxy "+secret, name+"http://u:12/"+secret+"@h", name+"http://u:"+secret+"%zz@h", name+"\"http://u:"+secret+"@h\"", name+"FTP://"+secret)
	}
	for _, name := range []string{"SPACEX_API_URL=", "TRINO_PASSWORD=\nTRINO_URL="} {
		args := ingest
		if strings.HasPrefix(name, "TRINO") {
			name, args = "TRINO_URL=", trino
		}
		add(args, 2, name+"http://u:"+secret+"@h", name+"http://u:12/"+secret+"@h", name+"u:"+secret+"@h", name+"http:/u:"+secret+"@h", name+"//u:"+secret+"@h",
			name+"HTTPX://"+secret, name+"http://u:"+secret+"%zz@h", name+"http://h?password="+secret, name+"http://h#"+secret, name+"'http://u:"+secret+"@h'", name+"http://u:\t"+secret+"@h")
	}
	for _, name := range []string{"POSTGRES_PASSWORD_FILE=", "DATABASE_URL_FILE=", "TRINO_PASSWORD_FILE=", "SPACEX_CA_FILE="} {
		add(ingest, 2, name+secret, name+"a b/"+secret)
	}
	add(trino, 2, "TRINO_CA_FILE="+secret)
	add(ingest, 2, "POSTGRES_HOST=u:"+secret+"@h", "POSTGRES_HOST=postgres:/u:"+secret+"@h", "POSTGRES_PORT=postgres://u:"+secret+"@h", "POSTGRES_SSLMODE=x@"+secret, "LOG_LEVEL=http://"+secret, "PAGE_SIZE=/"+secret)
	add(ingest, 2, "DATABASE_URL=host=127.0.0.1;port=1;password="+secret, "DATABASE_URL="+torn+"=", "DATABASE_URL=host=127.0.0.1 port=1 password=a "+torn+"=x",
		"DATABASE_URL=postgres://u@127.0.0.1:1/t1;password="+secret, "DATABASE_URL=postgres://u@127.0.0.1:1/t1&password="+secret, "DATABASE_URL=postgres://u@127.0.0.1:1/t1#"+secret,
		"DATABASE_URL=postgres://u@127.0.0.1:1/d?user=u:"+secret, "DATABASE_URL=postgres://u@[127.0.0.1:"+secret+"]/d",
		"POSTGRES_HOST=127.0.0.1;password="+secret, "POSTGRES_HOST=127.0.0.1?password="+secret, "POSTGRES_DB=host=h password="+secret, "POSTGRES_DB=t1;password="+secret, "POSTGRES_DB=t1?password="+secret,
		"POSTGRES_USER=u:"+secret+"@h", "POSTGRES_USER=u:"+secret, "POSTGRES_USER=spacex password="+secret, "LOG_FILE=postgres://u:"+secret+"@h/d", "EMBEDDED_ARCHIVE=postgres://u:"+secret+"@h/d", "TRINO_USER=u:"+secret)
	return append(all, arguments()...)
}

// torn is a secret that may look like a keyword.
var torn = strings.ReplaceAll(otherPassword, "-", "")

// arguments are command lines with a secret in them.
func arguments() []attempt {
	var all []attempt
	for _, form := range []string{"postgres://u:" + otherPassword + "@h/d", "host=h;password=" + otherPassword, "u:" + otherPassword + "@h/d"} {
		for _, args := range [][]string{
			{"runs", form},
			{"ingest", form},
			{"analyze", form},
			{"history", form},
			{"psql", form},
			{"quarantine", "show", form},
			{form},
			{"runs", "--env-file", form},
			{"ingest", "--since", form},
			{"ingest", "--id", form},
			{"export", "--output-file", form},
			{"replay", "--fault", form},
			{"replay", "--data", form},
			{"runs", "--limit", form},
			{"runs", "--" + form},
			{"quarantine", "list", "--reason=" + form},
		} {
			all = append(all, attempt{strings.Join(args, " "), nil, args, 2})
		}
	}
	return all
}

func TestP2_AMalformedSettingShowsNoSecret(t *testing.T) {
	t.Parallel()
	u, db := keeper(t)
	clean := u.With("HTTP_PROXY=", "HTTPS_PROXY=", "TRINO_PASSWORD=", "SPACEX_API_URL="+clitest.StartReplay(t, "--count", "5"))
	clean.Succeed(t, "ingest")
	trap := newTrap(t)
	for _, a := range malformed() {
		t.Run(a.name, func(t *testing.T) {
			one := clean.With("PGHOST="+trap.host, "PGPORT="+trap.port)
			if strings.HasPrefix(a.name, "POSTGRES_") || strings.HasPrefix(a.name, "DATABASE_URL_FILE") {
				one = one.With("DATABASE_URL=")
			}
			r := one.With(a.env...).Run(t, a.args...)
			clitest.WantFailure(t, r, a.code, "")
			trap.wantEmpty(t, a.name)
			wantNoSecret(t, "the output", r.Stdout+r.Stderr)
			if strings.Contains(r.Stdout+r.Stderr, torn) {
				t.Errorf("the output has a secret in it: %s", r.Stderr)
			}
		})
	}
	for _, content := range []string{"POSTGRES_PASSWORD \"" + otherPassword, "POSTGRES_PASSWORD='" + otherPassword, "DATABASE_URL=pg:/u:" + otherPassword + "@h", "POSTGRES_PASWORD=" + otherPassword, "export " + otherPassword, `POSTGRES_PASSWORD="$X` + otherPassword + `"`} {
		if err := os.WriteFile(filepath.Join(u.Folder, ".env"), []byte("A=1\n"+content+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		r := clean.With("DATABASE_URL=").Run(t, "ingest")
		clitest.WantFailure(t, r, 2, ".env")
		wantNoSecret(t, "the output for .env", r.Stdout+r.Stderr)
	}
	wantNoSecret(t, "the log file", u.ReadFile(t, "ingestion.log"))
	wantNoSecret(t, "the ledger", clitest.Scan[string](t, db, "SELECT schema_to_xml('public', true, false, '')::TEXT"))
}

// inRepository returns a user in a cloned repository below his home, which has a
// private key, a file of passwords and a .bashrc.
func inRepository(t *testing.T, envFile string) *clitest.User {
	t.Helper()
	u := clitest.NewUser(t)
	home := u.Folder
	u.Folder = filepath.Join(home, "repository")
	for path, content := range map[string]string{
		".ssh/id": "canary-key", ".pgpass": "*:*:*:*:canary-pgpass", ".bashrc": "# mine", "repository/.env": envFile,
		"repository/postgres.sh": "#!/bin/sh\ntouch " + filepath.Join(home, "ran"),
	} {
		path = filepath.Join(home, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return u
}

func TestP3_P4_P5_AStrangersEnvFileReachesNothing(t *testing.T) {
	t.Parallel()
	trap := newTrap(t)
	server := "POSTGRES_HOST=" + trap.host + "\nPOSTGRES_PORT=" + trap.port + "\nPOSTGRES_SSLMODE=disable\n"
	for name, test := range map[string]struct {
		envFile string
		environ []string
		says    string
	}{
		"P3 a key as the password":         {server + "POSTGRES_PASSWORD_FILE=../.ssh/id", nil, "POSTGRES_PASSWORD_FILE in .env line 4"},
		"P3 a key as the URL":              {"DATABASE_URL_FILE=../.ssh/id", nil, "DATABASE_URL_FILE in .env line 1"},
		"P3 the log":                       {"POSTGRES_PASSWORD=x\n" + server + "LOG_FILE=../.bashrc", nil, "LOG_FILE in .env line 5"},
		"P4 the programs":                  {"A=1\nEMBEDDED_CACHE_DIR=.", []string{"EMBEDDED_CACHE_DIR="}, "EMBEDDED_CACHE_DIR in .env line 2"},
		"P4 the remembered programs":       {"EMBEDDED_DATA_DIR=data", nil, "EMBEDDED_DATA_DIR in .env line 1"},
		"P5 the password of the user":      {server, []string{"POSTGRES_PASSWORD=canary"}, "POSTGRES_HOST in .env line 1"},
		"P5 the file of passwords":         {"A=1\n" + server, nil, "POSTGRES_HOST in .env line 2"},
		"P5 the password of other clients": {server, []string{"PGPASSWORD=canary"}, "POSTGRES_HOST in .env line 1"},
		"P5 a URL":                         {"DATABASE_URL=postgres://u@" + trap.host + ":" + trap.port + "/d?sslmode=disable", []string{"POSTGRES_PASSWORD=canary"}, "DATABASE_URL in .env line 1"},
	} {
		t.Run(name, func(t *testing.T) {
			u := inRepository(t, test.envFile)
			r := u.With(test.environ...).Run(t, "ingest")
			clitest.WantFailure(t, r, 2, test.says)
			if !strings.Contains(r.LastLine(), "--env-file .env") {
				t.Errorf("the way out is missing: %s", r.LastLine())
			}
			wantNoSecret(t, "the output", r.Stdout+r.Stderr)
			trap.wantEmpty(t, name)
			if content := u.ReadFile(t, "../.bashrc"); content != "# mine\n" {
				t.Errorf(".bashrc was written to: %q", content)
			}
			if _, err := os.Stat(filepath.Join(u.Folder, "..", "ran")); err == nil {
				t.Error("the stranger's program ran")
			}
		})
	}
	t.Run("P5 a file that was named", func(t *testing.T) {
		inRepository(t, server).With("POSTGRES_PASSWORD=canary").Run(t, "runs", "--env-file", ".env")
		if trap.connected.Load() == 0 {
			t.Error("no connection was made")
		}
	})
}

// The documented way: all of one server in a local .env, and no flag.
func TestP5_P11_AnEnvFileOfOneServerWorks(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	role := pgtest.NewRole(t, db, "CREATE, USAGE ON SCHEMA public")
	settings := "POSTGRES_USER=" + role.User + "\nPOSTGRES_PASSWORD='" + role.Password + "'\nPOSTGRES_DB=" + db.Name + "\n"
	host, port, _ := strings.Cut(strings.SplitN(strings.SplitN(role.DSN, "@", 2)[1], "/", 2)[0], ":")
	t.Run("P5 as documented", func(t *testing.T) {
		u := inRepository(t, settings+"POSTGRES_HOST="+host+"\nPOSTGRES_PORT="+port+"\nLOG_FILE=my.log\n")
		u.Succeed(t, "migrate", "up")
		u.With("PGPASSWORD=wrong").Succeed(t, "runs")
	})
	t.Run("P11 shared with the postgres image", func(t *testing.T) {
		u := inRepository(t, strings.Replace(settings, "POSTGRES_DB="+db.Name, "POSTGRES_DB=nowhere", 1)+"LOG_LEVEL=debug\nDATABASE_URL="+role.DSN+"\n")
		r := u.Succeed(t, "migrate", "status")
		if n := strings.Count(r.Stderr, "DATABASE_URL names the database; without effect: POSTGRES_DB in .env, POSTGRES_USER in .env."); n != 1 {
			t.Errorf("it is said %d times, want once:\n%s", n, r.Stderr)
		}
		if strings.Contains(r.Stderr, " - WARNING - ") {
			t.Errorf("it warns:\n%s", r.Stderr)
		}
	})
}

func TestP15_PsqlUnderstandsEveryURL(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	clitest.Execute(t, db, `CREATE SCHEMA "a b"`)
	separator := "?"
	if strings.Contains(db.DSN, "?") {
		separator = "&"
	}
	show := []string{"psql", "--", "-XAtc", "SELECT current_database(), current_schema(), current_setting('statement_timeout'), current_setting('application_name')"}
	for parameters, want := range map[string]string{
		"search_path=%22a%20b%22&pool_max_conns=3&statement_timeout=7000":             db.Name + "|a b|7s|psql",
		"options=-c%20statement_timeout%3D8000&search_path=%22a%20b%22":               db.Name + "|a b|8s|psql",
		"keepalives=1&gssencmode=disable&application_name=me&sslnegotiation=postgres": db.Name + "|public|0|me",
		"require_auth=scram-sha-256&min_protocol_version=3.0":                         db.Name + "|public|0|psql",
	} {
		u := clitest.NewUser(t).With("DATABASE_URL=" + db.DSN + separator + parameters)
		if got := strings.TrimSpace(u.Succeed(t, show...).Stdout); got != want {
			t.Errorf("%s: psql has %q, want %q", parameters, got, want)
		}
	}
	// What the URL leaves out comes from PostgreSQL's variables for both.
	place := strings.SplitN(strings.SplitN(db.DSN, "@", 2)[1], "/", 2)[0]
	host, port, _ := strings.Cut(place, ":")
	u := clitest.NewUser(t).With("DATABASE_URL=postgres:///", "PGHOST="+host, "PGPORT="+port, "PGUSER="+db.User, "PGPASSWORD="+db.Password, "PGDATABASE="+db.Name, "PGOPTIONS=-c statement_timeout=9000")
	if got, want := strings.TrimSpace(u.Succeed(t, show...).Stdout), db.Name+"|public|9s|psql"; got != want {
		t.Errorf("psql has %q, want %q", got, want)
	}
}
