// Package embedded starts, supervises and stops the program's own PostgreSQL
// server: a real one, in a data directory that lasts, on the loopback address
// only. It knows nothing of launches and migrates nothing.
//
// The one rule for a caller: close all connections, then stop every Server that
// Start returned.
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

// ErrPortTaken is in the chain of Start's error when another program uses
// Options.Port.
var ErrPortTaken = errors.New("the port is taken")

// Options says where the server lives and what it is called. The zero value is
// valid. A process that joins another process's server takes it unchanged: its
// own Archive, Port and Settings are ignored.
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
	// Empty means a local installation, the cache, or a download.
	Archive string
	// Database and User are created if they are missing. Empty means "spacex".
	// The user may create databases and owns this one, but is not a superuser
	// unless it is "postgres".
	Database, User string
	// Port is the TCP port; 0 means a free one.
	Port int
	// Background is for a process that keeps the server up for others until it is
	// told to stop. Start then joins no other server, but waits until that has
	// stopped, and saves the port for later starts.
	Background bool
	// Settings are further server settings by name, such as fsync=off.
	Settings map[string]string
	// Logger gets a line before each long step; nil means none.
	Logger *slog.Logger

	// ignoreInstalled makes tests independent of what the machine has.
	ignoreInstalled bool
	// freePort replaces the request for a free port in tests.
	freePort func(context.Context) (int, error)
}

// Origin says where the server's binaries come from.
type Origin string

// The origins, in the words in which doctor prints them.
const (
	// OriginInstalled is a PostgreSQL that is installed on this machine.
	OriginInstalled Origin = "installed on this machine"
	// OriginCache is the unpacked archive in the cache directory.
	OriginCache Origin = "in the cache"
	// OriginArchive is a file, given by the user or kept in the cache, that is
	// still to be unpacked.
	OriginArchive Origin = "archive file"
	// OriginNetwork means that the archive is still to be downloaded.
	OriginNetwork Origin = "to be downloaded"
)

// Inspection is what Start would find and use.
type Inspection struct {
	// Origin is where the binaries would come from.
	Origin Origin
	// BinariesDir is the folder with the server program; empty if it is not
	// unpacked yet.
	BinariesDir string
	// Version of those binaries, such as "18.6".
	Version string
	// DataDir is PostgreSQL's own data directory; it may not exist yet.
	DataDir string
}

// Connection is how to reach the server. Its text form has no password.
type Connection struct {
	// Host is always an IP address of this machine.
	Host string
	// Port is the TCP port.
	Port int
	// Database and User are those of the options.
	Database, User string
	// Password is random and lasts as long as the data directory. It is for the
	// user who started the server.
	Password string `json:"-"`
}

// DSN returns the connection as a URL with the password in it: never log it.
func (c Connection) DSN() string {
	u := c.url()
	u.User = url.UserPassword(c.User, c.Password)
	return u.String()
}

// URL returns the connection as a plain URL that other programs take. It has the
// password only if withPassword is set, and "***" in its place otherwise.
func (c Connection) URL(withPassword bool) string {
	user := url.User(c.User).String() + ":***"
	if withPassword {
		user = url.UserPassword(c.User, c.Password).String()
	}
	return "postgresql://" + user + "@" + net.JoinHostPort(c.Host, strconv.Itoa(c.Port)) + "/" + url.PathEscape(c.Database)
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
