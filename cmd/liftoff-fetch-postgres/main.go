// Command liftoff-fetch-postgres downloads PostgreSQL for this machine and
// writes the archive, a .jar, to standard output. liftoff runs it when the
// machine has no PostgreSQL and the cache has none either, and checks the
// archive's hash itself.
//
//	liftoff-fetch-postgres VERSION      such as 18.6.0
//
// It exits with 0 when all of the archive was written. Otherwise it exits with
// 1, and the last line on standard error is the reason, without an address.
//
// It is a program of its own because the library that knows the download server
// links a second PostgreSQL driver and package testing, and cannot be cancelled:
// a process can be killed. See docs/decisions/0011-download-helper.md.
package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	library "github.com/fergusstrange/embedded-postgres"
)

func main() {
	if !namesVersion(os.Args) {
		fmt.Fprintln(os.Stderr, "usage: liftoff-fetch-postgres VERSION >FILE")
		os.Exit(2)
	}
	if err := fetch(os.Args[1], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// namesVersion reports whether the command line holds a version and nothing else.
// No version begins with a dash, as --help does.
func namesVersion(args []string) bool { return len(args) == 2 && !strings.HasPrefix(args[1], "-") }

// fetch writes the archive of that version to out. The last line of its error's
// text is the reason.
func fetch(version string, out io.Writer) error {
	scratch, err := os.MkdirTemp("", "liftoff-fetch-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	// The library puts its log there.
	if err := os.Setenv("TMPDIR", scratch); err != nil {
		return err
	}
	transport := &interceptor{
		next: http.DefaultTransport,
		out:  out,
		// The library's log is open by now: a kill leaves no file behind.
		begin: func() { _ = os.RemoveAll(scratch) },
	}
	http.DefaultClient.Transport = transport
	// Start is the library's only call that downloads. The transport takes the
	// archive and then fails, so Start ends there and starts no server.
	problem := library.NewDatabase(library.DefaultConfig().
		Version(library.PostgresVersion(version)).
		Port(0). // the default port may be taken, which the library refuses
		Logger(io.Discard).
		CachePath(filepath.Join(scratch, "cache")).
		RuntimePath(filepath.Join(scratch, "runtime"))).Start()
	if transport.err == nil { // no request was made
		return fmt.Errorf("%w\nthe download could not begin", problem)
	}
	if errors.Is(transport.err, errComplete) {
		return nil
	}
	return transport.err
}

// errComplete makes the library stop after the download.
var errComplete = errors.New("the archive is complete")

// interceptor is the transport that the library's request goes through. It
// copies the body of the first good answer to out. Every answer but a redirect
// ends in an error, which is in err too.
type interceptor struct {
	next http.RoundTripper
	out  io.Writer
	// begin is called before a request is sent.
	begin func()
	err   error
}

// RoundTrip implements http.RoundTripper.
func (i *interceptor) RoundTrip(request *http.Request) (*http.Response, error) {
	i.begin()
	answer, err := i.next.RoundTrip(request)
	if err != nil {
		i.err = fmt.Errorf("%w\nno connection to the download server", err)
		return nil, i.err
	}
	if answer.StatusCode/100 == 3 {
		return answer, nil // the client follows it
	}
	i.err = errors.Join(i.take(answer), answer.Body.Close())
	return nil, i.err
}

// take copies a good answer to out; it never returns nil.
func (i *interceptor) take(answer *http.Response) error {
	switch answer.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return errors.New("the download server does not offer it")
	default:
		return fmt.Errorf("the download server answers %s", answer.Status)
	}
	if _, err := io.Copy(i.out, answer.Body); err != nil {
		return fmt.Errorf("%w\nthe download broke off", err)
	}
	return errComplete
}
