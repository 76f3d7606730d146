package config

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"

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

// layer is one source of settings: the values by environment name, and how
// to name a setting of it in an error.
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
		{fromEnviron(src.Environ), func(s Setting) string { return s.Env + " in the environment" }},
		{fromFlags(src.Flags), func(s Setting) string { return "--" + s.Flag }},
	}
	values, origins, err := merge(layers)
	if err != nil {
		return Config{}, err
	}
	var cfg Config
	if err := env.ParseWithOptions(&cfg, env.Options{Environment: values}); err != nil {
		return Config{}, parseError(err, values, origins)
	}
	cfg.checkEnvFile(src.EnvFile, file)
	if err := cfg.readPasswordFile(&cfg.PostgresPassword, "POSTGRES_PASSWORD_FILE", cfg.PostgresPasswordFile); err != nil {
		return Config{}, err
	}
	if err := cfg.readPasswordFile(&cfg.TrinoPassword, "TRINO_PASSWORD_FILE", cfg.TrinoPasswordFile); err != nil {
		return Config{}, err
	}
	return cfg, cfg.validate(origins)
}

// alternatives are pairs of settings that say the same thing: one set in a
// stronger layer replaces the other of a weaker layer, so that
// --postgres-host is not silently ignored for a DATABASE_URL in .env.
func alternatives() [][2]string {
	return [][2]string{
		{"DATABASE_URL", "POSTGRES_HOST"},
		{"POSTGRES_PASSWORD", "POSTGRES_PASSWORD_FILE"},
		{"TRINO_PASSWORD", "TRINO_PASSWORD_FILE"},
	}
}

// merge lays the layers over each other, weakest first. Empty values count
// as not set: Compose passes variables that nobody set as empty ones.
func merge(layers []layer) (values, origins map[string]string, err error) {
	values, origins = map[string]string{}, map[string]string{}
	for _, l := range layers {
		for _, pair := range alternatives() {
			a, b := l.values[pair[0]] != "", l.values[pair[1]] != ""
			if a && b {
				return nil, nil, liftoff.NewError(liftoff.Usage,
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
			return nil, nil, err
		}
		for _, s := range Settings() {
			if v := l.values[s.Env]; v != "" {
				values[s.Env] = v
				origins[s.field] = l.origin(s)
			}
		}
	}
	return values, origins, nil
}

// refuseIgnored refuses settings that would have no effect, because the URL
// of the same or a weaker source says which database is meant: the command
// would silently work on another one.
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
					fmt.Errorf("%s has no effect, because DATABASE_URL says which database is meant", l.origin(s)),
					"set only one of them, or change the URL")
			}
		}
	}
	return nil
}

func fromEnviron(environ []string) map[string]string {
	return env.ToMap(environ)
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

func parseError(err error, values, origins map[string]string) error {
	var aggregate env.AggregateError
	if !errors.As(err, &aggregate) || len(aggregate.Errors) == 0 {
		return liftoff.NewError(liftoff.Usage, fmt.Errorf("read the settings: %w", err), "see docs/configuration.md")
	}
	var parse env.ParseError
	if !errors.As(aggregate.Errors[0], &parse) {
		return liftoff.NewError(liftoff.Usage, fmt.Errorf("read the settings: %w", aggregate.Errors[0]), "see docs/configuration.md")
	}
	for _, s := range Settings() {
		if s.field == parse.Name {
			return invalid(origins, s, values[s.Env], "want "+wanted(s.Kind))
		}
	}
	return liftoff.NewError(liftoff.Usage, fmt.Errorf("read the settings: %w", err), "see docs/configuration.md")
}

func wanted(kind string) string {
	switch kind {
	case "duration":
		return "a duration such as 30s or 2m"
	case "bool":
		return "true or false"
	case "int":
		return "a whole number"
	default:
		return "text"
	}
}

// invalid is the error for a setting whose value cannot be used.
func invalid(origins map[string]string, s Setting, value, hint string) error {
	name := origins[s.field]
	if name == "" {
		name = s.Env
	}
	return liftoff.NewError(liftoff.Usage, fmt.Errorf("%s: %q cannot be used", name, value), hint)
}
