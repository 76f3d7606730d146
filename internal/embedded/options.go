package embedded

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"liftoff"
)

// withDefaults returns the options with every empty field filled in and all
// paths absolute. It touches no file.
func (o Options) withDefaults() (Options, error) {
	o.Database = cmp.Or(o.Database, "spacex")
	o.User = cmp.Or(o.User, "spacex")
	o.Logger = cmp.Or(o.Logger, slog.New(slog.DiscardHandler))
	var err error
	if o.DataDir, err = folder(o.DataDir, "XDG_DATA_HOME", ".local/share", "/var/lib"); err != nil {
		return o, fmt.Errorf("choose the data directory: %w", err)
	}
	if o.CacheDir, err = folder(o.CacheDir, "XDG_CACHE_HOME", ".cache", "/var/cache"); err != nil {
		return o, fmt.Errorf("choose the cache directory: %w", err)
	}
	return o, nil
}

// folder resolves one of the two folders: as given, by XDG, or by default.
func folder(given, xdgVariable, belowHome, forRoot string) (string, error) {
	if given != "" {
		return filepath.Abs(given)
	}
	// The XDG specification says that a relative path must be ignored.
	if base := os.Getenv(xdgVariable); filepath.IsAbs(base) {
		return filepath.Join(base, "liftoff"), nil
	}
	if os.Geteuid() == 0 {
		return filepath.Join(forRoot, "liftoff"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil || !filepath.IsAbs(home) {
		return "", liftoff.NewError(liftoff.Usage, errors.New("HOME is not set"),
			"set HOME or "+xdgVariable+", or name the folder")
	}
	return filepath.Join(home, belowHome, "liftoff"), nil
}
