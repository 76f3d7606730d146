package config

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/spf13/pflag"

	"liftoff"
)

// Sources is where settings come from, strongest first.
type Sources struct {
	// Flags is the command's flag set after parsing; it may be nil.
	Flags *pflag.FlagSet
	// Environ is the environment as os.Environ gives it.
	Environ []string
	// EnvFile is the path of the .env file. A missing file is no error
	// unless EnvFileRequired is set.
	EnvFile         string
	EnvFileRequired bool
}

// layer is one source of settings: its values by environment name, and how an
// error names a setting of it.
type layer struct {
	values map[string]string
	origin func(Setting) string
}

// Load resolves all settings. Each error is a liftoff.Usage error of one line
// that names the setting and where it came from, never a secret's value.
func Load(src Sources) (Config, error) {
	file, err := readEnvFile(src.EnvFile, src.EnvFileRequired)
	if err != nil {
		return Config{}, err
	}
	if err := refusePasswordInFlags(src.Flags); err != nil {
		return Config{}, err
	}
	layers := []layer{
		{file, func(s Setting) string { return s.Env + " in " + src.EnvFile }},
		{env.ToMap(src.Environ), func(s Setting) string { return s.Env + " in the environment" }},
		{fromFlags(src.Flags), func(s Setting) string { return "--" + s.Flag }},
	}
	given, err := merge(layers)
	if err != nil {
		return Config{}, err
	}
	var cfg Config
	if err := env.ParseWithOptions(&cfg, env.Options{Environment: given.values}); err != nil {
		return Config{}, given.refuseUnparsed(err)
	}
	cfg.origins = given.origins
	cfg.checkEnvFile(src.EnvFile, file)
	if err := cfg.readPasswordFile(&cfg.PostgresPassword, "POSTGRES_PASSWORD_FILE", cfg.PostgresPasswordFile); err != nil {
		return Config{}, err
	}
	if err := cfg.readPasswordFile(&cfg.TrinoPassword, "TRINO_PASSWORD_FILE", cfg.TrinoPasswordFile); err != nil {
		return Config{}, err
	}
	return cfg, cfg.validate(given)
}

// alternatives returns pairs of settings that say the same thing: one that is
// set in a stronger layer replaces the other of a weaker layer, so that a
// DATABASE_URL in .env does not make --postgres-host ineffective.
func alternatives() [][2]string {
	return [][2]string{
		{"DATABASE_URL", "POSTGRES_HOST"},
		{"POSTGRES_PASSWORD", "POSTGRES_PASSWORD_FILE"},
		{"TRINO_PASSWORD", "TRINO_PASSWORD_FILE"},
	}
}

// given holds the settings of all sources together, by environment name.
type given struct {
	values map[string]string
	// origins say how an error names the setting and its source.
	origins map[string]string
}

// merge lays the layers over each other, weakest first. Empty values count
// as not set: Compose passes unset variables as empty ones.
func merge(layers []layer) (given, error) {
	values, origins := map[string]string{}, map[string]string{}
	for _, l := range layers {
		for _, pair := range alternatives() {
			a, b := l.values[pair[0]] != "", l.values[pair[1]] != ""
			if a && b {
				return given{}, liftoff.NewError(liftoff.Usage,
					fmt.Errorf("both %s and %s are set", pair[0], pair[1]), "set only one of them")
			}
			if a {
				delete(values, pair[1])
			}
			if b {
				delete(values, pair[0])
			}
		}
		if err := refuseIgnored(l, values); err != nil {
			return given{}, err
		}
		for _, s := range Settings() {
			if v := l.values[s.Env]; v != "" {
				values[s.Env] = v
				origins[s.Env] = l.origin(s)
			}
		}
	}
	return given{values, origins}, nil
}

// refuseIgnored refuses settings that would have no effect, because a URL of
// the same or a weaker source already names the database: the command would
// silently work on another database than the user asked for.
func refuseIgnored(l layer, weaker map[string]string) error {
	if cmp.Or(l.values["DATABASE_URL"], weaker["DATABASE_URL"]) == "" {
		return nil
	}
	if embedded, err := strconv.ParseBool(cmp.Or(l.values["EMBEDDED"], weaker["EMBEDDED"])); err == nil && embedded {
		return nil // then the URL is not used
	}
	for _, s := range Settings() {
		switch s.Env {
		case "POSTGRES_PORT", "POSTGRES_DB", "POSTGRES_USER", "POSTGRES_SSLMODE":
			if l.values[s.Env] != "" {
				return liftoff.NewError(liftoff.Usage,
					fmt.Errorf("%s has no effect, because DATABASE_URL already names the database", l.origin(s)),
					"set only one of them, or change the URL")
			}
		}
	}
	return nil
}

func fromFlags(flags *pflag.FlagSet) map[string]string {
	values := map[string]string{}
	if flags == nil {
		return values
	}
	for _, s := range Settings() {
		if s.Flag != "" && flags.Changed(s.Flag) {
			values[s.Env] = flags.Lookup(s.Flag).Value.String()
		}
	}
	return values
}

// refuseUnparsed turns the first error of the parser into one that names the
// setting and its source.
func (g given) refuseUnparsed(err error) error {
	if parse, ok := errors.AsType[env.ParseError](err); ok {
		for _, s := range Settings() {
			if s.field == parse.Name {
				wanted := Needs(s.Kind, parse.Err)
				if s.Kind == "duration" && isTooLong(g.values[s.Env]) {
					wanted = "needs a shorter duration"
				}
				return g.refuse(s.Env, wanted)
			}
		}
	}
	return fmt.Errorf("read the settings: %w", err)
}

var digits = regexp.MustCompile(`[0-9]+`)

// isTooLong reports whether a duration that was refused has the right form: its
// numbers are too large then. The parser's error does not say so.
func isTooLong(duration string) bool {
	_, err := time.ParseDuration(digits.ReplaceAllString(duration, "1"))
	return err == nil
}

// refuse returns the error for a setting with a wrong value. wanted begins with
// a verb, as in "needs a whole number".
func (g given) refuse(name, wanted string) error {
	hint := "change it, or leave it out"
	for _, s := range Settings() {
		if s.Env == name && s.Default != "" {
			hint += "; the default is " + s.Default
		}
	}
	return liftoff.NewError(liftoff.Usage, fmt.Errorf("%s %s, not %q", g.origins[name], wanted, g.values[name]), hint)
}

// Needs says what a value of a kind has to look like, as in "needs a whole
// number". The kinds are those of Setting and of pflag; cause is the error of
// the parser that refused the value.
func Needs(kind string, cause error) string {
	if errors.Is(cause, strconv.ErrRange) {
		if number, ok := errors.AsType[*strconv.NumError](cause); ok && strings.HasPrefix(number.Num, "-") {
			return "needs a larger number"
		}
		return "needs a smaller number"
	}
	switch kind {
	case "duration":
		return "needs a duration such as 30s or 2m"
	case "bool":
		return "needs true or false"
	case "int", "int64":
		return "needs a whole number"
	case "uint":
		return "needs a whole number of 0 or more"
	case "stringSlice":
		return "needs values separated by commas"
	default:
		return "needs another value"
	}
}
