// Package embedded starts, supervises and stops the program's own PostgreSQL
// server: a real one, in a data directory that lasts, on the loopback address
// only. It knows nothing of launches and migrates nothing.
//
// The one rule for a caller: every Server that Start returned must be
// stopped, and no connection of the caller's may be open by then.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strconv"
)

// ErrPortTaken is in the chain of Start's error when another program has
// Options.Port.
var ErrPortTaken = errors.New("the port is taken")

// Options says where the server lives and what it is called. The zero value
// is a complete set. A process that joins the server of another one gets it as
// it runs: its own Archive, Port and Settings are ignored.
type Options struct {
	// DataDir is the folder that holds the data directory, its password, log
	// and locks. Empty means $XDG_DATA_HOME/liftoff or ~/.local/share/liftoff;
	// for root without XDG_DATA_HOME it is /var/lib/liftoff, because root's
	// home is closed to the unprivileged user that the server runs as.
	DataDir string
	// CacheDir is the folder for the server's binaries. Empty means
	// $XDG_CACHE_HOME/liftoff or ~/.cache/liftoff; for root without
	// XDG_CACHE_HOME it is /var/cache/liftoff.
	CacheDir string
	// Archive is a .jar, .txz or .tar.xz file with the binaries, for machines
	// without a network. Its SHA-256 must be one that this program knows.
	// Empty means: a local installation, the cache, or the network.
	Archive string
	// Database and User are made when they are missing. Empty means "spacex".
	// The user may create databases and owns this one, but is no superuser
	// unless it is "postgres".
	Database, User string
	// Port is the TCP port; 0 means a free one.
	Port int
	// Settings are further server settings by name, such as fsync=off.
	Settings map[string]string
	// Logger gets a line before each long step; nil means none.
	Logger *slog.Logger

	// ignoreInstalled makes tests independent of what the machine has.
	ignoreInstalled bool
	// freePort takes the place of asking the system for a free port, in tests.
	freePort func(context.Context) (int, error)
}

// Connection is how to reach the server. Its text form leaves the password
// out.
type Connection struct {
	// Host is always an IP address of this machine.
	Host string
	// Port is the TCP port.
	Port int
	// Database and User are those of the options.
	Database, User string
	// Password is random, lasts as long as the data directory, and is meant
	// for the user of this machine who started the server.
	Password string `json:"-"`
}

// DSN returns the connection as a URL with the password in it: never log it.
func (c Connection) DSN() string {
	u := c.url()
	u.User = url.UserPassword(c.User, c.Password)
	return u.String()
}

// String returns the connection as a URL without the password.
func (c Connection) String() string { return c.url().String() }

// GoString keeps the password out of %#v.
func (c Connection) GoString() string { return fmt.Sprintf("embedded.Connection(%q)", c.String()) }

// LogValue keeps the password out of logs.
func (c Connection) LogValue() slog.Value { return slog.StringValue(c.String()) }

func (c Connection) url() *url.URL {
	return &url.URL{
		Scheme:   "postgres",
		User:     url.User(c.User),
		Host:     net.JoinHostPort(c.Host, strconv.Itoa(c.Port)),
		Path:     "/" + c.Database,
		RawQuery: "sslmode=disable",
	}
}
