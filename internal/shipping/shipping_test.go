package shipping_test

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"liftoff/internal/shipping"
	"liftoff/internal/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// lineAt returns a line of the log.
func lineAt(at time.Time, message string, attrs ...slog.Attr) telemetry.Record {
	return telemetry.Record{Time: at, Level: slog.LevelInfo, LevelName: "INFO", Message: message, Attrs: attrs}
}

func TestShipper_AllThreeSignalsArrive(t *testing.T) {
	to := newReceiver(t, nil)
	settings := settingsFor(to.URL + "/base/")
	settings.Headers = "api-key=a%2Cb%20c, x = y "
	shipper, heard := newShipper(t, settings)
	at := time.Date(2026, 11, 29, 12, 0, 0, 5_000_000, time.UTC)
	shipper.Logs()(t.Context(), lineAt(at, "Run 1 ended.", slog.Int64("run_id", 1), slog.Bool("ok", true), slog.Float64("share", 0.5), slog.String("launch_id", "x")))
	_, span := shipper.Tracer().Tracer("test").Start(t.Context(), "run")
	span.End()
	registry := prometheus.NewRegistry()
	gauge := prometheus.NewGauge(prometheus.GaugeOpts{Name: "liftoff_run_pages"})
	registry.MustRegister(gauge)
	refreshed := 0
	freeze, err := shipper.CollectFrom(t.Context(), registry, func(context.Context) { refreshed++ })
	if err != nil {
		t.Fatal(err)
	}
	freeze(t.Context())
	shipper.Close(t.Context())
	if refreshed != 1 {
		t.Errorf("the metrics were refreshed %d times, want once, and not after they were frozen", refreshed)
	}
	if heard.String() != "" {
		t.Errorf("a good receiver causes %q", heard)
	}
	if !slices.Equal(to.spans, []string{"run"}) || !slices.Equal(to.metrics, []string{"liftoff_run_pages"}) || len(to.records) != 1 {
		t.Fatalf("spans %q, metrics %q, records %v", to.spans, to.metrics, to.records)
	}
	record := to.records[0]
	if record.Body.GetStringValue() != "Run 1 ended." || record.SeverityText != "INFO" || int64(record.TimeUnixNano) != at.UnixNano() {
		t.Errorf("record %v", record)
	}
	if attrs := fmt.Sprint(record.Attributes); !strings.Contains(attrs, `key:"run_id"`) || !strings.Contains(attrs, "int_value:1") {
		t.Errorf("attributes %s", attrs)
	}
	for _, request := range to.requests {
		if request.Header.Get("Api-Key") != "a,b c" || request.Header.Get("X") != "y" || !strings.HasPrefix(request.URL.Path, "/base/v1/") {
			t.Errorf("%s with headers %v", request.URL, request.Header)
		}
	}
}

// The SDK with its defaults drops more than half of them, and says nothing.
func TestJ4_ManyRecordsAtOnceAllArriveInOrderAndInSmallRequests(t *testing.T) {
	const count = 20_000
	to := newReceiver(t, nil)
	shipper, heard := newShipper(t, settingsFor(to.URL))
	begin := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	long := strings.Repeat("x", 8<<10)
	for i := range count {
		at := begin.Add(time.Duration(i^1) * time.Millisecond) // each second one comes too early
		text := "short"
		if i%100 < 3 {
			text = long
		}
		shipper.Logs()(t.Context(), lineAt(at, text, slog.Int("n", i)))
	}
	await(to, func() bool { return len(to.records) == count }) // a slow machine needs more than Close's second
	shipper.Close(t.Context())
	if len(to.records) != count || heard.String() != "" {
		t.Fatalf("%d of %d records arrived, and it says %q", len(to.records), count, heard)
	}
	for i, size := range to.sizes {
		if size > 1_000_000 {
			t.Errorf("request %d has %d bytes", i, size)
		}
	}
	for i := 2; i < count; i += 2 { // at each pair, which may be torn between two batches
		if to.records[i].TimeUnixNano < to.records[i-2].TimeUnixNano {
			t.Fatalf("record %d is older than the one two before it", i)
		}
	}
}

