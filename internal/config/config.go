// Package config resolves every setting of the program once: flags beat the
// environment, the environment beats the .env file, the .env file beats the
// defaults. It opens no connection and never changes the environment of the
// process. Secrets have the type Secret, which prints as "***".
package config

import (
	"cmp"
	"log/slog"
	"time"
)

// Config holds the resolved settings. The field tags are the only list of all
// settings and their defaults: flags, documentation and parsing follow them.
//
//   - env: the environment variable and the name in .env
//   - flag: the command-line flag; absent for secrets, which other users of
//     the machine could read in the process list
//   - group: the heading in --help; a command takes the flags of whole groups
//   - choices: all values, if they are a closed set
//   - implicit: what a .env file may say that nobody named; see implicitRule
//   - help: one line for --help and docs/configuration.md
type Config struct {
	SpaceXAPIURL      string        `env:"SPACEX_API_URL" envDefault:"https://api.spacexdata.com" flag:"spacex-api-url" group:"Source API" implicit:"any" help:"base URL of the SpaceX API v4"`
	SpaceXTimeout     time.Duration `env:"SPACEX_TIMEOUT" envDefault:"60s" flag:"spacex-timeout" group:"Source API" implicit:"any" help:"time limit for one request, body included"`
	SpaceXMaxAttempts int           `env:"SPACEX_MAX_ATTEMPTS" envDefault:"6" flag:"spacex-max-attempts" group:"Source API" implicit:"any" help:"attempts per request before the run gives up"`
	SpaceXMaxWait     time.Duration `env:"SPACEX_MAX_WAIT" envDefault:"0s" flag:"max-wait" group:"Source API" implicit:"any" help:"how long a run may wait in total for an unreachable API, beyond the attempts of each request"`
	SpaceXMaxBodyMiB  int64         `env:"SPACEX_MAX_BODY_MIB" envDefault:"32" flag:"spacex-max-body-mib" group:"Source API" implicit:"any" help:"largest accepted answer, in MiB after decompression"`
	SpaceXCAFile      string        `env:"SPACEX_CA_FILE" flag:"spacex-ca-file" group:"Source API" implicit:"inside" help:"PEM file with extra certificate authorities for the API"`

	SpaceXRateLimit int           `env:"SPACEX_RATE_LIMIT" envDefault:"100" flag:"spacex-rate-limit" group:"Source API" implicit:"any" help:"most requests per second to the API; the workers of a backfill keep to it together"`
	PageSize        int           `env:"PAGE_SIZE" envDefault:"1000" flag:"page-size" group:"Ingestion" implicit:"any" help:"launches to ask for in one request"`
	Concurrency     int           `env:"CONCURRENCY" envDefault:"3" flag:"concurrency" group:"Ingestion" implicit:"any" help:"pages to fetch at the same time"`
	Writers         int           `env:"WRITERS" envDefault:"2" flag:"writers" group:"Ingestion" implicit:"any" help:"batches to store at the same time, each on its own connection"`
	LookBack        time.Duration `env:"LOOK_BACK" envDefault:"720h" flag:"look-back" group:"Ingestion" implicit:"any" help:"how far before the watermark --new checks launches again"`
	IfLocked        string        `env:"IF_LOCKED" envDefault:"fail" choices:"fail,skip,wait" flag:"if-locked" group:"Ingestion" implicit:"any" help:"if another run is writing launches of the same source: fail (exit code 75), skip (exit code 0) or wait"`
	Contract        string        `env:"CONTRACT" envDefault:"store" choices:"store,quarantine,freeze" flag:"contract" group:"Ingestion" implicit:"any" help:"what to do with launches of another shape than the API documents: store, quarantine, or freeze (end the run)"`
	LockLease       time.Duration `env:"LOCK_LEASE" envDefault:"5m" flag:"lock-lease" group:"Ingestion" implicit:"any" help:"how long a run that hangs keeps others from writing launches of the same source; 0s: until its connection ends"`
	References      bool          `env:"REFERENCES" envDefault:"true" flag:"references" group:"Ingestion" implicit:"any" help:"fetch the payloads, rockets and launchpads that launches refer to"`

	SimulationSeed string `env:"SIMULATION_SEED" flag:"simulation-seed" group:"Ingestion" implicit:"any" help:"derive the simulated values from this seed and the launch id; random if empty"`
	AutoMigrate    bool   `env:"AUTO_MIGRATE" envDefault:"true" flag:"auto-migrate" group:"Ingestion" implicit:"any" help:"update the database's schema before a run"`

	ScheduleEvery     time.Duration `env:"SCHEDULE_EVERY" flag:"every" group:"Schedule" implicit:"any" help:"time from one run to the next, such as 15m"`
	ScheduleCron      string        `env:"SCHEDULE_CRON" flag:"cron" group:"Schedule" implicit:"any" help:"cron expression of five fields, instead of an interval"`
	ScheduleTimeZone  string        `env:"SCHEDULE_TIME_ZONE" envDefault:"UTC" flag:"time-zone" group:"Schedule" implicit:"any" help:"time zone of the cron expression, such as Europe/Berlin"`
	ScheduleSelection string        `env:"SCHEDULE_SELECTION" envDefault:"new" choices:"new,all,upcoming,latest" flag:"selection" group:"Schedule" implicit:"any" help:"what each run fetches, as ingest's flags do: new, all, upcoming or latest"`
	ScheduleName      string        `env:"SCHEDULE_NAME" envDefault:"default" flag:"schedule-name" group:"Worker" implicit:"any" help:"name of the schedule that --every or --cron adds"`

	DatabaseURL              Secret        `env:"DATABASE_URL" flag:"database-url" group:"Connection" implicit:"postgres" help:"PostgreSQL connection URL, instead of the POSTGRES_ settings; the flag must not contain a password"`
	DatabaseURLFile          string        `env:"DATABASE_URL_FILE" flag:"database-url-file" group:"Connection" implicit:"inside,postgres" help:"file that contains the connection URL, for container secrets"`
	PostgresHost             string        `env:"POSTGRES_HOST" flag:"postgres-host" group:"Connection" implicit:"postgres" help:"PostgreSQL host or socket folder; without it and without DATABASE_URL liftoff starts its own server"`
	PostgresPort             int           `env:"POSTGRES_PORT" envDefault:"5432" flag:"postgres-port" group:"Connection" implicit:"postgres" help:"PostgreSQL port"`
	PostgresDB               string        `env:"POSTGRES_DB" envDefault:"spacex" flag:"postgres-db" group:"Connection" implicit:"any" help:"database name"`
	PostgresUser             string        `env:"POSTGRES_USER" envDefault:"spacex" flag:"postgres-user" group:"Connection" implicit:"any" help:"role to log in as"`
	PostgresPassword         Secret        `env:"POSTGRES_PASSWORD" group:"Connection" implicit:"any" help:"password of the role"`
	PostgresPasswordFile     string        `env:"POSTGRES_PASSWORD_FILE" flag:"postgres-password-file" group:"Connection" implicit:"inside" help:"file that contains the password, for container secrets"`
	PostgresSSLMode          string        `env:"POSTGRES_SSLMODE" envDefault:"prefer" choices:"disable,allow,prefer,require,verify-ca,verify-full" flag:"postgres-sslmode" group:"Connection" implicit:"postgres" help:"disable, allow, prefer, require, verify-ca or verify-full"`
	PostgresWait             time.Duration `env:"POSTGRES_WAIT" envDefault:"30s" flag:"postgres-wait" group:"Connection" implicit:"any" help:"how long to wait for a database that is unreachable at start or during a run"`
	PostgresStatementTimeout time.Duration `env:"POSTGRES_STATEMENT_TIMEOUT" envDefault:"60s" flag:"postgres-statement-timeout" group:"Connection" implicit:"any" help:"time limit for storing one batch, of which half may be spent waiting for a lock, and for one analytics query"`

	Embedded         bool   `env:"EMBEDDED" envDefault:"false" flag:"embedded" group:"Embedded PostgreSQL" implicit:"any" help:"use the embedded PostgreSQL even if another one is configured"`
	EmbeddedDataDir  string `env:"EMBEDDED_DATA_DIR" flag:"embedded-data-dir" group:"Embedded PostgreSQL" implicit:"never" help:"folder for the data of the embedded PostgreSQL; default: liftoff in the user's data folder"`
	EmbeddedCacheDir string `env:"EMBEDDED_CACHE_DIR" flag:"embedded-cache-dir" group:"Embedded PostgreSQL" implicit:"never" help:"folder for the program files of the embedded PostgreSQL; default: liftoff in the user's cache folder"`
	EmbeddedArchive  string `env:"EMBEDDED_ARCHIVE" flag:"embedded-archive" group:"Embedded PostgreSQL" implicit:"inside" help:"archive with the program files of the embedded PostgreSQL, for machines without a network"`

	EmbeddedPort int `env:"EMBEDDED_PORT" envDefault:"0" flag:"port" group:"Background server" implicit:"any" help:"port of the server that db start leaves running; 0: that of the last db start, at first 5433"`

	Engine            string        `env:"LIFTOFF_ENGINE" envDefault:"postgres" choices:"postgres,trino,auto" flag:"engine" group:"Engine and Trino" implicit:"any" help:"what answers the analytics queries: postgres, trino (over the same database), or auto (trino if it answers, else postgres)"`
	TrinoURL          string        `env:"TRINO_URL" envDefault:"http://localhost:8080" flag:"trino-url" group:"Engine and Trino" implicit:"trino" help:"address of the Trino coordinator"`
	TrinoCatalog      string        `env:"TRINO_CATALOG" envDefault:"postgres" flag:"trino-catalog" group:"Engine and Trino" implicit:"any" help:"Trino catalog of the PostgreSQL database"`
	TrinoSchema       string        `env:"TRINO_SCHEMA" envDefault:"public" flag:"trino-schema" group:"Engine and Trino" implicit:"any" help:"schema of the views"`
	TrinoUser         string        `env:"TRINO_USER" envDefault:"liftoff" flag:"trino-user" group:"Engine and Trino" implicit:"any" help:"user to log in to Trino as"`
	TrinoPassword     Secret        `env:"TRINO_PASSWORD" group:"Engine and Trino" implicit:"any" help:"password of the user; needs https"`
	TrinoPasswordFile string        `env:"TRINO_PASSWORD_FILE" flag:"trino-password-file" group:"Engine and Trino" implicit:"inside" help:"file that contains the password, for container secrets"`
	TrinoCAFile       string        `env:"TRINO_CA_FILE" flag:"trino-ca-file" group:"Engine and Trino" implicit:"inside,trino" help:"PEM file with extra certificate authorities for Trino"`
	TrinoWait         time.Duration `env:"TRINO_WAIT" envDefault:"60s" flag:"trino-wait" group:"Engine and Trino" implicit:"any" help:"how long to wait until Trino answers and has a worker"`

	QueryDir string `env:"ANALYTICS_QUERY_DIR" flag:"query-dir" group:"Analytics" implicit:"never" help:"folder of your own queries (*.sql), which are run and listed beside the built-in ones; see docs/queries.md"`

	DemoAPIWait time.Duration `env:"DEMO_API_WAIT" envDefault:"4s" flag:"demo-api-wait" group:"Demo" implicit:"any" help:"how long the demo waits for the live API before it uses the built-in replay"`

	Output   string `env:"LIFTOFF_OUTPUT" envDefault:"table" choices:"table,json,csv,markdown" flag:"output" short:"o" group:"Output" implicit:"any" help:"format of the results: table, json, csv or markdown"`
	NoCharts bool   `env:"LIFTOFF_NO_CHARTS" envDefault:"false" flag:"no-charts" group:"Output" implicit:"any" help:"leave out the charts of tables"`
	NoPager  bool   `env:"LIFTOFF_NO_PAGER" envDefault:"false" flag:"no-pager" group:"Output" implicit:"any" help:"print tables that are too long for the terminal without PAGER"`

	ReplayListen   string        `env:"REPLAY_LISTEN" envDefault:"127.0.0.1:8100" flag:"listen" group:"Replay" implicit:"any" help:"address to serve on"`
	ReplayCount    int           `env:"REPLAY_COUNT" envDefault:"205" flag:"count" group:"Synthetic launches" implicit:"any" help:"number of synthetic launches"`
	ReplaySeed     uint64        `env:"REPLAY_SEED" envDefault:"1" flag:"seed" group:"Synthetic launches" implicit:"any" help:"seed of the synthetic launches"`
	ReplayRevision int           `env:"REPLAY_REVISION" envDefault:"0" flag:"revision" group:"Synthetic launches" implicit:"any" help:"state of the synthetic launches: each revision changes some launches of the one before"`
	ReplayData     string        `env:"REPLAY_DATA" flag:"data" group:"Replay" implicit:"inside" help:"folder of captured answers to serve instead of synthetic launches"`
	ReplayLatency  time.Duration `env:"REPLAY_LATENCY" envDefault:"0s" flag:"latency" group:"Replay" implicit:"any" help:"delay before each answer"`
	ReplayFault    []string      `env:"REPLAY_FAULT" flag:"fault" group:"Replay" implicit:"any" help:"fault to simulate, as KIND[=VALUE][@WHICH]; separate several with commas or repeat the flag"`
	ReplayDamage   string        `env:"REPLAY_DAMAGE" flag:"damage" group:"Replay" implicit:"any" help:"damage launches before they are sent: KIND for each, KIND@N for every Nth; see docs/replay.md"`
	ReplayCompress bool          `env:"REPLAY_COMPRESS" envDefault:"true" flag:"compress" group:"Replay" implicit:"any" help:"compress answers for clients that accept it; use false to measure clients"`

	ServeListen         string        `env:"SERVE_LISTEN" envDefault:"127.0.0.1:8090" flag:"listen" group:"Dashboard" implicit:"loopback" help:"address to serve the dashboard on; one that other machines can reach needs --auth-file"`
	ServeBasePath       string        `env:"SERVE_BASE_PATH" flag:"base-path" group:"Dashboard" implicit:"any" help:"path below which all pages are, such as /liftoff"`
	ServeHosts          []string      `env:"SERVE_HOSTS" flag:"allow-host" group:"Dashboard" implicit:"dashboard" help:"name by which browsers may call the dashboard, besides its address and localhost; separate several with commas or repeat the flag"`
	ServeAuthFile       string        `env:"SERVE_AUTH_FILE" flag:"auth-file" group:"Dashboard" implicit:"dashboard" help:"file of who may come in, one a line: user:password, or a token for programs"`
	ServeInsecureNoAuth bool          `env:"SERVE_INSECURE_NO_AUTH" envDefault:"false" flag:"insecure-no-auth" group:"Dashboard" implicit:"dashboard" help:"let everybody in who can reach the address, without a login"`
	ServeTrustedProxies []string      `env:"SERVE_TRUSTED_PROXIES" flag:"trusted-proxy" group:"Dashboard" implicit:"dashboard" help:"address or network of a reverse proxy whose X-Forwarded headers count; separate several with commas or repeat the flag"`
	ServeMaxAge         time.Duration `env:"SERVE_MAX_AGE" envDefault:"0s" flag:"max-age" group:"Dashboard" implicit:"any" help:"how long ago the last good run may have ended for /readyz to say 200; 0s: any time"`

	LogLevel      string `env:"LOG_LEVEL" envDefault:"info" choices:"debug,info,warning,error" flag:"log-level" group:"Logs" implicit:"any" help:"lowest level of the lines on the console: debug, info, warning or error"`
	LogFileLevel  string `env:"LOG_FILE_LEVEL" choices:"debug,info,warning,error" flag:"log-file-level" group:"Logs" implicit:"any" help:"the same for the log file; if not set, info, or debug if LOG_LEVEL is debug"`
	Quiet         bool   `env:"LIFTOFF_QUIET" envDefault:"false" flag:"quiet" group:"Logs" implicit:"any" help:"print only warnings, errors and what was asked for: no progress, and no analytics after a run; for cron"`
	LogFormat     string `env:"LOG_FORMAT" envDefault:"text" choices:"text,json" flag:"log-format" group:"Logs" implicit:"any" help:"text or json"`
	LogFile       string `env:"LOG_FILE" envDefault:"ingestion.log" flag:"log-file" group:"Logs" implicit:"inside" help:"file that gets the log lines too, from ingest, worker and demo; - for no file"`
	LogMaxSizeMiB int64  `env:"LOG_MAX_SIZE_MIB" envDefault:"10" flag:"log-max-size-mib" group:"Logs" implicit:"any" help:"size in MiB at which the log file is rotated"`
	LogMaxFiles   int    `env:"LOG_MAX_FILES" envDefault:"5" flag:"log-max-files" group:"Logs" implicit:"any" help:"rotated log files to keep"`

	SummaryJSON string `env:"SUMMARY_JSON" flag:"summary-json" group:"Run summary" implicit:"inside" help:"file that gets a JSON summary of the run when it ends; - for stdout"`

	MetricsFile   string `env:"METRICS_FILE" flag:"metrics-file" group:"Run summary" implicit:"inside" help:"file that gets the metrics when the run ends, for node_exporter's textfile collector; its name must end in .prom"`
	MetricsPush   string `env:"METRICS_PUSH" flag:"metrics-push" group:"Run summary" implicit:"any" help:"URL of a Pushgateway that gets the metrics when the run ends"`
	MetricsListen string `env:"METRICS_LISTEN" flag:"metrics-listen" group:"Metrics" implicit:"any" help:"address on which /metrics is served for Prometheus, such as 127.0.0.1:9464; none if empty"`

	PingURL     Secret `env:"PING_URL" flag:"ping-url" group:"Monitoring" implicit:"any" help:"URL of a check at healthchecks.io, Uptime Kuma or the like, which is told of each run; other users of the machine can read the flag, but not the variable"`
	PingURLFile string `env:"PING_URL_FILE" flag:"ping-url-file" group:"Monitoring" implicit:"inside" help:"file that contains the URL to ping, for container secrets"`

	OTLPEndpoint           string `env:"OTEL_EXPORTER_OTLP_ENDPOINT" flag:"otlp-endpoint" group:"OpenTelemetry" implicit:"otlp" help:"base URL of an OTLP receiver that gets logs, metrics and traces, such as http://localhost:4318; none if empty"`
	OTLPLogsEndpoint       string `env:"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT" group:"OpenTelemetry" implicit:"otlp" help:"whole URL for logs, instead of the base URL, to which /v1/logs is added unless the protocol is grpc"`
	OTLPMetricsEndpoint    string `env:"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT" group:"OpenTelemetry" implicit:"otlp" help:"the same for metrics and /v1/metrics"`
	OTLPTracesEndpoint     string `env:"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" group:"OpenTelemetry" implicit:"otlp" help:"the same for traces and /v1/traces"`
	OTLPHeaders            Secret `env:"OTEL_EXPORTER_OTLP_HEADERS" group:"OpenTelemetry" implicit:"any" help:"HTTP headers such as an API key, as name=value,name=value"`
	OTLPHeadersFile        string `env:"OTEL_EXPORTER_OTLP_HEADERS_FILE" flag:"otlp-headers-file" group:"OpenTelemetry" implicit:"inside" help:"file that contains the headers, for container secrets"`
	OTLPLogsHeaders        Secret `env:"OTEL_EXPORTER_OTLP_LOGS_HEADERS" group:"OpenTelemetry" implicit:"any" help:"headers for logs, instead of those for all"`
	OTLPMetricsHeaders     Secret `env:"OTEL_EXPORTER_OTLP_METRICS_HEADERS" group:"OpenTelemetry" implicit:"any" help:"headers for metrics, instead of those for all"`
	OTLPTracesHeaders      Secret `env:"OTEL_EXPORTER_OTLP_TRACES_HEADERS" group:"OpenTelemetry" implicit:"any" help:"headers for traces, instead of those for all"`
	OTLPProtocol           string `env:"OTEL_EXPORTER_OTLP_PROTOCOL" group:"OpenTelemetry" implicit:"any" help:"http/protobuf or grpc; http/protobuf if not set"`
	OTLPLogsProtocol       string `env:"OTEL_EXPORTER_OTLP_LOGS_PROTOCOL" group:"OpenTelemetry" implicit:"any" help:"the same for logs"`
	OTLPMetricsProtocol    string `env:"OTEL_EXPORTER_OTLP_METRICS_PROTOCOL" group:"OpenTelemetry" implicit:"any" help:"the same for metrics"`
	OTLPTracesProtocol     string `env:"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL" group:"OpenTelemetry" implicit:"any" help:"the same for traces"`
	OTLPTimeout            string `env:"OTEL_EXPORTER_OTLP_TIMEOUT" group:"OpenTelemetry" implicit:"any" help:"milliseconds that the receiver may take for a request; 10000 if not set"`
	OTLPCompression        string `env:"OTEL_EXPORTER_OTLP_COMPRESSION" group:"OpenTelemetry" implicit:"any" help:"gzip or none; none if not set"`
	OTLPCertificate        string `env:"OTEL_EXPORTER_OTLP_CERTIFICATE" group:"OpenTelemetry" implicit:"inside" help:"PEM file with extra certificate authorities for the receiver"`
	OTelDisabled           string `env:"OTEL_SDK_DISABLED" group:"OpenTelemetry" implicit:"any" help:"true ships nothing"`
	OTelLogsExporter       string `env:"OTEL_LOGS_EXPORTER" group:"OpenTelemetry" implicit:"any" help:"otlp or none; none ships no logs"`
	OTelMetricsExporter    string `env:"OTEL_METRICS_EXPORTER" group:"OpenTelemetry" implicit:"any" help:"otlp or none; none ships no metrics"`
	OTelTracesExporter     string `env:"OTEL_TRACES_EXPORTER" group:"OpenTelemetry" implicit:"any" help:"otlp or none; none ships no traces"`
	OTelServiceName        string `env:"OTEL_SERVICE_NAME" group:"OpenTelemetry" implicit:"any" help:"service.name of what is shipped; liftoff if not set"`
	OTelResourceAttributes string `env:"OTEL_RESOURCE_ATTRIBUTES" group:"OpenTelemetry" implicit:"any" help:"attributes of all that is shipped, as name=value,name=value, such as deployment.environment.name=test"`

	// serveAuth is the content of ServeAuthFile. It is a pointer so that nothing that prints
	// a Config follows it.
	serveAuth *Secret
	// exposed are files that contain secrets and that every user may read.
	exposed []string
	// notices are what Load has to tell.
	notices []Notice
	// addressOrigin is UntrustedAddress.
	addressOrigin string
	// origins say how an error names a setting and its source.
	origins map[string]string
}

