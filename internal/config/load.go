package config

import (
	"cmp"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

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
	// isImplicit says that it is a .env file which nobody named.
	isImplicit bool
	// isFlags says that it is the command line.
	isFlags bool
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
	environ := env.ToMap(src.Environ)
	notices := ignoreServiceLinks(environ)
	given, err := merge([]layer{
		{values: file.values, origin: func(s Setting) string { return s.Env + " in " + src.EnvFile }, isImplicit: !src.EnvFileRequired},
		{values: environ, origin: func(s Setting) string { return s.Env + " in the environment" }},
		{values: fromFlags(src.Flags), origin: func(s Setting) string { return "--" + s.Flag }, isFlags: true},
	})
	if err != nil {
		return Config{}, err
	}
	if err := given.refuseSecrets(); err != nil {
		return Config{}, err
	}
	implicit := implicitFile{given: given}
	if !src.EnvFileRequired {
		implicit.envFile = file
	}
	if err := implicit.check(); err != nil {
		return Config{}, err
	}
	cfg, err := given.parse()
	if err != nil {
		return Config{}, err
	}
	cfg.notices = slices.Concat(notices, given.notices, unreadFiles(file.values, environ))
	cfg.checkEnvFile(src.EnvFile, file.values)
	if err := cfg.readSecretFiles(given); err != nil {
		return Config{}, err
	}
	if err := cfg.validate(given, environ); err != nil {
		return Config{}, err
	}
	if err := checkProxies(environ); err != nil {
		return Config{}, err
	}
	return cfg, cfg.checkImplicit(implicit)
}

// parse returns the settings with their types.
func (g given) parse() (Config, error) {
	var cfg Config
	if err := env.ParseWithOptions(&cfg, env.Options{Environment: g.values}); err != nil {
		return Config{}, g.refuseUnparsed(err)
	}
	cfg.origins = g.origins
	return cfg, nil
}

// checkImplicit refuses an implicit .env file that would send secrets of others to
// a server of its own, and remembers whether it names the database server.
func (c *Config) checkImplicit(file implicitFile) error {
	if file.path == "" {
		return nil
	}
	for _, rule := range []implicitRule{implicitTrino, implicitShipping} {
		if err := file.checkPassword(rule); err != nil {
			return err
		}
	}
	address := file.address(implicitPostgres)
	if c.UsesEmbedded() || address == "" {
		return nil
	}
	url, isOwnURL := c.DatabaseURL.Reveal(), file.names("DATABASE_URL") || file.names("DATABASE_URL_FILE")
	if url != "" && !isOwnURL {
		return nil // the URL names the server alone: POSTGRES_PORT and POSTGRES_SSLMODE have no effect
	}
	c.addressOrigin = file.where(address)
	if isOwnURL {
		if name := fileParameter(url, filepath.Dir(file.path)); name != "" {
			return file.refuse(address, "has the parameter "+name+", which reads another file; a file that nobody named may not do that")
		}
	}
	if c.URLHasPassword() {
		return nil // then no other password is used
	}
	return file.checkPassword(implicitPostgres)
}

// alternatives returns groups of settings that say the same thing: one that is
// set in a stronger layer replaces the others of a weaker layer, so that a
// DATABASE_URL in .env does not make --postgres-host ineffective.
func alternatives() [][]string {
	return [][]string{
		{"DATABASE_URL", "DATABASE_URL_FILE", "POSTGRES_HOST"},
		{"POSTGRES_PASSWORD", "POSTGRES_PASSWORD_FILE"},
		{"TRINO_PASSWORD", "TRINO_PASSWORD_FILE"},
		{"PING_URL", "PING_URL_FILE"},
		{"OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS_FILE"},
	}
}

// given holds the settings of all sources together, by environment name.
type given struct {
	values map[string]string
	// origins say how an error names the setting and its source.
	origins map[string]string
	// isImplicit says that the setting comes from an implicit .env file.
	isImplicit map[string]bool
	notices    []Notice
}

// merge lays the layers over each other, weakest first. Empty values count
// as not set: Compose passes unset variables as empty ones.
func merge(layers []layer) (given, error) {
	g := given{values: map[string]string{}, origins: map[string]string{}, isImplicit: map[string]bool{}}
	for _, l := range layers {
		own := map[string]string{}
		for _, s := range Settings() {
			value, err := clean(s, l.values[s.Env])
			if err != nil {
				return given{}, liftoff.NewError(liftoff.Usage, fmt.Errorf("%s %w", l.origin(s), err),
					"remove them: only a shell and a .env file take quotes away")
			}
			if value != "" {
				own[s.Env] = value
			}
		}
		l.values = own
		if err := g.replaceAlternatives(l); err != nil {
			return given{}, err
		}
		if err := g.checkIgnored(l); err != nil {
			return given{}, err
		}
		for _, s := range Settings() {
			if value := l.values[s.Env]; value != "" {
				g.values[s.Env], g.origins[s.Env], g.isImplicit[s.Env] = value, l.origin(s), l.isImplicit
			}
		}
	}
	return g, nil
}

// replaceAlternatives removes the settings that one of the layer replaces.
func (g given) replaceAlternatives(l layer) error {
	for _, group := range alternatives() {
		set := slices.DeleteFunc(slices.Clone(group), func(name string) bool { return l.values[name] == "" })
		if len(set) > 1 {
			return liftoff.NewError(liftoff.Usage, fmt.Errorf("both %s and %s are set", set[0], set[1]), "set only one of them")
		}
		if len(set) == 1 {
			for _, name := range group {
				delete(g.values, name)
			}
		}
	}
	return nil
}

// namesURL reports whether settings have a connection URL.
func namesURL(values map[string]string) bool {
	return values["DATABASE_URL"] != "" || values["DATABASE_URL_FILE"] != ""
}

// checkIgnored refuses settings that would have no effect, because a URL of
// the same or a weaker source already names the database: the command would
// silently work on another database than the user asked for. A name of a database
// or user beside the URL is the PostgreSQL image's own, which reads the same file.
func (g *given) checkIgnored(l layer) error {
	isBeside := namesURL(l.values) && !l.isFlags
	if !namesURL(l.values) && !namesURL(g.values) {
		return nil
	}
	if embedded, err := strconv.ParseBool(cmp.Or(l.values["EMBEDDED"], g.values["EMBEDDED"])); err == nil && embedded {
		return nil // then the URL is not used
	}
	var beside []string
	for _, s := range Settings() {
		if l.values[s.Env] == "" {
			continue
		}
		switch s.Env {
		case "POSTGRES_DB", "POSTGRES_USER":
			if isBeside {
				beside = append(beside, l.origin(s))
				continue
			}
		case "POSTGRES_PORT", "POSTGRES_SSLMODE":
		default:
			continue
		}
		return liftoff.NewError(liftoff.Usage,
			fmt.Errorf("%s has no effect, because DATABASE_URL already names the database", l.origin(s)),
			"set only one of them, or change the URL")
	}
	if len(beside) > 0 {
		g.notices = append(g.notices, Notice{slog.LevelDebug, "DATABASE_URL names the database; without effect: " + strings.Join(beside, ", ") + "."})
	}
	return nil
}