func TestShipper_AReceiverInTroubleCostsASecondAndOneWarningWithNumbers(t *testing.T) {
	t.Parallel()
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "60")
			w.WriteHeader(code)
			_, _ = fmt.Fprint(w, "your key CanaryKey is refused") // an answer that repeats a secret
		}
	}
	gone := newReceiver(t, nil)
	gone.Close()
	for name, trouble := range map[string]struct {
		answer http.HandlerFunc
		url    string
		want   string
	}{
		"refused":      {nil, gone.URL, "connection refused"},
		"no such host": {nil, "http://nowhere.invalid:4318", "its host has no address"},
		"hangs":        {silent(t), "", "no answer in time"},
		"429":          {status(429), "", "it answers with status 429"},
		"500":          {status(500), "", "it answers with status 500"},
		"503":          {status(503), "", "it answers with status 503"},
		"401":          {status(401), "", "it answers with status 401"},
		"413":          {status(413), "", "it answers with status 413"},
		"elsewhere": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://evil.invalid/", http.StatusTemporaryRedirect)
		}, "", "it answers with status 307"},
		"no HTTP":        {func(w http.ResponseWriter, _ *http.Request) { hijack(w) }, "", "no answer that is HTTP"},
		"no TLS":         {nil, strings.Replace(newReceiver(t, nil).URL, "http:", "https:", 1), "no answer that is HTTP"},
		"takes only one": {partial, "", "it took only a part"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			to := newReceiver(t, trouble.answer)
			settings := settingsFor(cmp.Or(trouble.url, to.URL))
			settings.Headers = "api-key=CanaryKey"
			settings.Metrics.Exporter, settings.Traces.Exporter = "none", "none"
			shipper, heard := newShipper(t, settings)
			for i := range 5_000 {
				shipper.Logs()(t.Context(), lineAt(time.Now(), "line", slog.Int("n", i)))
			}
			if trouble.url == "" {
				await(to, func() bool { return len(to.requests) > 1 || name == "hangs" })
			}
			began := time.Now()
			shipper.Close(t.Context())
			if took := time.Since(began); took > 1500*time.Millisecond {
				t.Errorf("Close took %s, want a second at most", took)
			}
			text := heard.String()
			if strings.Count(text, "\n") != 1 || !strings.Contains(text, `logs="5000 of 5000"`) || !strings.Contains(text, trouble.want) {
				t.Errorf("it says %q, want one line with 5000 of 5000 and %q", text, trouble.want)
			}
			if strings.Contains(text, "Canary") || strings.Contains(text, "127.0.0.1") {
				t.Errorf("it repeats a secret or an address: %q", text)
			}
		})
	}
}

// await waits until something is true of a receiver, for 20 seconds at most.
func await(to *receiver, isTrue func() bool) {
	for range 400 {
		to.mutex.Lock()
		done := isTrue()
		to.mutex.Unlock()
		if done {
			return
		}
		<-time.After(50 * time.Millisecond)
	}
}

func hijack(w http.ResponseWriter) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	_, _ = connection.Write([]byte("220 smtp\r\n")) // the client gives up
	_ = connection.Close()
}

// partial says that it has refused all but one record: a partial_success message with
// rejected_log_records = 4999, and a text.
func partial(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/x-protobuf")
	_, _ = w.Write([]byte{0x0a, 0x06, 0x08, 0x87, 0x27, 0x12, 0x01, 'x'})
}

