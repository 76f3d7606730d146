// Command stackdb runs the embedded PostgreSQL on a fixed port until it gets a
// signal, for tools/stack.sh. It prints the settings of the connection, with
// the password, as shell assignments once the server is ready.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"liftoff/internal/embedded"
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
	fmt.Printf("POSTGRES_HOST=%s\nPOSTGRES_PORT=%d\nPOSTGRES_DB=%s\nPOSTGRES_USER=%s\nPOSTGRES_PASSWORD=%s\nPOSTGRES_SSLMODE=disable\n",
		c.Host, c.Port, c.Database, c.User, c.Password)
	<-ctx.Done()
	return nil
}
