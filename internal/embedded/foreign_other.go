//go:build !unix

package embedded

import "errors"

// errNoExec is never met: there is no embedded server here.
var errNoExec = errors.New("unknown program format") //nolint:gochecknoglobals // a constant elsewhere
