// Command stackdb runs the embedded PostgreSQL on a fixed port until it gets a
// signal, for tools/stack.sh. It makes the roles of sql/roles.sql, and prints the
// settings of the connection, and the login for Trino, as shell assignments once
// the server is ready.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/jackc/pgx/v5"

	"liftoff/internal/embedded"
)

const (
	// superuser is the embedded server's, with the same password.
	superuser = "postgres"
	// The password is no parameter of a statement, so a setting passes it on.
	noteSecretSQL = "SELECT set_config('liftoff.trino_login', $1, FALSE)"                                                                //nolint:gosec // a setting's name, no secret
	setSecretSQL  = "DO $$ BEGIN EXECUTE format('ALTER ROLE liftoff_trino PASSWORD %L', current_setting('liftoff.trino_login')); END $$" //nolint:gosec // as above
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench/stackdb:", err)
		os.Exit(1)
	}
}

func run() (err error) {
	folder := flag.String("data", "", "folder of the data")
	port := flag.Int("port", 5433, "port on the loopback address")
	roles := flag.String("roles", "sql/roles.sql", "script that makes the roles")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	server, err := embedded.Start(ctx, embedded.Options{
		DataDir: *folder, Port: *port, Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop(context.WithoutCancel(ctx))) }()
	c := server.Connection()
	trinoPassword := rand.Text()
	if err := makeRoles(ctx, c, *roles, trinoPassword); err != nil {
		return fmt.Errorf("make the roles: %w", err)
	}
	fmt.Printf("POSTGRES_HOST=%s\nPOSTGRES_PORT=%d\nPOSTGRES_DB=%s\nPOSTGRES_USER=%s\nPOSTGRES_PASSWORD=%s\n",
		c.Host, c.Port, c.Database, c.User, c.Password)
	fmt.Printf("STACK_TRINO_USER=liftoff_trino\nSTACK_TRINO_PASSWORD=%s\nPOSTGRES_SSLMODE=disable\n", trinoPassword)
	<-ctx.Done()
	return nil
}

// makeRoles runs the script as the superuser and sets the password of Trino's role.
func makeRoles(ctx context.Context, c embedded.Connection, path, trinoPassword string) (err error) {
	script, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	config, err := pgx.ParseConfig("sslmode=disable")
	if err != nil {
		return err
	}
	config.Host, config.Port, config.Database, config.User, config.Password = c.Host, uint16(c.Port), c.Database, superuser, c.Password
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	if _, err := conn.PgConn().Exec(ctx, string(script)).ReadAll(); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, noteSecretSQL, trinoPassword); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, setSecretSQL)
	return err
}
