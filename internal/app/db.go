package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"liftoff"
	"liftoff/internal/embedded"
	"liftoff/internal/postgres"
)

const (
	// defaultPort is that of the first background server: not 5432, which another
	// PostgreSQL may have.
	defaultPort = 5433
	// usersPatience bounds how long a stop asks who uses the server.
	usersPatience = 3 * time.Second
	// ownName is what a liftoff command calls itself where it is logged in.
	ownName = "liftoff"
	// portLooks and portPause say how often and in which steps a start looks whether
	// its port is still taken.
	portLooks = 10
	portPause = 30 * time.Millisecond
)

// StartServer starts the embedded PostgreSQL in the background, or says that it runs
// there already, and prints how to connect. Before it touches anything it checks what
// would make the start fail.
func (a *App) StartServer(ctx context.Context) error {
	opts := a.embeddedOptions(a.Config.PostgresDB)
	status, err := embedded.Look(opts)
	if err != nil {
		return err
	}
	if !status.IsBackground {
		err := a.startInBackground(ctx, opts, status)
		isTooLate := liftoff.CategoryOf(err) == liftoff.Locked // another `db start` was faster
		if err != nil && !isTooLate {
			return err
		}
		if status, err = embedded.Look(opts); err != nil {
			return err
		}
		if !isTooLate {
			return a.printServer(ctx, "PostgreSQL %s runs in the background now, on port %d.\n", status, opts)
		}
	}
	if wanted := a.Config.EmbeddedPort; wanted != 0 && wanted != status.Port {
		return liftoff.NewError(liftoff.Usage,
			fmt.Errorf("the embedded PostgreSQL runs on port %d already, not on %d", status.Port, wanted),
			"stop it first: `liftoff db stop`")
	}
	// Makes the database if it is missing, and proves that the server answers.
	if _, err := a.startEmbedded(ctx, opts.Database); err != nil {
		return err
	}
	return a.printServer(ctx, "PostgreSQL %s is running in the background already, on port %d.\n", status, opts)
}

// startInBackground starts the server, or waits until another liftoff command has
// stopped it and then does. If it is in the background meanwhile, that is a Locked
// error.
func (a *App) startInBackground(ctx context.Context, opts embedded.Options, status embedded.Status) error {
	opts.Port, opts.Background = a.backgroundPort(status), true
	if _, err := embedded.Inspect(ctx, opts); err != nil {
		return err
	}
	if err := a.checkPort(ctx, opts, status); err != nil {
		return err
	}
	if status.IsRunning && status.PID != 0 {
		a.Logger.InfoContext(ctx, "Waiting for another liftoff command, which has started the server and stops it when that ends.", "process", status.PID)
	}
	return a.spawn(ctx, opts)
}

// backgroundPort returns the port that was asked for, or that of the last time.
func (a *App) backgroundPort(status embedded.Status) int {
	switch {
	case a.Config.EmbeddedPort != 0:
		return a.Config.EmbeddedPort
	case status.KeptPort != 0:
		return status.KeptPort
	default:
		return defaultPort
	}
}

// checkPort refuses a port that another program uses. Our own server may have it, and
// another `db start` that looks at it has it for a moment.
func (a *App) checkPort(ctx context.Context, opts embedded.Options, status embedded.Status) error {
	for range portLooks {
		isOurs := status.HasLeftover || (status.IsRunning && (status.Port == 0 || status.Port == opts.Port))
		if isOurs {
			return nil
		}
		err := isFree(ctx, opts.Port)
		if !errors.Is(err, syscall.EADDRINUSE) {
			return err
		}
		if err := liftoff.Sleep(ctx, portPause); err != nil {
			return err
		}
		if status, err = embedded.Look(opts); err != nil {
			return err
		}
	}
	return liftoff.NewError(liftoff.Usage,
		fmt.Errorf("another program uses port %d; nothing was started or changed", opts.Port),
		fmt.Sprintf("choose another port, as in `liftoff db start --port %d`, or see which program it is with `lsof -i :%d` (on Linux also `ss -ltnp`)", opts.Port+1, opts.Port))
}

