package config

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
)

// ForPsql returns a connection URL or keyword string in the form that PostgreSQL's
// own programs take, without its passwords. Those programs refuse settings of a
// session, such as search_path, as parameters of the connection: they are passed
// on in "options". Parameters that only liftoff's driver knows are left out. If
// the connection has no "options", the given ones count, which are those of
// PGOPTIONS.
func ForPsql(connection, options string) string {
	connection = WithoutPassword(connection)
	for _, scheme := range []string{"postgres://", "postgresql://"} {
		if rest, isURL := strings.CutPrefix(connection, scheme); isURL {
			return scheme + urlForPsql(rest, options)
		}
	}
	var kept []string
	var settings sessionSettings
	for _, match := range keywordSetting.FindAllStringSubmatch(connection, -1) {
		if !settings.take(match[1], unquoteKeyword(match[2])) {
			kept = append(kept, match[0])
		}
	}
	if text := settings.text(options); text != "" {
		kept = append(kept, "options="+quoteKeyword(text))
	}
	return strings.Join(kept, " ")
}

// urlForPsql takes a URL without its scheme and password.
func urlForPsql(rest, options string) string {
	place, query, _ := strings.Cut(rest, "?")
	var kept []string
	var settings sessionSettings
	for parameter := range strings.SplitSeq(query, "&") {
		if parameter == "" {
			continue
		}
		name, value, _ := strings.Cut(parameter, "=")
		plainName, nameErr := url.PathUnescape(name)
		plainValue, valueErr := url.PathUnescape(value)
		isTaken := nameErr == nil && valueErr == nil && settings.take(plainName, plainValue)
		if !isTaken {
			kept = append(kept, parameter)
		}
	}
	if text := settings.text(options); text != "" {
		kept = append(kept, "options="+strings.ReplaceAll(url.QueryEscape(text), "+", "%20"))
	}
	if len(kept) == 0 {
		return place
	}
	return place + "?" + strings.Join(kept, "&")
}

// sessionSettings collects the text of "options".
type sessionSettings struct {
	own      string
	settings []string
}

// take reports whether a parameter is no keyword of PostgreSQL's programs, or is
// "options" itself, and so must not be passed on as it is.
func (s *sessionSettings) take(name, value string) bool {
	switch {
	case name == "options":
		s.own = value
	case isLibpqKeyword(name):
		return false
	case isDriverKeyword(name):
	default:
		// In options a space ends an argument unless a backslash stands before it.
		s.settings = append(s.settings, "-c "+name+"="+strings.NewReplacer(`\`, `\\`, " ", `\ `).Replace(value))
	}
	return true
}

// text returns the text of "options", with others in the place of own ones.
func (s *sessionSettings) text(others string) string {
	return strings.TrimSpace(cmp.Or(s.own, others) + " " + strings.Join(s.settings, " "))
}

// isDriverKeyword reports whether only the driver knows a parameter.
func isDriverKeyword(name string) bool {
	return strings.HasPrefix(name, "pool_") ||
		slices.Contains([]string{"default_query_exec_mode", "statement_cache_capacity", "description_cache_capacity"}, name)
}

// isLibpqKeyword reports whether PostgreSQL's programs take a parameter of a
// connection themselves.
func isLibpqKeyword(name string) bool {
	return slices.Contains([]string{
		"host", "hostaddr", "port", "dbname", "user", "passfile", "require_auth", "channel_binding", "connect_timeout",
		"client_encoding", "application_name", "fallback_application_name", "keepalives", "keepalives_idle",
		"keepalives_interval", "keepalives_count", "tcp_user_timeout", "replication", "gssencmode", "sslmode", "ssl",
		"requiressl", "sslnegotiation", "sslcompression", "sslcert", "sslkey", "sslcertmode", "sslrootcert", "sslcrl",
		"sslcrldir", "sslsni", "requirepeer", "ssl_min_protocol_version", "ssl_max_protocol_version",
		"min_protocol_version", "max_protocol_version", "krbsrvname", "gsslib", "gssdelegation", "service",
		"servicefile", "target_session_attrs", "load_balance_hosts",
	}, name)
}

// unquoteKeyword returns the value of a setting of a keyword string.
func unquoteKeyword(text string) string {
	if len(text) > 1 && strings.HasPrefix(text, "'") {
		text = strings.TrimSuffix(text[1:], "'")
	}
	var value strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) {
			i++
		}
		value.WriteByte(text[i])
	}
	return value.String()
}

// quoteKeyword quotes a value for a keyword string.
func quoteKeyword(value string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(value) + "'"
}
