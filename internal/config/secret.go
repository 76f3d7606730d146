package config

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a setting that must not be shown. Printing, logging or encoding
// it gives "***", or nothing if it is empty; only Reveal gives the value.
type Secret string

// Reveal returns the value.
func (s Secret) Reveal() string { return string(s) }

// String returns "***", or "" for an empty secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "***"
}

// Format prints what String returns, for every verb. Without it fmt would call
// String for some verbs only and show the value for others, such as %d.
func (s Secret) Format(state fmt.State, verb rune) {
	switch verb {
	case 'v', 's', 'q', 'x', 'X':
		_, _ = fmt.Fprintf(state, fmt.FormatString(state, verb), s.String())
	default:
		_, _ = io.WriteString(state, s.String())
	}
}

// MarshalText is String for JSON and other encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue is String for log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
