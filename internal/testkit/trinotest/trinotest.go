// Package trinotest gives tests a real Trino on the loopback address, one for
// each test binary, with a catalog of its own for each test. It is imported by
// tests only, and fails the test rather than return an error. Its tests run
// with LIFTOFF_TRINO=1 only, because a start takes half a minute; LIFTOFF_TRINO
// may also be the address of a running Trino with dynamic catalogs.
//
// The one rule for a caller: the test package needs a TestMain with Main.
package trinotest

import (
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	_ "github.com/trinodb/trino-go-client/trino" // the driver "trino"

	"liftoff/internal/testkit/pgtest"
)

// variable switches the tests that need Trino on.
const variable = "LIFTOFF_TRINO"

// Main calls run, which runs the tests of a package and returns their exit
// code, such as
//
//	trinotest.Main(func() int { return pgtest.Main(m) })
//
// Trino starts when the first test asks for it and has ended when Main
// returns.
func Main(run func() int) int {
	shared.allow()
	code := run()
	if err := shared.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "trinotest:", err)
		return max(code, 1)
	}
	return code
}

// URL returns the address of the test binary's Trino, which is ready to answer
// queries. Without LIFTOFF_TRINO the test is skipped; with it, a Trino that
// cannot be started is a failure.
func URL(t testing.TB) string {
	t.Helper()
	wanted := os.Getenv(variable)
	if wanted == "" {
		t.Skipf("this test needs a Trino: run make test-trino, or set %s=1", variable)
	}
	if strings.HasPrefix(wanted, "http://") {
		return wanted
	}
	url, err := shared.url()
	if err != nil {
		t.Fatalf("trinotest: %v", err)
	}
	return url
}

// NewCatalog makes a catalog over a test's database, which Trino reads as the
// database's user, and returns its name. It is dropped after the test. More
// settings of the connector are given as name=value; such a catalog has another
// name than the one without.
func NewCatalog(t testing.TB, db pgtest.Database, settings ...string) string {
	t.Helper()
	// Trino folds names to lower case, and so does pgtest.
	name := db.Name
	if name == "postgres" {
		name = "of_" + strings.ToLower(strings.ReplaceAll(t.Name(), "/", "_"))
	}
	more := ""
	for _, setting := range settings {
		key, value, _ := strings.Cut(setting, "=")
		more += fmt.Sprintf(`, "%s" = '%s'`, key, quoted(value))
		name += "_set"
	}
	url := fmt.Sprintf("jdbc:postgresql://%s:%d/%s", db.Host, db.Port, db.Name)
	execute(t, fmt.Sprintf(`CREATE CATALOG "%s" USING postgresql WITH ("connection-url" = '%s',
		"connection-user" = '%s', "connection-password" = '%s'%s)`, name, url, db.User, quoted(db.Password), more))
	t.Cleanup(func() { execute(t, fmt.Sprintf(`DROP CATALOG "%s"`, name)) })
	return name
}

func quoted(text string) string { return strings.ReplaceAll(text, "'", "''") }

// execute runs a statement that returns no rows.
func execute(t testing.TB, statement string) {
	t.Helper()
	db, err := sql.Open("trino", strings.Replace(URL(t), "http://", "http://trinotest@", 1))
	if err != nil {
		t.Fatalf("trinotest: %v", err)
	}
	defer func() {
		_ = db.Close()
		// The driver uses the default client, whose sockets would look like a leak.
		http.DefaultClient.CloseIdleConnections()
	}()
	// Not the test's context: a cleanup runs after its end.
	if _, err := db.Exec(statement); err != nil { //nolint:noctx // see above
		words := strings.Fields(statement)
		t.Errorf("trinotest: %s: %v", strings.Join(words[:3], " "), err)
	}
}

// shared is the one Trino of this test binary. It is a package variable
// because the testing package has no other way to hand something from
// TestMain to the tests.
var shared sharedServer //nolint:gochecknoglobals // see above

// sharedServer starts Trino on first use.
type sharedServer struct {
	mu      sync.Mutex
	allowed bool
	server  *server
	err     error
}

func (s *sharedServer) allow() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.allowed = true
}

// url starts Trino if need be. An error is remembered, so that a hundred
// tests do not try a hundred times.
func (s *sharedServer) url() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.allowed {
		return "", errors.New("no TestMain with trinotest.Main in this package")
	}
	if s.server == nil && s.err == nil {
		s.server, s.err = startServer()
	}
	if s.err != nil {
		return "", s.err
	}
	return s.server.url, nil
}

func (s *sharedServer) stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.allowed = false
	if s.server == nil {
		return nil
	}
	return s.server.stop()
}
