package pgtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"testing"
)

// Template is a database that was prepared once, to be copied for each test.
// It may be kept in a package variable of the tests.
type Template struct {
	prepare func(ctx context.Context, dsn string) error

	once sync.Once
	name string
	err  error
}

// NewTemplate returns a template that prepare fills, such as with migrations,
// when the first test asks for a copy. prepare gets an empty database and a
// superuser.
func NewTemplate(prepare func(ctx context.Context, dsn string) error) *Template {
	return &Template{prepare: prepare}
}

// NewDatabaseFrom is NewDatabase with a copy of what is in the template.
func NewDatabaseFrom(t testing.TB, template *Template) Database {
	t.Helper()
	admin := databaseOn(sharedConnection(t), "postgres")
	template.once.Do(func() { template.err = template.make(admin) })
	if template.err != nil {
		t.Fatalf("prepare the template database: %v", template.err)
	}
	return newDatabase(t, template.name)
}

// make makes the template. It is dropped with the server.
func (tpl *Template) make(admin Database) error {
	// Not a test's context: the template outlives the test that makes it.
	ctx := context.Background()
	tpl.name = "template_" + strings.ToLower(rand.Text()[:12])
	if err := execute(ctx, admin.DSN, "CREATE DATABASE "+quote(tpl.name)); err != nil {
		return err
	}
	own := admin
	own.Name = tpl.name
	if err := tpl.prepare(ctx, own.withDSN().DSN); err != nil {
		return fmt.Errorf("run the prepare function: %w", err)
	}
	// A database with a connection to it cannot be copied, and a pool that
	// prepare has closed may take a moment to let go.
	return execute(ctx, admin.DSN,
		"ALTER DATABASE "+quote(tpl.name)+" WITH ALLOW_CONNECTIONS false",
		"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '"+tpl.name+"'")
}
