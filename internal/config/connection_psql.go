package config

import "strings"

// ForPsql returns a connection string in words that psql of any version
// understands, without its secrets, and the environment that has the rest of it.
// options are those that the environment names already, as PGOPTIONS does; a
// connection string with options of its own replaces them.
func ForPsql(connection, options string) (forPsql string, environ []string) {
	keywords := libpqKeywords()
	_, _, isURL := cutScheme(connection)
	var settings strings.Builder
	forPsql = rewrite(connection, func(p parameter, text string) string {
		variable, isLibpq := keywords[p.name]
		switch {
		case isPassword(p.name):
		case p.name == "options":
			options = p.value
		case p.name == "database":
			return strings.Replace(text, "database", "dbname", 1)
		case p.name == "ssl" && isURL, variable == p.name:
			return text
		case isLibpq && variable != "":
			environ = append(environ, variable+"="+p.value)
		case isLibpq, isDriverKeyword(p.name):
		default:
			settings.WriteString(" -c " + escapeOption(p.name+"="+p.value))
		}
		return ""
	})
	if options = strings.TrimSpace(options + settings.String()); options != "" {
		environ = append(environ, "PGOPTIONS="+options)
	}
	return forPsql, environ
}

// escapeOption writes an argument as the server splits its options: at blanks.
func escapeOption(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r == '\\' || strings.ContainsRune(" \t\n\v\f\r", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// VariablesInPlaceOf returns the variables of PostgreSQL's clients that a connection
// string overrides: those of the keywords that it names.
func VariablesInPlaceOf(connection string) []string {
	named := map[string]bool{}
	for _, p := range parameters(connection) {
		named[p.name] = true
	}
	if _, rest, isURL := cutScheme(connection); isURL {
		login, rest := cutLogin(rest)
		place, _, _ := strings.Cut(rest, "?")
		hosts, database, _ := strings.Cut(place, "/")
		named["user"] = named["user"] || (login != "" && login[0] != ':')
		for host := range strings.SplitSeq(hosts, ",") {
			named["host"] = named["host"] || (host != "" && host[0] != ':')
			named["port"] = named["port"] || strings.Contains(host[strings.LastIndex(host, "]")+1:], ":")
		}
		named["dbname"] = named["dbname"] || database != ""
	}
	named["dbname"] = named["dbname"] || named["database"]
	var variables []string
	for keyword, variable := range map[string]string{
		"host": "PGHOST", "port": "PGPORT", "dbname": "PGDATABASE", "user": "PGUSER", "service": "PGSERVICE", "sslmode": "PGSSLMODE",
		"target_session_attrs": "PGTARGETSESSIONATTRS",
	} {
		if named[keyword] {
			variables = append(variables, variable)
		}
	}
	return variables
}
