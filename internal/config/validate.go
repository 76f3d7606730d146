package config

import (
	"cmp"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/pflag"

	"liftoff"
)

// check is one rule for a setting that its type cannot express.
type check struct {
	env string
	ok  bool
	// wanted says what the setting must be or needs.
	wanted string
}

func oneOf(env, value string) check {
	allowed := settingsByName()[env].Choices
	return check{env, slices.Contains(allowed, value), "must be " + liftoff.Alternatives(allowed...)}
}

// levelOf checks a level of the log: one of its choices in any case, or warn.
func levelOf(env, value string) check {
	level := strings.ToLower(strings.TrimSpace(value))
	c := oneOf(env, level)
	c.ok = c.ok || level == "warn"
	return c
}

func atLeast[T cmp.Ordered](env string, value, least T) check {
	return check{env, value >= least, fmt.Sprintf("needs %v or more", least)}
}

func between[T cmp.Ordered](env string, value, least, most T) check {
	return check{env, value >= least && value <= most, fmt.Sprintf("needs a number from %v to %v", least, most)}
}

func hasPort(address string) bool {
	_, _, err := net.SplitHostPort(address)
	return err == nil
}

// validate checks what the types cannot: closed sets and ranges.
func (c Config) validate(given given, environ map[string]string) error {
	if err := c.checkAddress(given, environ); err != nil {
		return err
	}
	fileLevel := levelOf("LOG_FILE_LEVEL", c.LogFileLevel)
	fileLevel.ok = fileLevel.ok || c.LogFileLevel == ""
	output := oneOf("LIFTOFF_OUTPUT", c.Output)
	output.ok = output.ok || c.Output == "raw" // one command has it
	for _, check := range []check{
		between("POSTGRES_PORT", c.PostgresPort, 1, 65535),
		{"EMBEDDED_PORT", c.EmbeddedPort == 0 || (c.EmbeddedPort >= 1024 && c.EmbeddedPort <= 65535), "needs a port from 1024 to 65535, or 0"},
		oneOf("POSTGRES_SSLMODE", c.PostgresSSLMode),
		levelOf("LOG_LEVEL", c.LogLevel),
		fileLevel,
		output,
		oneOf("LOG_FORMAT", c.LogFormat),
		atLeast("LOG_MAX_SIZE_MIB", c.LogMaxSizeMiB, 1),
		atLeast("LOG_MAX_FILES", c.LogMaxFiles, 1),
		atLeast("SPACEX_MAX_ATTEMPTS", c.SpaceXMaxAttempts, 1),
		between("SPACEX_MAX_BODY_MIB", c.SpaceXMaxBodyMiB, 1, 1024),
		{"SPACEX_TIMEOUT", c.SpaceXTimeout > 0, "needs more than 0s"},
		atLeast("POSTGRES_STATEMENT_TIMEOUT", c.PostgresStatementTimeout, 100*time.Millisecond),
		atLeast("SPACEX_MAX_WAIT", c.SpaceXMaxWait, 0),
		atLeast("POSTGRES_WAIT", c.PostgresWait, 0),
		atLeast("SPACEX_RATE_LIMIT", c.SpaceXRateLimit, 1),
		between("PAGE_SIZE", c.PageSize, 1, 5000),
		between("CONCURRENCY", c.Concurrency, 1, 64),
		between("WRITERS", c.Writers, 1, 16),
		{"LOCK_LEASE", c.LockLease == 0 || c.LockLease >= time.Second, "needs 0s, or 1s or more"},
		atLeast("LOOK_BACK", c.LookBack, 0),
		oneOf("IF_LOCKED", c.IfLocked),
		oneOf("CONTRACT", c.Contract),
		{"METRICS_LISTEN", c.MetricsListen == "" || hasPort(c.MetricsListen), "needs an address and a port such as 127.0.0.1:9464"},
		oneOf("SCHEDULE_SELECTION", c.ScheduleSelection),
		oneOf("LIFTOFF_ENGINE", c.Engine),
		atLeast("TRINO_WAIT", c.TrinoWait, 0),
		{"DEMO_API_WAIT", c.DemoAPIWait > 0, "needs more than 0s"},
		{"REPLAY_LISTEN", hasPort(c.ReplayListen), "needs an address and a port such as 127.0.0.1:8100"},
		{"SERVE_LISTEN", hasPort(c.ServeListen), "needs an address and a port such as 127.0.0.1:8090"},
		atLeast("SERVE_MAX_AGE", c.ServeMaxAge, 0),
		atLeast("REPLAY_COUNT", c.ReplayCount, 1),
		atLeast("REPLAY_REVISION", c.ReplayRevision, 0),
		atLeast("REPLAY_LATENCY", c.ReplayLatency, 0),
	} {
		if !check.ok {
			return given.refuse(check.env, check.wanted)
		}
	}
	return nil
}

