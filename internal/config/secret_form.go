package config

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"liftoff"
)

var (
	// keywordForm is a secret with its name, as keywords, the parameters of a URL,
	// and headers have it.
	keywordForm = regexp.MustCompile(`(?i)(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|(?:access|account|client|server)[_-]?key|[?&]sig)["']?\s*[=:]\s*\S` +
		`|^bearer\s+\S|\bauthorization\s*[=:]`)
	// loginForm is a user with a password, or a token alone, before a host. The
	// scheme may be missing or malformed, and so may the host.
	loginForm = regexp.MustCompile(`(?s)://[^/?#\s@]+@|://[^/\s]*:\S*@|://[^/?#\s:\[]+:[0-9]*[A-Za-z]` +
		`|^(?:jdbc:)?[A-Za-z][A-Za-z0-9+.-]*:/+[^/\s]*:.*@|^/{0,2}[^\s/\\@:=]*:[^\s/\\@][^@]*@`)
	privateKey = regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----`)
)

// LooksSecret reports whether a text has a form that gives a secret away: a login
// before a host, a password or token with its name, or a private key.
func LooksSecret(text string) bool {
	text = strings.TrimSpace(text)
	return loginForm.MatchString(text) || privateKey.MatchString(text) || hasKeywordForm(text) || holdsPassword(text)
}

// hasKeywordForm reports whether a secret with its name is in a text, which may be
// escaped as in a URL.
func hasKeywordForm(text string) bool {
	plain, err := url.PathUnescape(text)
	return keywordForm.MatchString(text) || (err == nil && keywordForm.MatchString(plain))
}

// CheckArguments refuses a command line with a password in it, which every user of
// the machine can read and many an error would repeat. What follows -- is for
// another program. URLs have checks of their own, which say more.
func CheckArguments(args []string) error {
	name := ""
	for _, arg := range args {
		if arg == "--" {
			return nil
		}
		value := arg
		if strings.HasPrefix(arg, "-") {
			name, value, _ = strings.Cut(arg, "=")
		}
		if !strings.HasSuffix(name, "-url") && (LooksSecret(value) || LooksSecret(strings.TrimLeft(arg, "-"))) {
			return passwordInArgument("an argument")
		}
		if !strings.HasPrefix(arg, "-") {
			name = ""
		}
	}
	return nil
}

// passwordInArgument is the error for a password on the command line; what has it.
func passwordInArgument(what string) error {
	return liftoff.NewError(liftoff.Usage, fmt.Errorf("%s contains a password, which other users of this machine can read", what),
		"put the URL into the environment variable DATABASE_URL or a file for DATABASE_URL_FILE, a password into POSTGRES_PASSWORD_FILE, the key of a receiver into OTEL_EXPORTER_OTLP_HEADERS")
}

// refuseSecrets refuses a secret in a setting that is meant for something else:
// errors and log lines show such a setting. The host and the URLs of APIs have checks
// of their own, which say more, a seed may be any text, and nothing that is wrong with
// OpenTelemetry's settings may stop a run.
func (g given) refuseSecrets() error {
	ownChecks := []string{"POSTGRES_HOST", "SPACEX_API_URL", "TRINO_URL", "METRICS_PUSH", "SIMULATION_SEED"}
	for _, s := range Settings() {
		if !s.Secret && s.Group != GroupShipping && !slices.Contains(ownChecks, s.Env) && LooksSecret(g.values[s.Env]) {
			return liftoff.NewError(liftoff.Usage, fmt.Errorf("%s contains a whole URL or a password", g.origins[s.Env]),
				"put a connection URL into the environment variable DATABASE_URL, a password into POSTGRES_PASSWORD")
		}
	}
	return nil
}

// checkName refuses a user or a database with something else in it.
func checkName(origin, name string, isUser bool) error {
	problem := ""
	switch {
	case strings.Contains(name, ":/"):
		problem = "contains a whole URL"
	case isUser && strings.Contains(name, ":"):
		problem = "has a : in it, which looks like the beginning of a password"
	case hasKeywordForm(name):
		problem = "has a password in it"
	default:
		return nil
	}
	return liftoff.NewError(liftoff.Usage, fmt.Errorf("%s %w", origin, errors.New(problem)),
		"put only the name there, or a whole URL, in which : is %3A, into the environment variable DATABASE_URL")
}
