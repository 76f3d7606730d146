package config

import (
	"net/url"
	"regexp"
	"strings"
)

// WithoutPassword returns a connection URL or keyword string without its
// passwords: that of the role and that of a certificate's key. The rest of the
// text is unchanged. It reads the text as PostgreSQL's clients do, which differs
// from net/url: a password may contain a space or a #.
func WithoutPassword(connection string) string {
	for _, scheme := range []string{"postgres://", "postgresql://"} {
		if rest, isURL := strings.CutPrefix(connection, scheme); isURL {
			return scheme + withoutPasswordInURL(rest)
		}
	}
	return keywordSetting.ReplaceAllStringFunc(connection, func(setting string) string {
		if isPassword(keywordSetting.FindStringSubmatch(setting)[1]) {
			return ""
		}
		return setting
	})
}

// holdsPassword reports whether a connection string contains a password.
func holdsPassword(connection string) bool {
	return WithoutPassword(connection) != connection
}

// keywordSetting is one setting of a keyword string. Its value ends at the next
// space or is quoted; within quotes anything may look like a setting. A vertical
// tab is a space for PostgreSQL's clients, unlike for \s.
var keywordSetting = regexp.MustCompile(`(?s)([^\s\v=]+)[\s\v]*=[\s\v]*('(\\.|[^'\\])*'|(\\.|[^\s\v\\])*\\?)`)

func isPassword(keyword string) bool {
	return strings.EqualFold(keyword, "password") || strings.EqualFold(keyword, "sslpassword")
}

// withoutPasswordInURL takes a URL without its scheme. The user ends at the
// first @ before any slash.
func withoutPasswordInURL(rest string) string {
	login := ""
	if end := strings.IndexAny(rest, "@/"); end >= 0 && rest[end] == '@' {
		user, _, _ := strings.Cut(rest[:end], ":")
		login, rest = user+"@", rest[end+1:]
	}
	place, query, hasQuery := strings.Cut(rest, "?")
	if !hasQuery {
		return login + rest
	}
	var kept []string
	for parameter := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(parameter, "=")
		if plain, err := url.PathUnescape(name); err != nil || isPassword(plain) {
			continue
		}
		kept = append(kept, parameter)
	}
	if len(kept) == 0 {
		return login + place
	}
	return login + place + "?" + strings.Join(kept, "&")
}
