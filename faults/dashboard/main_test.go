// Package dashboard_test is chapter F of the fault suite as far as the server of the
// dashboard is concerned: the real program, and clients that mean it no good.
package dashboard_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

func TestMain(m *testing.M) {
	os.Exit(clitest.MainForFaults(func() int { return pgtest.Main(m) }))
}

// patience bounds every wait.
const patience = 30 * time.Second

// newUser returns a user with a database that has the schema and no launches.
func newUser(t *testing.T) *clitest.User {
	t.Helper()
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t))
	u.Succeed(t, "migrate", "up")
	return u
}

// dashboard is `liftoff serve` under way.
type dashboard struct {
	*clitest.Running

	// url ends in a slash; address is its host and port.
	url, address string
	client       *http.Client
}

var served = regexp.MustCompile(`The dashboard is serving\. .*url=(\S+)`)

// start starts the dashboard on a free port of this machine, unless the arguments say
// otherwise, and waits until it serves.
func start(t *testing.T, u *clitest.User, args ...string) *dashboard {
	t.Helper()
	if !strings.Contains(strings.Join(args, " "), "--listen") {
		args = append(args, "--listen", "127.0.0.1:0")
	}
	d := &dashboard{Running: u.Start(t, append([]string{"serve", "--log-level", "debug"}, args...)...)}
	d.WaitFor("The dashboard is serving.", patience)
	d.url = served.FindStringSubmatch(d.Stderr())[1]
	address, err := url.Parse(d.url)
	if err != nil {
		t.Fatal(err)
	}
	d.address = address.Host
	transport := &http.Transport{}
	d.client = &http.Client{
		Transport: transport, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if t.Failed() {
			t.Log(d.Stderr())
		}
	})
	return d
}

// stop sends SIGTERM and wants exit code 0.
func (d *dashboard) stop(t *testing.T) {
	t.Helper()
	d.Signal(syscall.SIGTERM)
	if r := d.Wait(); r.Code != 0 {
		t.Errorf("the dashboard ended with %d:\n%s", r.Code, r.Stderr)
	}
}

// reply is an answer with its body.
type reply struct {
	*http.Response

	body string
}

// ask sends a request with headers, as "Name: value".
func (d *dashboard) ask(t *testing.T, method, path string, headers ...string) reply {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, "http://"+d.address+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Add(name, value)
		if name == "Host" {
			request.Host = value
		}
	}
	response, err := d.client.Do(request)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return read(t, response)
}

func (d *dashboard) get(t *testing.T, path string, headers ...string) reply {
	t.Helper()
	return d.ask(t, http.MethodGet, path, headers...)
}

// send sends a text unchanged, and returns the answer.
func (d *dashboard) send(t *testing.T, text string) reply {
	t.Helper()
	conn := d.dial(t)
	_, _ = io.WriteString(conn, text) // the server may refuse it before it has all
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%.80q: %v", text, err)
	}
	return read(t, response)
}

// dial opens a connection, which is closed after the test.
func (d *dashboard) dial(t *testing.T) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", d.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func read(t *testing.T, response *http.Response) reply {
	t.Helper()
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{response, string(body)}
}

// wantStatus wants an answer to have a status, and words in its body.
func wantStatus(t *testing.T, what string, got reply, status int, words ...string) {
	t.Helper()
	if got.StatusCode != status {
		t.Errorf("%s: status %d, want %d: %s", what, got.StatusCode, status, got.body)
	}
	for _, word := range words {
		if !strings.Contains(got.body, word) {
			t.Errorf("%s: the body lacks %q: %s", what, word, got.body)
		}
	}
}
