package config

// IsExposed reports whether every user may read a file of a mode.
var IsExposed = isExposed

// ImplicitRules returns the rules of a setting for an implicit .env file.
func ImplicitRules(s Setting) []string {
	rules := make([]string, 0, len(s.implicit))
	for _, rule := range s.implicit {
		rules = append(rules, string(rule))
	}
	return rules
}
