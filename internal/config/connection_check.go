package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"liftoff"
)

// libpqKeywords are the keywords of PostgreSQL's own clients. Some exist only in
// new versions, which psql need not have; they have an environment variable, which
// older ones ignore.
func libpqKeywords() map[string]string {
	keywords := map[string]string{
		"require_auth": "PGREQUIREAUTH", "sslcertmode": "PGSSLCERTMODE", "gssdelegation": "PGGSSDELEGATION",
		"load_balance_hosts": "PGLOADBALANCEHOSTS", "sslnegotiation": "PGSSLNEGOTIATION", "servicefile": "PGSERVICEFILE",
		"min_protocol_version": "PGMINPROTOCOLVERSION", "max_protocol_version": "PGMAXPROTOCOLVERSION",
		"sslkeylogfile": "", "oauth_issuer": "", "oauth_client_id": "", "oauth_scope": "",
	}
	for _, old := range []string{
		"service", "user", "password", "passfile", "channel_binding", "connect_timeout", "dbname", "host", "hostaddr", "port", "client_encoding",
		"options", "application_name", "fallback_application_name", "keepalives", "keepalives_idle", "keepalives_interval",
		"keepalives_count", "tcp_user_timeout", "sslmode", "sslcompression", "sslcert", "sslkey", "sslpassword", "sslrootcert", "sslcrl",
		"sslcrldir", "sslsni", "requirepeer", "ssl_min_protocol_version", "ssl_max_protocol_version", "gssencmode", "krbsrvname",
		"gsslib", "replication", "target_session_attrs", "scram_client_key", "scram_server_key", "oauth_client_secret",
	} {
		keywords[old] = old
	}
	return keywords
}

// isDriverKeyword reports whether only our driver knows a keyword.
func isDriverKeyword(name string) bool {
	return strings.HasPrefix(name, "pool_") ||
		slices.Contains([]string{"database", "ssl", "krbspn", "default_query_exec_mode", "statement_cache_capacity", "description_cache_capacity"}, name)
}

// foreignKeywords are parameters of other programs' URLs that people copy.
func foreignKeywords() []string {
	return []string{
		"schema", "currentSchema", "pgbouncer", "connection_limit", "pool_timeout", "socket_timeout", "statement_cache_size", "sslaccept", "sslidentity",
		"ssl_mode", "ssl_ca", "sslfactory", "useSSL", "uselibpqcompat", "prepareThreshold", "preparedStatements", "binary_parameters", "connectTimeout", "socketTimeout",
		"ApplicationName", "charset", "charSet", "encoding", "async_fallback", "prepared_statement_cache_size", "prepared_statements", "adapter", "pool", "pool_size",
		"max_overflow", "pool_pre_ping", "max_connections", "min_connections", "serverVersion", "server_version", "loginTimeout", "reWriteBatchedInserts",
		"targetServerType", "autosave", "relation_mode", "channelBinding", "username", "Username", "server", "Server", "uid", "pwd",
	}
}

