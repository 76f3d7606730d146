package config

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strconv"

	"github.com/spf13/pflag"

	"liftoff"
)

// validate checks what the types cannot: closed sets and ranges.
func (c Config) validate(origins map[string]string) error {
	checks := []struct {
		field string
		value string
		ok    bool
		hint  string
	}{
		{"PostgresPort", strconv.Itoa(c.PostgresPort), c.PostgresPort >= 1 && c.PostgresPort <= 65535, "want a port from 1 to 65535"},
		{
			"PostgresSSLMode", c.PostgresSSLMode,
			slices.Contains([]string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}, c.PostgresSSLMode),
			"want disable, allow, prefer, require, verify-ca or verify-full",
		},
		{"LogFormat", c.LogFormat, c.LogFormat == "text" || c.LogFormat == "json", "want text or json"},
		{"LogMaxSizeMiB", strconv.FormatInt(c.LogMaxSizeMiB, 10), c.LogMaxSizeMiB >= 1, "want 1 or more"},
		{"LogMaxFiles", strconv.Itoa(c.LogMaxFiles), c.LogMaxFiles >= 1, "want 1 or more"},
		{"SpaceXMaxAttempts", strconv.Itoa(c.SpaceXMaxAttempts), c.SpaceXMaxAttempts >= 1, "want 1 or more"},
		{"SpaceXMaxBodyMiB", strconv.FormatInt(c.SpaceXMaxBodyMiB, 10), c.SpaceXMaxBodyMiB >= 1 && c.SpaceXMaxBodyMiB <= 1024, "want 1 to 1024"},
		{"SpaceXTimeout", c.SpaceXTimeout.String(), c.SpaceXTimeout > 0, "want more than 0s"},
		{"PostgresWait", c.PostgresWait.String(), c.PostgresWait >= 0, "want 0s or more"},
		{"SpaceXRateLimit", strconv.Itoa(c.SpaceXRateLimit), c.SpaceXRateLimit >= 1, "want 1 or more"},
		{"PageSize", strconv.Itoa(c.PageSize), c.PageSize >= 1 && c.PageSize <= 5000, "want 1 to 5000"},
		{"Concurrency", strconv.Itoa(c.Concurrency), c.Concurrency >= 1 && c.Concurrency <= 64, "want 1 to 64"},
		{"Writers", strconv.Itoa(c.Writers), c.Writers >= 1 && c.Writers <= 16, "want 1 to 16"},
		{"LookBack", c.LookBack.String(), c.LookBack >= 0, "want 0s or more"},
		{
			"IfLocked", c.IfLocked, slices.Contains([]string{LockedFail, LockedSkip, LockedWait}, c.IfLocked),
			"want fail, skip or wait",
		},
		{
			"Contract", c.Contract, slices.Contains([]string{ContractStore, ContractQuarantine, ContractFreeze}, c.Contract),
			"want store, quarantine or freeze",
		},
		{"Engine", c.Engine, c.Engine == EnginePostgres || c.Engine == EngineTrino, "want postgres or trino"},
		{"TrinoWait", c.TrinoWait.String(), c.TrinoWait >= 0, "want 0s or more"},
		{"DemoAPIWait", c.DemoAPIWait.String(), c.DemoAPIWait > 0, "want more than 0s"},
		{"ReplayCount", strconv.Itoa(c.ReplayCount), c.ReplayCount >= 1, "want 1 or more"},
		{"ReplayRevision", strconv.Itoa(c.ReplayRevision), c.ReplayRevision >= 0, "want 0 or more"},
		{"ReplayLatency", c.ReplayLatency.String(), c.ReplayLatency >= 0, "want 0s or more"},
	}
	for _, check := range checks {
		if !check.ok {
			return invalid(origins, settingByField(check.field), check.value, check.hint)
		}
	}
	return nil
}

func settingByField(field string) Setting {
	settings := Settings()
	return settings[slices.IndexFunc(settings, func(s Setting) bool { return s.field == field })]
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
	return liftoff.NewError(liftoff.Usage,
		errors.New("--database-url holds a password, which other users of this machine could read"),
		"put the URL into the environment variable DATABASE_URL, or the password into POSTGRES_PASSWORD_FILE")
}

// passwordKeyword finds the keyword in both forms of a connection string, as
// PostgreSQL reads them: password = x, or ?password=x in a URL.
var passwordKeyword = regexp.MustCompile(`(?i)password\s*=`)

func holdsPassword(connection string) bool {
	if passwordKeyword.MatchString(connection) {
		return true
	}
	u, err := url.Parse(connection)
	if err != nil || u.User == nil {
		return false
	}
	_, set := u.User.Password()
	return set
}