// refusePasswordInFlags refuses a password on the command line, where every
// user of the machine can read it.
func refusePasswordInFlags(flags *pflag.FlagSet) error {
	if flags == nil || !flags.Changed("database-url") {
		return nil
	}
	if !holdsPassword(flags.Lookup("database-url").Value.String()) {
		return nil
	}
	return passwordInArgument("--database-url")
}

// checkAddress refuses connection settings that do not say what is meant. Errors
// and log lines show the parts of a connection, and a URL in place of a part may
// contain a password, which the error must not repeat.
func (c Config) checkAddress(given given, environ map[string]string) error {
	if err := checkName(given.origins["TRINO_USER"], c.TrinoUser, true); err != nil {
		return err
	}
	if url := c.DatabaseURL.Reveal(); url != "" {
		if err := checkConnection(cmp.Or(given.origins["DATABASE_URL"], given.origins["DATABASE_URL_FILE"]), url); err != nil || c.Embedded {
			return err
		}
		return checkVariables(url, environ)
	}
	if err := checkName(given.origins["POSTGRES_USER"], c.PostgresUser, true); err != nil {
		return err
	}
	if err := checkName(given.origins["POSTGRES_DB"], c.PostgresDB, false); err != nil {
		return err
	}
	return checkHosts(given.origins["POSTGRES_HOST"], c.PostgresHost)
}

// checkHosts refuses a host with something else in it. A host that begins with /
// or @ is a socket.
func checkHosts(origin, hosts string) error {
	for host := range strings.SplitSeq(hosts, ",") {
		switch {
		case isHost(host):
		case strings.Contains(host, ":/"):
			return liftoff.NewError(liftoff.Usage, fmt.Errorf("%s contains a whole URL", origin), "put it into the environment variable DATABASE_URL")
		case strings.Contains(host, "@"):
			return liftoff.NewError(liftoff.Usage, fmt.Errorf("%s has an @ in it, which looks like a part of a password", origin),
				"put only the host there, or a whole URL into the environment variable DATABASE_URL")
		case strings.Contains(host, ":"):
			return liftoff.NewError(liftoff.Usage, fmt.Errorf("%s contains more than a host", origin), "put only the host there, and the port into POSTGRES_PORT or PGPORT")
		case strings.ContainsFunc(host, unicode.IsSpace):
			return liftoff.NewError(liftoff.Usage, fmt.Errorf("%s contains a blank or a line break", origin), "remove it; commas separate several hosts")
		default:
			return liftoff.NewError(liftoff.Usage, fmt.Errorf("%s has a character in it that no host has", origin),
				"put only the host there, or a whole URL into the environment variable DATABASE_URL")
		}
	}
	return nil
}

// checkVariables checks what a connection URL leaves to the variables of
// PostgreSQL's clients.
func checkVariables(connection string, environ map[string]string) error {
	replaced := VariablesInPlaceOf(connection)
	for _, name := range []string{"PGHOST", "PGUSER", "PGDATABASE"} {
		if slices.Contains(replaced, name) {
			continue
		}
		err := checkName(name+" in the environment", environ[name], name == "PGUSER")
		if name == "PGHOST" {
			err = checkHosts(name+" in the environment", environ[name])
		}
		if err != nil {
			return err
		}
	}
	return nil
}
