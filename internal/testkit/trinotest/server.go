package trinotest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const (
	// startTimeout bounds a start; a busy machine needs 45 s.
	startTimeout = 3 * time.Minute
	// prepareTimeout bounds the download and unpacking, once on a machine.
	prepareTimeout = 10 * time.Minute
	pollInterval   = 250 * time.Millisecond
)

// supervise runs Trino until its own input ends, as it does when the test
// binary is killed: no Trino is left behind. A Trino that ends by itself is
// told in its log.
const supervise = `
exec 3<&0
"$@" </dev/null 3<&- &
trino=$!
(cat <&3 >/dev/null; kill -9 $trino 2>/dev/null) &
wait $trino
echo "` + ended + `"
`

const ended = "trinotest: Trino has ended"

// server is a running Trino in a temporary folder.
type server struct {
	url    string
	folder string
	// input ends Trino when it is closed.
	input   io.Closer
	process *exec.Cmd
}

// startServer starts Trino and waits until it answers a query.
func startServer() (*server, error) {
	script, err := findScript()
	if err != nil {
		return nil, err
	}
	prepare, cancel := context.WithTimeout(context.Background(), prepareTimeout)
	defer cancel()
	if output, err := exec.CommandContext(prepare, script, "get").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("get Trino: %w\n%s", err, output)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "liftoff-trinotest-")
	if err != nil {
		return nil, err
	}
	s := &server{url: "http://127.0.0.1:" + port, folder: folder}
	if err := s.start(script, port); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

func (s *server) start(script, port string) error {
	log, err := os.Create(s.logFile())
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // the child has its own
	// Not bound to a context, whose watcher would look like a leak.
	cmd := exec.Command("sh", "-c", supervise, "sh", script, "run", s.folder, port) //nolint:noctx // see above
	cmd.Stdout, cmd.Stderr = log, log
	// The first compiler is enough for tests, and quicker.
	cmd.Env = append(os.Environ(), "TRINO_JAVA_OPTIONS=-XX:TieredStopAtLevel=1")
	input, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start Trino: %w", err)
	}
	s.input, s.process = input, cmd
	return s.waitUntilReady()
}

func (s *server) logFile() string { return filepath.Join(s.folder, "server.log") }

// waitUntilReady waits until a query is answered, which is later than the
// moment that /v1/info says so.
func (s *server) waitUntilReady() error {
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		if err := s.ask(ctx, transport); err == nil {
			return nil
		}
		log, err := os.ReadFile(s.logFile())
		if err != nil {
			return err
		}
		if strings.Contains(string(log), ended) {
			return fmt.Errorf("start Trino: it has ended; its log:\n%s", lastLines(string(log)))
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("start Trino: not ready after %s; its log:\n%s", startTimeout, lastLines(string(log)))
		case <-ticker.C:
		}
	}
}

// ask runs one query, once Trino says that it has started.
func (s *server) ask(ctx context.Context, transport http.RoundTripper) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/v1/info", nil)
	if err != nil {
		return err
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return err
	}
	if !strings.Contains(string(body), `"starting":false`) {
		return errors.New("still starting")
	}
	db, err := sql.Open("trino", strings.Replace(s.url, "http://", "http://trinotest@", 1))
	if err != nil {
		return err
	}
	defer func() {
		_ = db.Close()
		// The driver uses the default client, whose sockets would look like a leak.
		http.DefaultClient.CloseIdleConnections()
	}()
	var one int
	return db.QueryRowContext(ctx, "SELECT 1").Scan(&one)
}

// stop ends Trino at once and removes its folder.
func (s *server) stop() error {
	if s.process != nil {
		// Its error says that it was killed, as was wanted.
		_ = s.input.Close()
		_ = s.process.Wait()
	}
	return os.RemoveAll(s.folder)
}

// findScript returns tools/trino.sh of this repository.
func findScript() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for folder != filepath.Dir(folder) {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return filepath.Join(folder, "tools", "trino.sh"), nil
		}
		folder = filepath.Dir(folder)
	}
	return "", errors.New("no go.mod above the test's folder")
}

// freePort returns a port that nobody listens on just now.
func freePort() (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	return port, errors.Join(err, listener.Close())
}

// lastLines returns the end of a log.
func lastLines(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}
