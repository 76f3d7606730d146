package config

import "log/slog"

const masked = "***"

// Secret is a setting that must not be shown. Printing, logging or encoding
// it gives "***" (or nothing when it is empty); only Reveal gives the value.
type Secret string

// Reveal returns the value, for the one place that needs it.
func (s Secret) Reveal() string { return string(s) }

// String returns "***", or "" for an empty secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return masked
}

// GoString is String for the %#v verb.
func (s Secret) GoString() string { return `"` + s.String() + `"` }

// MarshalText is String for JSON and other encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue is String for log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