func TestShipper_AWorkerIsToldWhenTroubleBeginsAndEnds(t *testing.T) {
	isDown := make(chan bool, 1)
	isDown <- true
	to := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
		down := <-isDown
		isDown <- down
		if down {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	settings := settingsFor(to.URL)
	settings.IsLasting = true
	shipper, heard := newShipper(t, settings)
	defer shipper.Close(t.Context())
	for _, phase := range []struct {
		down bool
		want string
	}{
		{true, `level=WARN msg="Telemetry cannot be shipped; runs are not affected." signal=logs error="it answers with status 500"`},
		{false, `level=INFO msg="Telemetry is shipped again." signal=logs`},
	} {
		<-isDown
		isDown <- phase.down
		deadline := time.Now().Add(10 * time.Second)
		for !strings.Contains(heard.String(), phase.want) && time.Now().Before(deadline) {
			shipper.Logs()(t.Context(), lineAt(time.Now(), "line"))
			<-time.After(100 * time.Millisecond)
		}
		if strings.Count(heard.String(), phase.want) != 1 {
			t.Fatalf("it says %q, want once %q", heard, phase.want)
		}
	}
}

func TestShipper_NothingIsConnectedToUnlessAnEndpointIsSet(t *testing.T) {
	for name, settings := range map[string]shipping.Settings{
		"nothing set": settingsFor(""), "disabled": {Endpoint: "http://127.0.0.1:4318", Disabled: "TRUE"},
		"no exporter": {Endpoint: "http://127.0.0.1:4318", Logs: shipping.SignalSettings{Exporter: "none"}, Metrics: shipping.SignalSettings{Exporter: "none"}, Traces: shipping.SignalSettings{Exporter: "none"}},
		"only a name": {ServiceName: "x", ResourceAttributes: "broken", Headers: "broken", Timeout: "broken"},
	} {
		shipper, problems := shipping.New(t.Context(), settings)
		if shipper != nil || len(problems) > 0 {
			t.Errorf("%s: New() = %v, problems %v, want nothing", name, shipper, problems)
		}
		if shipper.Logs() != nil || shipper.Tracer() != nil || shipper.ShipsMetrics() {
			t.Errorf("%s: a nil Shipper ships", name)
		}
		shipper.TellTo(slog.Default())
		shipper.Close(t.Context())
	}
}

// Stores of logs keep an index for each combination of what the resource says.
func TestJ2_TheResourceHasFixedAttributes(t *testing.T) {
	for attributes, want := range map[string]string{
		"": "host.name=h,service.name=liftoff,service.version=test",
		"deployment.environment.name=a%20b,service.name=other": "deployment.environment.name=a b,host.name=h,service.name=other,service.version=test",
	} {
		to := newReceiver(t, nil)
		settings := settingsFor(to.URL)
		settings.Host, settings.ResourceAttributes = "h", attributes
		shipper, _ := newShipper(t, settings)
		shipper.Logs()(t.Context(), lineAt(time.Now(), "one", slog.Int64("run_id", 1), slog.String("launch_id", "x")))
		shipper.Close(t.Context())
		var got []string
		for _, each := range to.resource {
			got = append(got, each.Key+"="+each.Value.GetStringValue())
		}
		slices.Sort(got)
		if text := strings.Join(got, ","); text != want {
			t.Errorf("the resource has %s, want %s", text, want)
		}
	}
}

// Whatever a text holds, what arrives is valid, can be shown, and is not long.
func TestJ3_AnyTextArrivesCutAndEscaped(t *testing.T) {
	to := newReceiver(t, nil)
	shipper, heard := newShipper(t, settingsFor(to.URL))
	logger, sinks := telemetry.NewLogger(telemetry.Options{Console: io.Discard, Ship: shipper.Logs()})
	texts := []string{strings.Repeat("ä", 300<<10), "a\x00b", "broken \xff\xfe", "two\nlines\r\n\tand \x1b[31mred\u202e", ""}
	for _, text := range texts {
		logger.Info(text, text, text, "group", slog.GroupValue(slog.String("name", text)), "raw", []byte(text))
	}
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) + rapid.String().Draw(t, "text")
		texts = append(texts, text)
		logger.Info(text, "value", text)
	})
	if err := sinks.Close(); err != nil {
		t.Fatal(err)
	}
	await(to, func() bool { return len(to.records) == len(texts) })
	shipper.Close(t.Context())
	if len(to.records) != len(texts) || heard.String() != "" {
		t.Fatalf("%d of %d records arrived, and it says %q", len(to.records), len(texts), heard)
	}
	isOdd := func(r rune) bool { return !strconv.IsPrint(r) }
	for i, record := range to.records {
		shown := []string{record.Body.GetStringValue()}
		for _, each := range record.Attributes {
			shown = append(shown, each.Key, each.Value.GetStringValue())
		}
		for _, text := range shown {
			if len(text) > 64<<10 || strings.ContainsFunc(text, isOdd) || !utf8.ValidString(text) {
				t.Errorf("record %d has %d bytes, or what cannot be shown: %.100q", i, len(text), text)
			}
		}
	}
	if first := to.records[0].Body.GetStringValue(); !strings.HasSuffix(first, "more bytes)") {
		t.Errorf("a text that was cut does not say so: …%s", first[len(first)-40:])
	}
}
