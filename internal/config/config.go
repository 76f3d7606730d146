// Package config resolves every setting of the program once: flags beat the
// environment, the environment beats the .env file, the .env file beats the
// defaults. It opens no connection and never changes the process's own
// environment. Secrets have the type Secret, which prints as "***".
package config

import "time"

// Config holds the resolved settings. The field tags are the one list of all
// settings: flags, documentation and parsing are made from them.
//
//   - env: the environment variable and the name in .env
//   - flag: the command-line flag; absent for secrets, which other users of
//     the machine could read in the process list
//   - group: which commands take the flag
//   - help: one line for --help and docs/configuration.md
type Config struct {
	SpaceXAPIURL      string        `env:"SPACEX_API_URL" envDefault:"https://api.spacexdata.com" flag:"spacex-api-url" group:"source" help:"base URL of the SpaceX API v4"`
	SpaceXTimeout     time.Duration `env:"SPACEX_TIMEOUT" envDefault:"60s" flag:"spacex-timeout" group:"source" help:"limit for one request including its body"`
	SpaceXMaxAttempts int           `env:"SPACEX_MAX_ATTEMPTS" envDefault:"6" flag:"spacex-max-attempts" group:"source" help:"tries for one request before the run gives up"`
	SpaceXMaxWait     time.Duration `env:"SPACEX_MAX_WAIT" envDefault:"0s" flag:"max-wait" group:"source" help:"how long a run waits in all for an API that is away, beyond the tries of each request"`
	SpaceXMaxBodyMiB  int64         `env:"SPACEX_MAX_BODY_MIB" envDefault:"32" flag:"spacex-max-body-mib" group:"source" help:"largest answer accepted, in MiB after decompression"`
	SpaceXCAFile      string        `env:"SPACEX_CA_FILE" flag:"spacex-ca-file" group:"source" help:"PEM file of extra certificate authorities for the API"`

	SpaceXRateLimit int           `env:"SPACEX_RATE_LIMIT" envDefault:"100" flag:"spacex-rate-limit" group:"source" help:"most requests in a second to the API"`
	PageSize        int           `env:"PAGE_SIZE" envDefault:"1000" flag:"page-size" group:"ingest" help:"launches to ask for in one request"`
	Concurrency     int           `env:"CONCURRENCY" envDefault:"3" flag:"concurrency" group:"ingest" help:"pages to fetch at once"`
	Writers         int           `env:"WRITERS" envDefault:"2" flag:"writers" group:"ingest" help:"batches to store at once, each on a connection of its own"`
	LookBack        time.Duration `env:"LOOK_BACK" envDefault:"720h" flag:"look-back" group:"ingest" help:"how far before the last good run --new looks at launches again"`
	IfLocked        string        `env:"IF_LOCKED" envDefault:"fail" flag:"if-locked" group:"ingest" help:"what to do while another run writes launches of the same source: fail (exit code 75), skip (exit code 0) or wait"`
	Contract        string        `env:"CONTRACT" envDefault:"store" flag:"contract" group:"ingest" help:"what becomes of a launch of another shape than the API documents: store, quarantine, or freeze, which ends the run"`
	LockLease       time.Duration `env:"LOCK_LEASE" envDefault:"5m" flag:"lock-lease" group:"ingest" help:"how long a run that hangs keeps others from writing launches of the same source; 0s for as long as its connection lasts"`
	References      bool          `env:"REFERENCES" envDefault:"true" flag:"references" group:"ingest" help:"fetch the payloads, rockets and launchpads that launches refer to"`

	SimulationSeed string `env:"SIMULATION_SEED" flag:"simulation-seed" group:"ingest" help:"makes the simulated values a function of this seed and the launch id; random when empty"`
	AutoMigrate    bool   `env:"AUTO_MIGRATE" envDefault:"true" flag:"auto-migrate" group:"ingest" help:"bring the database's schema up to date before a run"`

	DatabaseURL              Secret        `env:"DATABASE_URL" flag:"database-url" group:"database" help:"PostgreSQL connection URL, instead of the POSTGRES_ settings; as a flag it must not hold a password"`
	PostgresHost             string        `env:"POSTGRES_HOST" flag:"postgres-host" group:"database" help:"PostgreSQL host or socket folder; without it and without DATABASE_URL the program starts its own server"`
	PostgresPort             int           `env:"POSTGRES_PORT" envDefault:"5432" flag:"postgres-port" group:"database" help:"PostgreSQL port"`
	PostgresDB               string        `env:"POSTGRES_DB" envDefault:"spacex" flag:"postgres-db" group:"database" help:"database name"`
	PostgresUser             string        `env:"POSTGRES_USER" envDefault:"spacex" flag:"postgres-user" group:"database" help:"role to log in as"`
	PostgresPassword         Secret        `env:"POSTGRES_PASSWORD" group:"database" help:"password of the role"`
	PostgresPasswordFile     string        `env:"POSTGRES_PASSWORD_FILE" flag:"postgres-password-file" group:"database" help:"file that holds the password, for container secrets"`
	PostgresSSLMode          string        `env:"POSTGRES_SSLMODE" envDefault:"prefer" flag:"postgres-sslmode" group:"database" help:"disable, allow, prefer, require, verify-ca or verify-full"`
	PostgresWait             time.Duration `env:"POSTGRES_WAIT" envDefault:"30s" flag:"postgres-wait" group:"database" help:"how long to wait for a database that does not answer yet, or no more"`
	PostgresStatementTimeout time.Duration `env:"POSTGRES_STATEMENT_TIMEOUT" envDefault:"60s" flag:"postgres-statement-timeout" group:"database" help:"how long one statement that stores launches may take; half of it in wait of a lock, and a batch without an answer half as much again"`

	Embedded         bool   `env:"EMBEDDED" envDefault:"false" flag:"embedded" group:"embedded" help:"use the embedded PostgreSQL although another one is configured"`
	EmbeddedDataDir  string `env:"EMBEDDED_DATA_DIR" flag:"embedded-data-dir" group:"embedded" help:"folder of the embedded PostgreSQL's data; default: liftoff below the user's data folder"`
	EmbeddedCacheDir string `env:"EMBEDDED_CACHE_DIR" flag:"embedded-cache-dir" group:"embedded" help:"folder of the embedded PostgreSQL's program files; default: liftoff below the user's cache folder"`
	EmbeddedArchive  string `env:"EMBEDDED_ARCHIVE" flag:"embedded-archive" group:"embedded" help:"archive of the embedded PostgreSQL's program files, for machines without a network"`

	Engine            string        `env:"LIFTOFF_ENGINE" envDefault:"postgres" flag:"engine" group:"engine" help:"what runs the analytics: postgres, trino over the same database, or auto: trino if it answers, else postgres"`
	TrinoURL          string        `env:"TRINO_URL" envDefault:"http://localhost:8080" flag:"trino-url" group:"engine" help:"address of the Trino coordinator"`
	TrinoCatalog      string        `env:"TRINO_CATALOG" envDefault:"postgres" flag:"trino-catalog" group:"engine" help:"Trino's catalog for the PostgreSQL database"`
	TrinoSchema       string        `env:"TRINO_SCHEMA" envDefault:"public" flag:"trino-schema" group:"engine" help:"schema of the views"`
	TrinoUser         string        `env:"TRINO_USER" envDefault:"liftoff" flag:"trino-user" group:"engine" help:"user to ask Trino as"`
	TrinoPassword     Secret        `env:"TRINO_PASSWORD" group:"engine" help:"password of the user; over https only"`
	TrinoPasswordFile string        `env:"TRINO_PASSWORD_FILE" flag:"trino-password-file" group:"engine" help:"file that holds the password, for container secrets"`
	TrinoCAFile       string        `env:"TRINO_CA_FILE" flag:"trino-ca-file" group:"engine" help:"PEM file of extra certificate authorities for Trino"`
	TrinoWait         time.Duration `env:"TRINO_WAIT" envDefault:"60s" flag:"trino-wait" group:"engine" help:"how long to wait for a Trino that does not answer yet or has no worker"`

	DemoAPIWait time.Duration `env:"DEMO_API_WAIT" envDefault:"4s" flag:"demo-api-wait" group:"demo" help:"how long the demo waits for the live API before it uses the built-in replay"`

	Output string `env:"LIFTOFF_OUTPUT" envDefault:"table" flag:"output" short:"o" group:"output" help:"format of the results: table, json, csv or markdown"`

	ReplayListen   string        `env:"REPLAY_LISTEN" envDefault:"127.0.0.1:8100" flag:"listen" group:"replay" help:"address to serve on"`
	ReplayCount    int           `env:"REPLAY_COUNT" envDefault:"205" flag:"count" group:"synthetic" help:"number of synthetic launches"`
	ReplaySeed     uint64        `env:"REPLAY_SEED" envDefault:"1" flag:"seed" group:"synthetic" help:"seed of the synthetic launches"`
	ReplayRevision int           `env:"REPLAY_REVISION" envDefault:"0" flag:"revision" group:"synthetic" help:"state of the synthetic launches: in each one some have changed since the one before"`
	ReplayData     string        `env:"REPLAY_DATA" flag:"data" group:"replay" help:"folder of captured answers to serve instead of synthetic launches"`
	ReplayLatency  time.Duration `env:"REPLAY_LATENCY" envDefault:"0s" flag:"latency" group:"replay" help:"time added before each answer"`
	ReplayFault    []string      `env:"REPLAY_FAULT" flag:"fault" group:"replay" help:"trouble to make, as KIND[=VALUE][@WHICH]; may be given several times, or with commas"`
	ReplayDamage   string        `env:"REPLAY_DAMAGE" flag:"damage" group:"replay" help:"damage launches on their way out: KIND for each, KIND@N for every Nth; see docs/replay.md"`
	ReplayCompress bool          `env:"REPLAY_COMPRESS" envDefault:"true" flag:"compress" group:"replay" help:"compress answers for clients that accept it; false spares the time when clients are measured"`

	LogLevel      string `env:"LOG_LEVEL" envDefault:"info" flag:"log-level" group:"log" help:"debug, info, warning or error"`
	LogFormat     string `env:"LOG_FORMAT" envDefault:"text" flag:"log-format" group:"log" help:"text or json"`
	LogFile       string `env:"LOG_FILE" envDefault:"ingestion.log" flag:"log-file" group:"log" help:"file that gets the same lines as the console in ingest and demo; - for none"`
	LogMaxSizeMiB int64  `env:"LOG_MAX_SIZE_MIB" envDefault:"10" flag:"log-max-size-mib" group:"log" help:"size in MiB at which the log file is rotated"`
	LogMaxFiles   int    `env:"LOG_MAX_FILES" envDefault:"5" flag:"log-max-files" group:"log" help:"rotated log files to keep"`

	// exposed are files with secrets that every user may read.
	exposed []string
}

