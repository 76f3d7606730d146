package shipping_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/programtest"
)

// patience bounds how long a receiver may take for what it has received.
const patience = 20 * time.Second

// tool returns the path of a receiver.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", ".bin", "shipping", name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%v. Next: tools/shipping-tools.sh", err)
	}
	return path
}

// await waits until something holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); <-time.After(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// command returns one of the programs that the test's context does not kill: its clean-up
// stops it in peace.
func command(t *testing.T, name string, arguments ...string) *exec.Cmd {
	t.Helper()
	return exec.CommandContext(context.WithoutCancel(t.Context()), tool(t, name), arguments...)
}

// runCollector starts a collector with a configuration and the environment that it reads.
func runCollector(t *testing.T, configuration string, env ...string) *programtest.Program {
	t.Helper()
	// Its own metrics would all want the same port.
	cmd := command(t, "collector", "--config", configuration, "--config", "yaml:service::telemetry::metrics::level: none")
	cmd.Env = append(os.Environ(), env...)
	p := programtest.Start(t, cmd)
	await(t, "the collector to be ready", func() bool { return strings.Contains(p.Output.String(), "Everything is ready") })
	return p
}

// collector is a destination that keeps what it gets.
type collector struct {
	*programtest.Program
	url, folder string
	// grpcURL is for gRPC.
	grpcURL string
}

func startCollector(t *testing.T) *collector {
	t.Helper()
	listen, grpc := "127.0.0.1:"+clitest.FreePort(t), "127.0.0.1:"+clitest.FreePort(t)
	c := &collector{url: "http://" + listen, folder: t.TempDir(), grpcURL: "http://" + grpc}
	c.Program = runCollector(t, "testdata/collector.yaml", "OTLP_LISTEN="+listen, "GRPC_LISTEN="+grpc, "FOLDER="+c.folder)
	return c
}

// received returns one signal, logs, metrics or traces, as the collector wrote it: one
// request a line.
func (c *collector) received(t *testing.T, signal string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(c.folder, signal+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// requests decodes the lines of a signal; a half one, which is still being written, is
// left out.
func requests[T any](t *testing.T, c *collector, signal string) []T {
	t.Helper()
	var all []T
	for line := range strings.Lines(c.received(t, signal)) {
		var one T
		if strings.HasSuffix(line, "\n") && json.Unmarshal([]byte(line), &one) == nil {
			all = append(all, one)
		}
	}
	return all
}

// victoriaLogs is a destination of logs that can be asked.
type victoriaLogs struct {
	*programtest.Program
	url string
}

func startVictoriaLogs(t *testing.T) *victoriaLogs {
	t.Helper()
	return startVictoriaLogsAt(t, "127.0.0.1:"+clitest.FreePort(t))
}

func startVictoriaLogsAt(t *testing.T, address string) *victoriaLogs {
	t.Helper()
	v := &victoriaLogs{url: "http://" + address}
	v.Program = programtest.Start(t, command(t, "victoria-logs", "-httpListenAddr="+address, "-storageDataPath="+t.TempDir()))
	await(t, "VictoriaLogs to be ready", func() bool {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, v.url+"/health", http.NoBody)
		if err != nil {
			return false
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			return false
		}
		defer answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
	return v
}

// post sends a body and wants one of the statuses that mean success.
func (v *victoriaLogs) post(t *testing.T, path, contentType, body string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, v.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= http.StatusMultipleChoices {
		t.Fatalf("%s answered %s (%v): %s", path, answer.Status, err, text)
	}
	return string(text)
}

// entries asks for all that has arrived. Each entry is a set of texts.
func (v *victoriaLogs) entries(t *testing.T) []map[string]string {
	t.Helper()
	v.post(t, "/internal/force_flush", "text/plain", "")
	answer := v.post(t, "/select/logsql/query", "application/x-www-form-urlencoded", "query=*")
	var all []map[string]string
	for line := range strings.Lines(answer) {
		var entry map[string]string
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		all = append(all, entry)
	}
	return all
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