// Group is a set of settings that belong together, named by its heading in
// --help.
type Group string

// The groups of settings.
const (
	GroupSource   Group = "Source API"
	GroupIngest   Group = "Ingestion"
	GroupSchedule Group = "Schedule"
	// GroupWorker is for the command that works on schedules.
	GroupWorker Group = "Worker"
	// GroupMetrics is for commands that stay.
	GroupMetrics  Group = "Metrics"
	GroupDatabase Group = "Connection"
	GroupEmbedded Group = "Embedded PostgreSQL"
	// GroupBackground is for the command that starts the embedded server to stay.
	GroupBackground Group = "Background server"
	GroupEngine     Group = "Engine and Trino"
	GroupQueries    Group = "Analytics"
	GroupDemo       Group = "Demo"
	GroupOutput     Group = "Output"
	GroupReplay     Group = "Replay"
	// GroupSynthetic is for the replay and the demo.
	GroupSynthetic Group = "Synthetic launches"
	// GroupServe is for the command that serves the dashboard.
	GroupServe Group = "Dashboard"
	GroupLog   Group = "Logs"
	// GroupSummary is for commands that do one run.
	GroupSummary Group = "Run summary"
	// GroupMonitoring is for commands that do runs by themselves.
	GroupMonitoring Group = "Monitoring"
	// GroupShipping is for commands that do runs, and for the doctor.
	GroupShipping Group = "OpenTelemetry"
)

