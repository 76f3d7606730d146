package shipping_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// longest is how long a text may be: what docs/logs.md says, and what is added when the
// rest is cut, and escapes.
const longest = 16 << 10

// Whatever the API sends, what arrives can be shown in a terminal and stored anywhere.
func TestShipping_OddTextsArriveEscapedAndShortened(t *testing.T) {
	t.Parallel()
	odd := `\u001b[31mred\u0007\n2024-04-27 17:02:01,302 - ERROR - forged\u202e\u0085\u2028`
	api := map[string]string{
		"a name with control characters":  clitest.StartAnswering(t, 200, "application/json", clitest.LaunchDocument("name", `"`+odd+`"`)),
		"a name of 1 MB":                  clitest.StartAnswering(t, 200, "application/json", clitest.LaunchDocument("name", `"`+strings.Repeat("ä", 1<<19)+`"`)),
		"a field with control characters": clitest.StartAnswering(t, 200, "application/json", clitest.LaunchDocument(odd, `1`)),
		"a field of 1 MB":                 clitest.StartAnswering(t, 200, "application/json", clitest.LaunchDocument(strings.Repeat("ä", 1<<19), `1`)),
		"an id with control characters":   clitest.StartReplay(t, "--damage", "control-id@20"),
		"a NUL":                           clitest.StartReplay(t, "--damage", "nul@20"),
		"broken UTF-8":                    clitest.StartReplay(t, "--damage", "invalid-utf8@20"),
		"half a character":                clitest.StartReplay(t, "--damage", "lone-surrogate@20"),
		"unknown fields":                  clitest.StartReplay(t, "--damage", "unknown-field"),
	}
	for name, url := range api {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := startCollector(t)
			u := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("LOG_FORMAT=json", "LOG_FILE=run.log", "REFERENCES=false", "LOG_LEVEL=debug",
				"SPACEX_API_URL="+url, "OTEL_EXPORTER_OTLP_ENDPOINT="+c.url, "OTEL_SERVICE_NAME=lift\noff")
			command := []string{"ingest", "--all"}
			if strings.HasPrefix(name, "a name") || strings.HasPrefix(name, "a field") {
				command = command[:1] // there is one launch
			}
			if r := u.Run(t, command...); r.Code != 0 && r.Code != 3 {
				t.Fatalf("exit code %d: %s", r.Code, r.LastLine())
			}
			lines := linesOf(t, u)
			await(t, "the records", func() bool { return len(c.records(t)) >= len(lines) })
			records := c.records(t)
			if len(records) != len(lines) {
				t.Errorf("%d records of %d lines", len(records), len(lines))
			}
			for _, r := range records {
				wantHarmless(t, r.body)
				for key, value := range r.attributes {
					text, _ := value.(string)
					wantHarmless(t, key)
					wantHarmless(t, text)
				}
			}
			for _, s := range c.spans(t) {
				wantHarmless(t, s.Name)
				wantHarmless(t, s.Status.Message)
				for _, value := range plain(t, s.Attributes) {
					text, _ := value.(string)
					wantHarmless(t, text)
				}
			}
		})
	}
}

func wantHarmless(t *testing.T, text string) {
	t.Helper()
	isOdd := func(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }
	if len(text) > longest || strings.ContainsFunc(text, isOdd) {
		t.Errorf("%d bytes, or characters that cannot be shown: %.200q", len(text), text)
	}
}

// A receiver over TLS needs its authority, and OTLP's own name for the file.
func TestShipping_OverTLS(t *testing.T) {
	t.Parallel()
	authority, key := certificate(t)
	folder, port := t.TempDir(), clitest.FreePort(t)
	c := &collector{url: "https://localhost:" + port, folder: folder}
	secured := filepath.Join(folder, "secured.yaml")
	tls := "endpoint: ${env:OTLP_LISTEN}\n        tls: {cert_file: " + authority + ", key_file: " + key + "}"
	configuration := strings.Replace(readFile(t, "testdata/collector.yaml"), "endpoint: ${env:OTLP_LISTEN}", tls, 1)
	if err := os.WriteFile(secured, []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	c.Program = runCollector(t, secured, "OTLP_LISTEN=localhost:"+port, "FOLDER="+folder)
	u := newWriter(t).With("OTEL_EXPORTER_OTLP_ENDPOINT=" + c.url)
	if r := u.Succeed(t, "ingest"); !strings.Contains(r.Stderr, "Not all telemetry was shipped") {
		t.Errorf("an unknown authority is no warning:\n%s", r.Stderr)
	}
	known := newWriter(t)
	known.With("OTEL_EXPORTER_OTLP_ENDPOINT="+c.url, "OTEL_EXPORTER_OTLP_CERTIFICATE="+authority).Succeed(t, "ingest")
	awaitRecords(t, c, linesOf(t, known))
}
