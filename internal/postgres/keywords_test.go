package postgres_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/pgtest"
)

// withParameters adds parameters to the URL of a database.
func withParameters(db pgtest.Database, parameters string) string {
	if strings.Contains(db.DSN, "?") {
		return db.DSN + "&" + parameters
	}
	return db.DSN + "?" + parameters
}

// PostgreSQL's own clients know these parameters, and the driver does not.
func TestP14_ParametersOfPostgreSQLsClientsWork(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	for _, parameters := range []string{
		"gssencmode=disable", "gssencmode=prefer", "keepalives=1&keepalives_idle=30&keepalives_interval=10&keepalives_count=3", "tcp_user_timeout=1000",
		"fallback_application_name=x", "sslcompression=0", "load_balance_hosts=random", "replication=false", "krbsrvname=postgres", "gsslib=gssapi", "gssdelegation=0",
		"ssl_min_protocol_version=TLSv1.2&ssl_max_protocol_version=TLSv1.3", "hostaddr=" + db.Host, "requirepeer=", "sslcrl=", "options=", "connect_timeout=3",
		"target_session_attrs=any", "client_encoding=UTF8", "application_name=x", "channel_binding=prefer", "require_auth=", "sslcertmode=allow", "sslsni=1", "statement_timeout=5s",
	} {
		t.Run(parameters, func(t *testing.T) {
			t.Parallel()
			store, err := postgres.Open(t.Context(), optionsOf(withParameters(db, parameters)))
			if err != nil {
				t.Fatal(err)
			}
			store.Close()
		})
	}
	t.Run("an address for a name that nobody knows", func(t *testing.T) {
		t.Parallel()
		url := strings.Replace(withParameters(db, "hostaddr="+db.Host), "@"+db.Host, "@db.invalid", 1)
		store, err := postgres.Open(t.Context(), optionsOf(url))
		if err != nil {
			t.Fatal(err)
		}
		store.Close()
	})
}

// What cannot be done, or is refused by the server, is wrong usage: trying again
// does not help.
func TestP14_ParametersThatCannotBeHonouredAreWrongUsage(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	for parameters, says := range map[string]string{
		"gssencmode=require": "gssencmode", "replication=database": "replication", "requirepeer=postgres": "requirepeer", "sslcrl=/x": "sslcrl", "hostaddr=1.1.1.1,2.2.2.2": "hostaddr",
		"hostaddr=db.invalid": "hostaddr", "ssl_min_protocol_version=9": "ssl_min_protocol_version", "no_such_setting=x": `unrecognized configuration parameter "no_such_setting"`,
		"statement_timeout=soon": "invalid value for parameter", "shared_buffers=1": "cannot be changed",
	} {
		t.Run(parameters, func(t *testing.T) {
			t.Parallel()
			_, err := postgres.Open(t.Context(), optionsOf(withParameters(db, parameters)))
			wantError(t, err, liftoff.Usage, says)
		})
	}
}

// The statement works as it is printed, whatever the database is called.
func TestP17_TheDatabaseToCreateIsQuoted(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	for _, name := range []string{"my-db", "order", `with "quotes"`, "Capital", db.Name + " 2"} {
		opts := options(db)
		opts.Database = name
		_, err := postgres.Open(t.Context(), opts)
		wantError(t, err, liftoff.Privilege, "does not exist")
		_, statement, _ := strings.Cut(liftoff.HintOf(err), "create it with ")
		statement, _, _ = strings.Cut(statement, ", or check")
		execute(t, db, statement)
		store, err := postgres.Open(t.Context(), opts)
		if err != nil {
			t.Errorf("after %s: %v", statement, err)
			continue
		}
		store.Close()
		execute(t, db, "DROP DATABASE "+strings.TrimPrefix(statement, "CREATE DATABASE ")+" WITH (FORCE)")
	}
	// A URL without a database means the one that is called as the role.
	role := pgtest.NewRole(t, db)
	_, err := postgres.Open(t.Context(), optionsOf(strings.Replace(role.DSN, "/"+db.Name, "/", 1)))
	wantError(t, err, liftoff.Privilege, "does not exist")
	if want := `CREATE DATABASE "` + role.User + `"`; !strings.Contains(liftoff.HintOf(err), want) {
		t.Errorf("hint %q, want %s", liftoff.HintOf(err), want)
	}
}