// isFree returns an error if no server can listen on a port.
func isFree(ctx context.Context, port int) error {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return fmt.Errorf("check whether port %d is free: %w", port, err)
	}
	return listener.Close()
}

// printServer prints a line about the server and how to use it.
func (a *App) printServer(ctx context.Context, line string, status embedded.Status, opts embedded.Options) error {
	connection, err := embedded.BackgroundConnection(opts)
	if err != nil {
		return err
	}
	if a.Config.NamesDatabase() && !a.Config.Embedded {
		a.Logger.WarnContext(ctx, "Another database is configured, so other commands do not use this server.", "next", "add --embedded to them")
	}
	_, err = fmt.Fprintf(a.Stdout, line+`Connect:  %s
Password: %s
Stop:     %s
`, status.Version, status.Port, connection.URL(false), a.command("db url --reveal"), a.command("db stop"))
	return err
}

// PrintURL prints the URL of a database on the background server, with the password
// if it is to be revealed. It warns if the database is not there.
func (a *App) PrintURL(ctx context.Context, reveal bool) error {
	connection, err := embedded.BackgroundConnection(a.embeddedOptions(a.Config.PostgresDB))
	if err != nil {
		return err
	}
	if _, err = fmt.Fprintln(a.Stdout, connection.URL(reveal)); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, usersPatience)
	defer cancel()
	store, err := postgres.Open(ctx, a.optionsOf(connection))
	if errors.Is(err, postgres.ErrNoDatabase) {
		a.Logger.WarnContext(ctx, "This database is not there.", "database", connection.Database, "next", a.AsCalled("see `liftoff db status` for those that are"))
	}
	if err == nil {
		store.Close()
	}
	return nil // the URL is right all the same
}

// StopServer stops the background server. Without one it only says so. It waits for
// other liftoff commands that use the server, unless now is set; other programs lose
// their connections.
func (a *App) StopServer(ctx context.Context, now bool) error {
	opts := a.embeddedOptions(a.Config.PostgresDB)
	status, err := embedded.Look(opts)
	if err != nil {
		return err
	}
	if !status.IsBackground && !status.IsStopping {
		_, err := fmt.Fprintf(a.Stdout, "nothing to stop: %s\n", embedded.NotRunning(status))
		return err
	}
	users := a.serverUsers(ctx, status)
	programs := slices.DeleteFunc(slices.Clone(users), func(name string) bool { return name == ownName })
	if len(programs) > 0 {
		a.Logger.InfoContext(ctx, "Other programs are connected, and lose their connections.", "programs", strings.Join(programs, ", "))
	}
	if now && len(programs) < len(users) {
		a.Logger.InfoContext(ctx, "Other liftoff commands are connected, and fail now.")
	}
	err = embedded.StopBackground(ctx, opts, embedded.StopOptions{Now: now, OnWait: func() {
		a.Logger.InfoContext(ctx, "Waiting for other liftoff commands that use the server. After Ctrl-C it stops as soon as they have ended; --now does not wait.")
	}})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.Stdout, "PostgreSQL is stopped. The data stay in %s\n", status.Folder)
	return err
}

// serverUsers returns which programs are connected to the background server. A server
// that does not answer is to be stopped all the same, and one that stops already lets
// nobody in.
func (a *App) serverUsers(ctx context.Context, status embedded.Status) []string {
	if status.IsStopping {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, usersPatience)
	defer cancel()
	connection, err := embedded.BackgroundConnection(a.embeddedOptions(maintenanceDatabase))
	if err != nil {
		return nil
	}
	store, err := postgres.Open(ctx, a.optionsOf(connection))
	if err != nil {
		return nil
	}
	defer store.Close()
	users, err := store.OtherPrograms(ctx)
	if err != nil {
		return nil
	}
	return users
}
