package shipping_test

import (
	"strconv"
	"testing"
	"time"
)

// attribute is a key and its value, as the collector writes them.
type attribute struct {
	Key   string
	Value map[string]any
}

// plain returns attributes as a map. Whole numbers are texts in OTLP's JSON.
func plain(t *testing.T, attributes []attribute) map[string]any {
	t.Helper()
	values := map[string]any{}
	for _, a := range attributes {
		if _, isTwice := values[a.Key]; isTwice {
			t.Errorf("the attribute %s is there twice", a.Key)
		}
		for kind, value := range a.Value {
			if text, ok := value.(string); ok && kind == "intValue" {
				number, err := strconv.ParseInt(text, 10, 64)
				if err != nil {
					t.Errorf("attribute %s: %v", a.Key, err)
				}
				value = number
			}
			values[a.Key] = value
		}
	}
	return values
}

// nanoseconds is a time as OTLP's JSON has it.
type nanoseconds string

func (n nanoseconds) time(t *testing.T) time.Time {
	t.Helper()
	number, err := strconv.ParseInt(string(n), 10, 64)
	if err != nil {
		t.Errorf("a time: %v", err)
	}
	return time.Unix(0, number).UTC()
}

// resource is what a request says about its sender.
type resource struct{ Attributes []attribute }

// record is a log record, of whatever receiver.
type record struct {
	body, severity, traceID, spanID string
	service                         string
	at                              time.Time
	attributes                      map[string]any
}

// records returns the log records of a collector.
func (c *collector) records(t *testing.T) []record {
	t.Helper()
	type logs struct {
		ResourceLogs []struct {
			Resource  resource
			ScopeLogs []struct {
				LogRecords []struct {
					TimeUnixNano nanoseconds
					SeverityText string
					Body         struct{ StringValue string }
					Attributes   []attribute
					TraceID      string `json:"traceId"`
					SpanID       string `json:"spanId"`
				}
			}
		}
	}
	var all []record
	for _, request := range requests[logs](t, c, "logs") {
		for _, r := range request.ResourceLogs {
			service, _ := plain(t, r.Resource.Attributes)["service.name"].(string)
			for _, s := range r.ScopeLogs {
				for _, l := range s.LogRecords {
					all = append(all, record{l.Body.StringValue, l.SeverityText, l.TraceID, l.SpanID, service, l.TimeUnixNano.time(t), plain(t, l.Attributes)})
				}
			}
		}
	}
	return all
}

// records returns the log records of VictoriaLogs. Its values are texts.
func (v *victoriaLogs) records(t *testing.T) []record {
	t.Helper()
	var all []record
	for _, entry := range v.entries(t) {
		at, err := time.Parse(time.RFC3339Nano, entry["_time"])
		if err != nil {
			t.Error(err)
		}
		r := record{body: entry["_msg"], severity: entry["severity_text"], traceID: entry["trace_id"], spanID: entry["span_id"], service: entry["service.name"], at: at.UTC(), attributes: map[string]any{}}
		for key, value := range entry {
			r.attributes[key] = value
		}
		all = append(all, r)
	}
	return all
}

// span is a span of a trace.
type span struct {
	TraceID           string `json:"traceId"`
	SpanID            string `json:"spanId"`
	ParentSpanID      string `json:"parentSpanId"`
	Name              string
	StartTimeUnixNano nanoseconds
	EndTimeUnixNano   nanoseconds
	Attributes        []attribute
	Status            struct {
		Code    int
		Message string
	}
}

// spans returns the spans of a collector.
func (c *collector) spans(t *testing.T) []span {
	t.Helper()
	type traces struct {
		ResourceSpans []struct {
			ScopeSpans []struct{ Spans []span }
		}
	}
	var all []span
	for _, request := range requests[traces](t, c, "traces") {
		for _, r := range request.ResourceSpans {
			for _, s := range r.ScopeSpans {
				all = append(all, s.Spans...)
			}
		}
	}
	return all
}

// point is one value of a metric.
type point struct {
	attributes map[string]any
	value      float64
	at         time.Time
}

// metrics returns the newest points of each metric of a collector.
func (c *collector) metrics(t *testing.T) map[string][]point {
	t.Helper()
	type points struct {
		DataPoints []struct {
			Attributes   []attribute
			TimeUnixNano nanoseconds
			AsDouble     *float64
			AsInt        *string
		}
	}
	type metrics struct {
		ResourceMetrics []struct {
			ScopeMetrics []struct {
				Metrics []struct {
					Name       string
					Gauge, Sum *points
				}
			}
		}
	}
	newest := map[string][]point{}
	for _, request := range requests[metrics](t, c, "metrics") {
		for _, r := range request.ResourceMetrics {
			for _, s := range r.ScopeMetrics {
				for _, m := range s.Metrics {
					var found []point
					for _, kind := range []*points{m.Gauge, m.Sum} {
						if kind == nil {
							continue
						}
						for _, p := range kind.DataPoints {
							value := 0.0
							switch {
							case p.AsDouble != nil:
								value = *p.AsDouble
							case p.AsInt != nil:
								value, _ = strconv.ParseFloat(*p.AsInt, 64)
							}
							found = append(found, point{plain(t, p.Attributes), value, p.TimeUnixNano.time(t)})
						}
					}
					newest[m.Name] = found
				}
			}
		}
	}
	return newest
}