// startupOf returns what a connection with these options sends first. The server
// answers as PgBouncer does for a parameter that it does not know.
func startupOf(t *testing.T, opts postgres.Options) (map[string]string, error) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	sent := make(chan map[string]string, 1)
	go func() {
		defer close(sent)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		backend := pgproto3.NewBackend(conn, conn)
		if message, err := backend.ReceiveStartupMessage(); err == nil {
			if startup, ok := message.(*pgproto3.StartupMessage); ok {
				sent <- startup.Parameters
			}
		}
		backend.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: "08P01", Message: "unsupported startup parameter: search_path"})
		_ = backend.Flush()
	}()
	host, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	opts.Host, opts.User, opts.Database, opts.SSLMode = host, "u", "d", "disable"
	if opts.Port, err = strconv.Atoi(port); err != nil {
		t.Fatal(err)
	}
	if opts.URL != "" {
		opts.URL = strings.Replace(opts.URL, "@/", "@"+listener.Addr().String()+"/", 1) + "&sslmode=disable"
	}
	_, openErr := postgres.Open(t.Context(), opts)
	_ = listener.Close()
	return <-sent, openErr
}

func TestP18_APoolerGetsNoEmptyOptions(t *testing.T) {
	t.Setenv("PGOPTIONS", "")
	for name, opts := range map[string]postgres.Options{"settings": optionsOf(""), "URL": optionsOf("postgres://u@/d?options="), "URL without": optionsOf("postgres://u@/d?sslsni=1")} {
		sent, err := startupOf(t, opts)
		if _, isSent := sent["options"]; isSent || sent["user"] != "u" {
			t.Errorf("%s: sent %q, want no options", name, sent)
		}
		wantError(t, err, liftoff.Usage, "unsupported startup parameter")
		if !strings.Contains(liftoff.HintOf(err), "ignore_startup_parameters") {
			t.Errorf("%s: hint %q", name, liftoff.HintOf(err))
		}
	}
	if sent, _ := startupOf(t, optionsOf("postgres://u@/d?options=-ca%3Db&fallback_application_name=f")); sent["options"] != "-ca=b" || sent["application_name"] != "f" {
		t.Errorf("sent %q, want the options and the name of the URL", sent)
	}
}

// A server that only an implicit .env file names gets no password of the user's.
func TestP5_AnUntrustedServerGetsNoPasswordOfTheUser(t *testing.T) {
	passfile := filepath.Join(t.TempDir(), "pgpass")
	if err := os.WriteFile(passfile, []byte("*:*:*:*:s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PGPASSFILE", passfile)
	for name, opts := range map[string]postgres.Options{"settings": optionsOf(""), "URL": optionsOf("postgres://u@/d?sslsni=1")} {
		opts.UntrustedAddress = "POSTGRES_HOST in .env line 3"
		for _, source := range []string{"", "s3cret"} {
			t.Setenv("PGPASSWORD", source)
			opts.Password, opts.URLHasPassword = "", false
			sent, err := startupOf(t, opts)
			wantError(t, err, liftoff.Usage, "POSTGRES_HOST in .env line 3 names a server that would get the password")
			if sent != nil {
				t.Errorf("%s: a connection was made: %q", name, sent)
			}
			opts.Password = "its own"
			if sent, _ = startupOf(t, opts); sent == nil {
				t.Errorf("%s: no connection was made with a password of its own", name)
			}
		}
		t.Setenv("PGPASSFILE", "/nowhere")
		t.Setenv("PGPASSWORD", "")
		opts.Password = ""
		if sent, err := startupOf(t, opts); sent == nil {
			t.Errorf("%s: no connection was made without any password: %v", name, err)
		}
		t.Setenv("PGPASSFILE", passfile)
	}
}

// The client certificate of the user says who they are: it is for their servers.
func TestP5_AnUntrustedServerIsShownNoClientCertificate(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for variable, block := range map[string]*pem.Block{
		"PGSSLCERT": {Type: "CERTIFICATE", Bytes: certificate}, "PGSSLKEY": {Type: "EC PRIVATE KEY", Bytes: private},
	} {
		path := filepath.Join(folder, variable)
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv(variable, path)
	}
	for name, opts := range map[string]postgres.Options{"settings": optionsOf(""), "URL": optionsOf("postgres://u@h,i/d")} {
		opts.Host, opts.Port, opts.SSLMode, opts.Password = "h", 1, "prefer", "its own"
		if n, err := postgres.ClientCertificates(opts); err != nil || n == 0 {
			t.Errorf("%s: %d certificates for a trusted server, error %v", name, n, err)
		}
		opts.UntrustedAddress = "POSTGRES_HOST in .env line 3"
		if n, err := postgres.ClientCertificates(opts); err != nil || n != 0 {
			t.Errorf("%s: %d certificates for an untrusted server, error %v", name, n, err)
		}
	}
}