// The values of Config.Engine.
const (
	EnginePostgres = "postgres"
	EngineTrino    = "trino"
	// EngineAuto means Trino if it answers, else PostgreSQL.
	EngineAuto = "auto"
)

// The values of Config.IfLocked.
const (
	LockedFail = "fail"
	LockedSkip = "skip"
	LockedWait = "wait"
)

// Origin returns how an error names a setting and where its value came from, such
// as "--fault" or "REPLAY_FAULT in the environment".
func (c Config) Origin(env string) string { return cmp.Or(c.origins[env], env) }

// IsSet reports whether a setting was given, rather than left to its default. An empty
// value counts as not given.
func (c Config) IsSet(env string) bool { return c.origins[env] != "" }

// ServeAuth returns the content of the file of ServeAuthFile; "" without one.
func (c Config) ServeAuth() Secret {
	if c.serveAuth == nil {
		return ""
	}
	return *c.serveAuth
}

// Notice is something that Load has found out about the settings and that is no
// error, for the log.
type Notice struct {
	Level   slog.Level
	Message string
}

// Notices returns what Load has to tell, in the order of its importance.
func (c Config) Notices() []Notice { return c.notices }

// UntrustedAddress says which setting of an implicit .env file names the database
// server, such as "POSTGRES_HOST in .env line 3"; "" if none does. A server that
// only such a file names must get no secret that comes from elsewhere.
func (c Config) UntrustedAddress() string { return c.addressOrigin }

// URLHasPassword reports whether DATABASE_URL has a password; if it has, the one of
// POSTGRES_PASSWORD is not used.
func (c Config) URLHasPassword() bool { return namesPassword(c.DatabaseURL.Reveal()) }

// NamesDatabase reports whether a database is configured.
func (c Config) NamesDatabase() bool {
	return c.DatabaseURL != "" || c.PostgresHost != ""
}

// UsesEmbedded reports whether the program starts its own PostgreSQL: if no
// database is configured, or if Embedded is set.
func (c Config) UsesEmbedded() bool {
	return c.Embedded || !c.NamesDatabase()
}
