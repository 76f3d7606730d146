package shipping_test

import (
	"strings"
	"testing"
)

// tree is a trace by the ids of its spans.
type tree map[string]span

// treeOf waits for a trace that has a root, and returns its spans.
func treeOf(t *testing.T, c *collector, root string) tree {
	t.Helper()
	await(t, "the span "+root, func() bool { return len(named(c.spans(t), root)) > 0 })
	spans := tree{}
	for _, s := range c.spans(t) {
		if _, isTwice := spans[s.SpanID]; isTwice {
			t.Errorf("the span %s is there twice", s.Name)
		}
		spans[s.SpanID] = s
	}
	return spans
}

func named(spans []span, name string) []span {
	var found []span
	for _, s := range spans {
		if s.Name == name {
			found = append(found, s)
		}
	}
	return found
}

// path returns the names from the root to a span.
func (spans tree) path(s span) string {
	names := []string{s.Name}
	for range spans {
		parent, hasParent := spans[s.ParentSpanID]
		if !hasParent {
			break
		}
		names, s = append([]string{parent.Name}, names...), parent
	}
	return strings.Join(names, " > ")
}

// Spans of a run hang together, and the log lines of the run lead to them.
func TestShipping_ARunIsOneTrace(t *testing.T) {
	t.Parallel()
	c, u := startCollector(t), newWriter(t)
	u.With("LOG_FILE=-").Succeed(t, "migrate", "up") // looking for tables that are not there is a span that fails
	u.With("OTEL_EXPORTER_OTLP_ENDPOINT="+c.url).Succeed(t, "ingest", "--all")
	spans := treeOf(t, c, "ingest")
	paths, traces := map[string]int{}, map[string]bool{}
	for _, s := range spans {
		paths[spans.path(s)]++
		traces[s.TraceID] = true
		parent, hasParent := spans[s.ParentSpanID]
		if hasParent != (s.Name != "ingest") {
			t.Errorf("%s has the parent %q, which is there: %t", s.Name, s.ParentSpanID, hasParent)
		}
		if hasParent && (s.StartTimeUnixNano.time(t).Before(parent.StartTimeUnixNano.time(t)) || s.EndTimeUnixNano.time(t).After(parent.EndTimeUnixNano.time(t))) {
			t.Errorf("%s is not within %s", s.Name, parent.Name)
		}
		if s.Status.Code == statusError && s.Name != "request" { // the replay answers one with 503
			t.Errorf("%s has the status %+v", s.Name, s.Status)
		}
	}
	if len(traces) != 1 || paths["ingest"] != 1 || paths["ingest > run"] != 1 {
		t.Errorf("%d traces, want one that is ingest > run", len(traces))
	}
	for _, name := range []string{"page", "request", "batch", "references", "view", "statement fence_run"} {
		found := false
		for path := range paths {
			found = found || strings.HasPrefix(path, "ingest > run > ") && strings.HasSuffix(path, name)
		}
		if !found {
			t.Errorf("no span %s in the run", name)
		}
	}
	for _, r := range awaitRecords(t, c, linesOf(t, u)) {
		s, isThere := spans[r.spanID]
		if _, isOfRun := r.attributes["run_id"]; isOfRun && (!isThere || s.TraceID != r.traceID || !strings.HasPrefix(spans.path(s), "ingest")) {
			t.Errorf("the record leads to no span of the run: %+v", r)
		}
	}
}

// statusError is OpenTelemetry's code.
const statusError = 2

// wantBrokenSpan wants that the spans of a run that has failed say so.
func wantBrokenSpan(t *testing.T, c *collector) {
	t.Helper()
	spans := treeOf(t, c, "ingest")
	for _, s := range spans {
		if (s.Name == "ingest" || s.Name == "run") && (s.Status.Code != statusError || s.Status.Message == "") {
			t.Errorf("%s has the status %+v, want an error with its reason", spans.path(s), s.Status)
		}
	}
}