// Group names the commands that a setting belongs to.
type Group string

// The groups of settings; a command takes the flags of those it uses.
const (
	GroupSource   Group = "source"
	GroupIngest   Group = "ingest"
	GroupDatabase Group = "database"
	GroupEmbedded Group = "embedded"
	GroupEngine   Group = "engine"
	GroupDemo     Group = "demo"
	GroupOutput   Group = "output"
	GroupReplay   Group = "replay"
	// GroupSynthetic is the replay's and the demo's.
	GroupSynthetic Group = "synthetic"
	GroupLog       Group = "log"
)

// The values of Config.Engine.
const (
	EnginePostgres = "postgres"
	EngineTrino    = "trino"
	// EngineAuto is Trino if it answers, else PostgreSQL.
	EngineAuto = "auto"
)

// The values of Config.IfLocked.
const (
	LockedFail = "fail"
	LockedSkip = "skip"
	LockedWait = "wait"
)

// The values of Config.Contract.
const (
	ContractStore      = "store"
	ContractQuarantine = "quarantine"
	ContractFreeze     = "freeze"
)

// NamesDatabase reports whether a database is configured.
func (c Config) NamesDatabase() bool {
	return c.DatabaseURL != "" || c.PostgresHost != ""
}

// UsesEmbedded reports whether the program shall start its own PostgreSQL:
// when no database is configured, or when it is told to.
func (c Config) UsesEmbedded() bool {
	return c.Embedded || !c.NamesDatabase()
}
