package config

import (
	"net/url"
	"regexp"
	"strings"
)

// parameter is one parameter of a connection string.
type parameter struct{ name, value string }

// WithoutPassword returns a connection URL or keyword string without its
// secrets, such as the passwords of the role and of a certificate's key. The rest of
// the text is unchanged. It reads the text as PostgreSQL's clients do, which differs
// from net/url: a password may contain a space or a #.
func WithoutPassword(connection string) string {
	return rewrite(connection, func(p parameter, text string) string {
		if isPassword(p.name) {
			return ""
		}
		return text
	})
}

// holdsPassword reports whether a connection string contains a password.
func holdsPassword(connection string) bool {
	return WithoutPassword(connection) != connection
}

// namesPassword reports whether a connection string has a password for the role
// that is not empty: for an empty one, PostgreSQL's clients look elsewhere.
func namesPassword(connection string) bool {
	_, rest, _ := cutScheme(connection)
	login, _ := cutLogin(rest)
	_, password, _ := strings.Cut(strings.TrimSuffix(login, "@"), ":")
	names := password != ""
	for _, p := range parameters(connection) {
		if p.name == "password" {
			names = p.value != ""
		}
	}
	return names
}

// parameters returns the parameters of a connection string, but not the parts of a
// URL before its question mark.
func parameters(connection string) []parameter {
	var all []parameter
	rewrite(connection, func(p parameter, text string) string {
		all = append(all, p)
		return text
	})
	return all
}

// cutScheme removes the scheme of a connection URL.
func cutScheme(connection string) (scheme, rest string, isURL bool) {
	for _, scheme := range []string{"postgres://", "postgresql://"} {
		if rest, isURL := strings.CutPrefix(connection, scheme); isURL {
			return scheme, rest, true
		}
	}
	return "", connection, false
}

// rewrite returns a connection string without the password in its login and with
// what change returns in place of each parameter's text; "" removes it.
func rewrite(connection string, change func(p parameter, text string) string) string {
	if scheme, rest, isURL := cutScheme(connection); isURL {
		return scheme + rewriteURL(rest, change)
	}
	return keywordSetting.ReplaceAllStringFunc(connection, func(text string) string {
		found := keywordSetting.FindStringSubmatch(text)
		return change(parameter{found[1], unquoteKeyword(found[2])}, text)
	})
}

// keywordSetting is one setting of a keyword string. Its value ends at the next
// space or is quoted; within quotes anything may look like a setting. A vertical
// tab is a space for PostgreSQL's clients, unlike for \s.
var keywordSetting = regexp.MustCompile(`(?s)([^\s\v=]+)[\s\v]*=[\s\v]*('(\\.|[^'\\])*'|(\\.|[^\s\v\\])*\\?)`)

var keywordEscape = regexp.MustCompile(`(?s)\\(.?)`)

// unquoteKeyword returns the value of a setting of a keyword string.
func unquoteKeyword(text string) string {
	if len(text) > 1 && text[0] == '\'' && text[len(text)-1] == '\'' {
		text = text[1 : len(text)-1]
	}
	return keywordEscape.ReplaceAllString(text, "$1")
}

// isPassword reports whether a keyword names a secret.
func isPassword(keyword string) bool {
	switch strings.ToLower(keyword) {
	case "password", "sslpassword", "scram_client_key", "scram_server_key", "oauth_client_secret":
		return true
	default:
		return false
	}
}

// cutLogin returns the login of a URL without its scheme, which ends with the
// first @ before any slash, and the rest.
func cutLogin(text string) (login, rest string) {
	if end := strings.IndexAny(text, "@/"); end >= 0 && text[end] == '@' {
		return text[:end+1], text[end+1:]
	}
	return "", text
}

// rewriteURL is rewrite for a URL without its scheme.
func rewriteURL(text string, change func(p parameter, text string) string) string {
	login, rest := cutLogin(text)
	if user, _, hasPassword := strings.Cut(strings.TrimSuffix(login, "@"), ":"); hasPassword {
		login = user + "@"
	}
	place, query, hasQuery := strings.Cut(rest, "?")
	if !hasQuery {
		return login + rest
	}
	var kept []string
	for text := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(text, "=")
		plain, err := url.PathUnescape(name)
		if err != nil {
			continue
		}
		if plainValue, err := url.PathUnescape(value); err == nil {
			value = plainValue
		}
		if text = change(parameter{plain, value}, text); text != "" {
			kept = append(kept, text)
		}
	}
	if len(kept) == 0 {
		return login + place
	}
	return login + place + "?" + strings.Join(kept, "&")
}
