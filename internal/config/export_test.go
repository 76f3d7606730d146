package config

// IsExposed reports whether every user may read a file of a mode.
var IsExposed = isExposed