var (
	// otherScheme is the beginning of a URL that is not one of PostgreSQL's. There
	// may be a slash too few.
	otherScheme = regexp.MustCompile(`^((?:jdbc:)?[A-Za-z][A-Za-z0-9+.-]*):/+`)
	// plainScheme is one that looks like no part of a password.
	plainScheme = regexp.MustCompile(`^(?:jdbc:)?(?:[a-z]{1,20}|(?i:postgres|postgresql))(?:\+[a-z]{1,12}[0-9]{0,4})?$`)
	// badEscape is a % that does not begin an escape.
	badEscape = regexp.MustCompile(`%($|[^0-9A-Fa-f]|[0-9A-Fa-f]($|[^0-9A-Fa-f]))`)
	// keyword is what a keyword looks like, known or not.
	keyword = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_$.]*$`)
	// serverSetting is the name of a setting of the server, such as search_path. Few
	// have neither an underscore nor a dot, but many a part of a torn password.
	serverSetting = regexp.MustCompile(`^(?:[a-z][a-z0-9]*(?:_[a-z0-9]+)+|[A-Za-z_][A-Za-z0-9_$]*(?:\.[A-Za-z_][A-Za-z0-9_$]*)+|(?i:timezone|datestyle|intervalstyle)|geqo|jit|role|xmlbinary|xmloption)$`)
	// hostName is a name that may be looked up.
	hostName = regexp.MustCompile(`^[\pL\pM\pN._-]+$`)
	// ipAddress is what an address looks like, with its zone.
	ipAddress = regexp.MustCompile(`^[0-9A-Fa-f:.]+(?:%[0-9A-Za-z._~-]+)?$`)
)

// checkConnection refuses a connection string that PostgreSQL's clients would read
// differently from what is meant: a URL of another program is a keyword string for
// them, which leads to another server. The error never repeats the text, because a
// password may be anywhere in it. origin is how the error names the setting.
func checkConnection(origin, text string) error {
	problem, hint := "", ""
	if _, rest, isURL := cutScheme(text); isURL {
		problem, hint = checkURL(rest)
	} else {
		problem, hint = checkKeywords(text)
	}
	if problem == "" {
		problem, hint = checkParameters(text)
	}
	if problem == "" {
		return nil
	}
	return liftoff.NewError(liftoff.Usage, fmt.Errorf("%s %w", origin, errors.New(problem)), hint)
}

const (
	escapeHint = "escape these in the password: / as %2F, @ as %40, ? as %3F, # as %23, % as %25, and : in the user as %3A"
	schemeHint = "write it like postgres://user@host:5432/database"
)

func checkURL(rest string) (problem, hint string) {
	login, rest := cutLogin(rest)
	place, query, _ := strings.Cut(rest, "?")
	hosts, database, _ := strings.Cut(place, "/")
	user, _, _ := strings.Cut(strings.TrimSuffix(login, "@"), ":")
	switch {
	case strings.ContainsFunc(login+rest, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "contains a line break, a tab or another control character", "remove it"
	case badEscape.MatchString(login + rest):
		return "contains a % that does not begin an escape", "write % as %25"
	case strings.Contains(place, "@"):
		return "has an @ in its host or database, which looks like a part of the password", escapeHint
	case !havePorts(hosts):
		return "has a port that is not a number from 1 to 65535, which may be a part of the password", escapeHint
	case !areHosts(hosts):
		return "has a character in its host that no host has, which may be a part of the password", escapeHint
	case strings.ContainsAny(database, ";&#") || hasKeywordForm(database) || hasStrayFragment(query):
		return "has a ;, & or # where parameters begin with ? and are separated by &", "escape these in a name: ; as %3B, & as %26, # as %23"
	case hasKeywordForm(user):
		return "has a password in its user", schemeHint
	default:
		return "", ""
	}
}

// areHosts reports whether a URL has nothing but hosts where they belong.
func areHosts(hosts string) bool {
	for host := range strings.SplitSeq(hosts, ",") {
		if address, isBracketed := strings.CutPrefix(host, "["); isBracketed {
			address, port, isClosed := strings.Cut(address, "]")
			if plain, err := url.PathUnescape(address); err != nil || !isClosed || !isAddress(plain) || (port != "" && port[0] != ':') {
				return false
			}
			continue
		}
		host, _, _ = strings.Cut(host, ":")
		if plain, err := url.PathUnescape(host); err != nil || !isHost(plain) {
			return false
		}
	}
	return true
}

// isHost reports whether a text is a host: a name, an address or a socket, which
// begins with / or @. Without a name, clients use their own default.
func isHost(text string) bool {
	if text == "" || text[0] == '/' || text[0] == '@' {
		return !LooksSecret(text)
	}
	return hostName.MatchString(text) || isAddress(text)
}

// isAddress reports whether a text is an IP address.
func isAddress(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil && ipAddress.MatchString(text)
}

// hasStrayFragment reports whether a parameter other than a password has a # in it:
// what follows may be one.
func hasStrayFragment(query string) bool {
	for text := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(text, "=")
		if plain, err := url.PathUnescape(name); strings.Contains(value, "#") && (err != nil || !isPassword(plain)) {
			return true
		}
	}
	return false
}

// havePorts reports whether each of the hosts in a URL has no port or a number.
func havePorts(hosts string) bool {
	for host := range strings.SplitSeq(hosts, ",") {
		if end := strings.LastIndex(host, "]"); end >= 0 {
			host = host[end+1:] // an IPv6 address is in brackets
		}
		_, port, found := strings.Cut(host, ":")
		if number, err := strconv.ParseUint(port, 10, 16); found && port != "" && (err != nil || number == 0) {
			return false
		}
	}
	return true
}

func checkKeywords(text string) (problem, hint string) {
	if scheme := otherScheme.FindStringSubmatch(text); scheme != nil {
		if !plainScheme.MatchString(scheme[1]) {
			return "begins with another scheme than postgres:// or postgresql://", schemeHint
		}
		return fmt.Sprintf("begins with %q, not with postgres:// or postgresql://", scheme[0]), schemeHint
	}
	all := parameters(text)
	if strings.TrimSpace(keywordSetting.ReplaceAllString(text, "")) != "" || !slices.ContainsFunc(all, isOfClients) ||
		slices.ContainsFunc(all, func(p parameter) bool { return !keyword.MatchString(p.name) }) {
		return "is neither a URL that begins with postgres:// or postgresql:// nor keywords such as host=db dbname=spacex", schemeHint
	}
	for _, found := range keywordSetting.FindAllStringSubmatch(text, -1) {
		if value := found[2]; strings.HasPrefix(value, "'") && (len(value) == 1 || !strings.HasSuffix(value, "'")) {
			return "has a quote that does not end", `write a quote in a value as \', and a \ as \\`
		}
	}
	return "", ""
}

