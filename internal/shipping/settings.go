package shipping

import (
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"golang.org/x/net/http/httpguts"

	"liftoff"
	"liftoff/internal/endpoint"
)

// Settings are the variables of OpenTelemetry as the user has set them; an empty text is
// not set. The SDK reads them too, but it sends to another address if one is malformed,
// and prints headers: so all of them are read here and given to it as options.
type Settings struct {
	Endpoint, Headers, Protocol     string
	Timeout, Compression            string
	Disabled                        string
	ServiceName, ResourceAttributes string
	Logs, Metrics, Traces           SignalSettings
	// Authorities returns those that receivers' certificates may come from; nil means the
	// system's. It is called if anything is to be shipped.
	Authorities func() (*x509.CertPool, error)
	// Origin returns what the user calls a setting, by its variable.
	Origin func(variable string) string
	// Version is the program's.
	Version string
	// Host is the name of the machine; "" leaves it out.
	Host string
	// Next says what to do about trouble.
	Next string
	// IsLasting says that the process does many runs: then trouble is told when it begins
	// and when it ends, and not only at the end of the process.
	IsLasting bool
}

// SignalSettings are the variables for logs, metrics or traces alone.
type SignalSettings struct {
	Endpoint, Headers, Protocol, Exporter string
}

// Problem is a setting that cannot be used. Nothing in it repeats the value.
type Problem struct {
	// Setting is what the user calls the setting.
	Setting string
	Err     error
	// Effect says what is not shipped, or what is used instead.
	Effect string
}

// signal is one kind of what is shipped, spelt as in the variables.
type signal string

const (
	logs    signal = "LOGS"
	metrics signal = "METRICS"
	traces  signal = "TRACES"
)

// signals are all of them, in the order in which they are told about.
func signals() []signal { return []signal{logs, metrics, traces} }

// word is the signal in a sentence.
func (s signal) word() string { return strings.ToLower(string(s)) }

func (s Settings) of(each signal) SignalSettings {
	switch each {
	case logs:
		return s.Logs
	case metrics:
		return s.Metrics
	default:
		return s.Traces
	}
}

// target is where a signal goes. With gRPC, the path of the URL means nothing.
type target struct {
	url     *url.URL
	headers map[string]string
	isGRPC  bool
}

// plan is what the settings say.
type plan struct {
	targets  map[signal]target
	timeout  time.Duration
	gzip     bool
	roots    *x509.CertPool
	resource []attribute.KeyValue
}

const (
	variablePrefix = "OTEL_EXPORTER_OTLP_"
	protocolHTTP   = "http/protobuf"
	protocolGRPC   = "grpc"
	defaultTimeout = 10 * time.Second
	maxTimeoutMS   = 600_000
)

// reading collects what is found out about the settings.
type reading struct {
	settings Settings
	problems []Problem
	// places are where the problem of a setting is in problems: one is enough.
	places map[string]int
	// withoutIt are the signals that are not shipped because of it.
	withoutIt map[string][]string
}

func (r *reading) complain(variable string, err error, effect string) {
	if _, isKnown := r.places[variable]; isKnown {
		return
	}
	r.places[variable] = len(r.problems)
	r.problems = append(r.problems, Problem{r.settings.Origin(variable), err, effect})
}

// complainOf is complain for what keeps a signal from being shipped.
func (r *reading) complainOf(variable string, err error, each signal) {
	r.complain(variable, err, "")
	r.withoutIt[variable] = append(r.withoutIt[variable], each.word())
	effect := "no " + liftoff.Alternatives(r.withoutIt[variable]...) + " are shipped"
	if len(r.withoutIt[variable]) == len(signals()) {
		effect = nothing
	}
	r.problems[r.places[variable]].Effect = effect
}

// nothing is the effect of a problem that concerns all signals.
const nothing = "nothing is shipped"

// read returns what the settings say. What cannot be used is a problem; a signal with a
// wrong endpoint, header or protocol is not shipped.
func read(settings Settings) (plan, []Problem) {
	r := &reading{settings: settings, places: map[string]int{}, withoutIt: map[string][]string{}}
	p := plan{targets: map[signal]target{}, timeout: defaultTimeout}
	if !settings.namesEndpoint() || r.isDisabled() {
		return p, r.problems
	}
	for _, each := range signals() {
		if found, ok := r.target(each); ok {
			p.targets[each] = found
		}
	}
	if len(p.targets) == 0 {
		return p, r.problems
	}
	p.timeout = r.timeout()
	switch strings.ToLower(settings.Compression) {
	case "", "none":
	case "gzip":
		p.gzip = true
	default:
		r.complain(variablePrefix+"COMPRESSION", errors.New("it must be gzip or none"), "nothing is compressed")
	}
	var err error
	if p.roots, err = settings.Authorities(); err != nil {
		r.complain(variablePrefix+"CERTIFICATE", err, nothing)
		p.targets = nil
	}
	p.resource = r.resource()
	return p, r.problems
}

