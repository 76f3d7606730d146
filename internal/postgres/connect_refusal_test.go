package postgres_test

import (
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/pgtest"
)

// Each refusal names what the user has to change: the parameter, not a GRANT or TLS.
func TestP18_AConnectionThatAParameterSpoils(t *testing.T) {
	t.Parallel()
	role := pgtest.NewRole(t, pgtest.NewDatabase(t))
	tests := []struct {
		name, parameter string
		category        liftoff.Category
		says, hint      string
	}{
		{"a superuser's setting", "session_replication_role=replica", liftoff.Usage, `permission denied to set parameter "session_replication_role" (SQLSTATE 42501)`, "check the parameters in DATABASE_URL"},
		{"a superuser's setting in options", "options=-c%20log_statement%3Dall", liftoff.Usage, `permission denied to set parameter "log_statement" (SQLSTATE 42501)`, "check the parameters in DATABASE_URL"},
		{"a role that is not the user's", "role=pg_monitor", liftoff.Usage, `permission denied to set role "pg_monitor" (SQLSTATE 42501)`, "check the parameters in DATABASE_URL"},
		{"a standby where there is none", "target_session_attrs=standby", liftoff.Database, "server is not in hot standby mode", "check target_session_attrs"},
		{"a read-only server where there is none", "target_session_attrs=read-only&sslmode=disable", liftoff.Database, "connection is not read only", "check target_session_attrs"},
		{"TLS where there is none", "sslmode=require", liftoff.Database, "server refused TLS connection", "check sslmode"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			// With the driver's sslmode, prefer, unless the parameter names another.
			wantRefused(t, strings.Replace(role.DSN, "sslmode=disable", test.parameter, 1), test.category, test.says, test.hint)
		})
	}
}

// wantRefused wants that a connection is refused, and what the error and its hint say.
func wantRefused(t *testing.T, dsn string, category liftoff.Category, says, hint string) {
	t.Helper()
	opts := optionsOf(dsn)
	opts.Wait = 0
	store, err := postgres.Open(t.Context(), opts)
	if err == nil {
		store.Close()
		t.Fatal("it is connected")
	}
	text, next := err.Error(), liftoff.HintOf(err)
	if liftoff.CategoryOf(err) != category || !strings.HasSuffix(text, says) || !strings.HasPrefix(next, hint) {
		t.Errorf("%v error %q with the hint %q, want %v, %q and %q", liftoff.CategoryOf(err), text, next, category, says, hint)
	}
	if n := strings.Count(text, "127.0.0.1:"); n > 2 || strings.Contains(text, "%!") {
		t.Errorf("it says %q", text)
	}
}

// A server before version 18, or a pooler, knows only version 3.0 of the protocol.
func TestP18_AServerThatIsTooOldForAParameter(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	t.Cleanup(func() { _ = listener.Close(); group.Wait() })
	group.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			backend := pgproto3.NewBackend(conn, conn)
			if _, err := backend.ReceiveStartupMessage(); err == nil {
				backend.Send(&pgproto3.NegotiateProtocolVersion{})
				_ = backend.Flush() // the client says what it makes of it
			}
			_ = conn.Close()
		}
	})
	dsn := "postgres://u@" + listener.Addr().String() + "/d?sslmode=disable&min_protocol_version=3.2"
	wantRefused(t, dsn, liftoff.Usage, "server protocol version too low", "check the parameters in DATABASE_URL")
}