// isOfClients reports whether a keyword is one for clients, of ours or others, or is
// meant to be. A string without one has no keywords: it may be a password that
// ends with =, as base64 does.
func isOfClients(p parameter) bool {
	_, isKnown := libpqKeywords()[strings.ToLower(p.name)]
	return isKnown || isDriverKeyword(p.name) || slices.Contains(foreignKeywords(), p.name) || meantKeyword(p.name) != ""
}

func checkParameters(text string) (problem, hint string) {
	known := libpqKeywords()
	for i, p := range parameters(text) {
		lower := strings.ToLower(p.name)
		_, isKnown := known[p.name]
		_, isMeant := known[lower]
		if problem, hint = checkValue(p); problem != "" {
			return problem, hint
		}
		switch {
		case isKnown:
		case slices.Contains(foreignKeywords(), p.name):
			hint = "remove it: another program's parameter means nothing to PostgreSQL"
			if strings.EqualFold(strings.TrimPrefix(p.name, "current"), "schema") {
				hint = "for a schema write search_path=NAME"
			}
			return fmt.Sprintf("has the parameter %s, which PostgreSQL does not know", p.name), hint
		case isDriverKeyword(p.name):
		case isMeant:
			return "has the parameter " + lower + " in capital letters", "write it in small letters"
		case meantKeyword(p.name) != "":
			return "has a parameter that PostgreSQL does not know", "did you mean " + meantKeyword(p.name) + "?"
		case !serverSetting.MatchString(p.name) || strings.ContainsAny(p.value, "@;="):
			// The name may be a part of the password.
			return fmt.Sprintf("has a parameter, number %d, that PostgreSQL does not know", i+1), escapeHint
		}
	}
	return "", ""
}

// checkValue refuses a parameter other than a password that has more in its value
// than belongs there: such a value is looked up, sent and shown.
func checkValue(p parameter) (problem, hint string) {
	isBad := false
	switch {
	case isPassword(p.name):
	case p.name == "host" || p.name == "hostaddr":
		for host := range strings.SplitSeq(p.value, ",") {
			isBad = isBad || !isHost(host)
		}
	case p.name == "user":
		isBad = strings.Contains(p.value, ":") || hasKeywordForm(p.value)
	case p.name == "dbname" || p.name == "database":
		isBad = LooksSecret(p.value)
	default:
		isBad = hasKeywordForm(p.value)
	}
	if !isBad {
		return "", ""
	}
	return "has more than its parameter " + p.name + " in the value of it, which may be a part of the password", schemeHint + ", or host=db dbname=spacex"
}

// meantKeyword returns the keyword that a name is nearly, or "".
func meantKeyword(name string) string {
	for keyword := range libpqKeywords() {
		if IsTypo(strings.ToLower(name), keyword) {
			return keyword
		}
	}
	return ""
}

// fileParameter returns the name of a parameter with which a connection string
// reads a file or a secret of its own, or "". Authorities inside the folder do not
// count.
func fileParameter(connection, folder string) string {
	for _, p := range parameters(connection) {
		switch p.name {
		case "service", "servicefile", "passfile", "sslcert", "sslkey", "sslcrl", "sslcrldir", "sslkeylogfile", "gsslib":
			return p.name
		case "sslrootcert":
			if p.value != "system" && !isInside(folder, p.value) {
				return p.name
			}
		}
	}
	return ""
}