// namesEndpoint reports whether anything is to be shipped. If not, the other variables may
// be there for other programs.
func (s Settings) namesEndpoint() bool {
	return s.Endpoint != "" || s.Logs.Endpoint != "" || s.Metrics.Endpoint != "" || s.Traces.Endpoint != ""
}

func (r *reading) isDisabled() bool {
	switch strings.ToLower(r.settings.Disabled) {
	case "true":
		return true
	case "", "false":
	default:
		r.complain("OTEL_SDK_DISABLED", errors.New("it must be true or false"), "it counts as false")
	}
	return false
}

// target returns where a signal goes, and false if it is not to be shipped.
func (r *reading) target(each signal) (target, bool) {
	own := r.settings.of(each)
	variable := func(name, own string) string {
		if own == "" {
			return variablePrefix + name
		}
		return variablePrefix + string(each) + "_" + name
	}
	exporter := strings.ToLower(own.Exporter)
	switch {
	case own.Endpoint == "" && r.settings.Endpoint == "", exporter == "none":
		return target{}, false
	case exporter != "" && exporter != "otlp":
		r.complainOf("OTEL_"+string(each)+"_EXPORTER", errors.New("it must be otlp or none"), each)
		return target{}, false
	}
	protocol := strings.ToLower(cmp.Or(own.Protocol, r.settings.Protocol, protocolHTTP))
	if protocol != protocolHTTP && protocol != protocolGRPC {
		r.complainOf(variable("PROTOCOL", own.Protocol), errors.New("it must be "+protocolHTTP+" or "+protocolGRPC), each)
		return target{}, false
	}
	address, err := parseAddress(cmp.Or(own.Endpoint, r.settings.Endpoint))
	if err != nil {
		r.complainOf(variable("ENDPOINT", own.Endpoint), err, each)
		return target{}, false
	}
	if own.Endpoint == "" {
		address = address.JoinPath("v1", each.word())
	}
	headers, err := parseHeaders(cmp.Or(own.Headers, r.settings.Headers))
	if err != nil {
		r.complainOf(variable("HEADERS", own.Headers), err, each)
		return target{}, false
	}
	return target{address, headers, protocol == protocolGRPC}, true
}

// parseAddress returns the address of a receiver.
func parseAddress(text string) (*url.URL, error) {
	address, err := endpoint.Parse(text)
	if err == nil && address.RawQuery != "" {
		return nil, errors.New("it must not contain a query")
	}
	return address, err
}

// parseHeaders reads headers as name=value,name=value.
func parseHeaders(text string) (map[string]string, error) {
	headers, err := parsePairs(text)
	for name, value := range headers {
		if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
			return nil, errors.New("one of them is no HTTP header")
		}
	}
	return headers, err
}

func (r *reading) timeout() time.Duration {
	text := r.settings.Timeout
	if text == "" {
		return defaultTimeout
	}
	milliseconds, err := strconv.Atoi(text)
	if err != nil || milliseconds < 1 || milliseconds > maxTimeoutMS {
		r.complain(variablePrefix+"TIMEOUT", fmt.Errorf("it must be a whole number of milliseconds, from 1 to %d", maxTimeoutMS), fmt.Sprintf("it counts as %d", defaultTimeout.Milliseconds()))
		return defaultTimeout
	}
	return time.Duration(milliseconds) * time.Millisecond
}

// resource returns what is known about this program, for all that it ships.
func (r *reading) resource() []attribute.KeyValue {
	values, err := parsePairs(r.settings.ResourceAttributes)
	if err != nil {
		r.complain("OTEL_RESOURCE_ATTRIBUTES", err, "they are left out")
		values = map[string]string{}
	}
	if r.settings.Host != "" && values["host.name"] == "" {
		values["host.name"] = r.settings.Host
	}
	values["service.version"] = r.settings.Version
	values["service.name"] = cmp.Or(r.settings.ServiceName, values["service.name"], "liftoff")
	attributes := make([]attribute.KeyValue, 0, len(values))
	for key, value := range values {
		attributes = append(attributes, attribute.String(key, value))
	}
	return attributes
}

// parsePairs reads name=value,name=value with escapes as in a URL. The error says which
// pair is wrong, and does not repeat it.
func parsePairs(text string) (map[string]string, error) {
	pairs := map[string]string{}
	for i, pair := range strings.Split(text, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		name, value, isPair := strings.Cut(pair, "=")
		name = strings.TrimSpace(name)
		if !isPair || name == "" {
			return nil, fmt.Errorf("pair %d is not name=value", i+1)
		}
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if err != nil {
			return nil, fmt.Errorf("pair %d has a %% that is no escape; a %% itself is %%25", i+1)
		}
		pairs[name] = strings.ToValidUTF8(value, "\uFFFD")
	}
	return pairs, nil
}
