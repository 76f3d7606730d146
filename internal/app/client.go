package app

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"liftoff"
	"liftoff/internal/source/fetch"
	"liftoff/internal/source/spacex"
)

// patience is how long an API may take, and be away.
type patience struct {
	timeout  time.Duration
	attempts int
	maxWait  time.Duration
}

// patience returns that of a run.
func (a *App) patience() patience {
	return patience{a.Config.SpaceXTimeout, a.Config.SpaceXMaxAttempts, a.Config.SpaceXMaxWait}
}

// newClient returns a client of the API at a base URL.
func (a *App) newClient(baseURL string, patience patience) (*spacex.Client, error) {
	roots, err := certificatePool("SPACEX_CA_FILE", a.Config.SpaceXCAFile)
	if err != nil {
		return nil, err
	}
	return spacex.New(spacex.Options{
		PageSize:    a.Config.PageSize,
		Concurrency: a.Config.Concurrency,
		Options: fetch.Options{
			BaseURL:              baseURL,
			UserAgent:            "liftoff/" + a.Version,
			Timeout:              patience.timeout,
			MaxAttempts:          patience.attempts,
			MaxWait:              patience.maxWait,
			MaxBodyBytes:         a.Config.SpaceXMaxBodyMiB << 20,
			MaxRequestsPerSecond: a.Config.SpaceXRateLimit,
			RootCAs:              roots,
			Clock:                a.Now,
			Logger:               a.Logger,
		},
	})
}

// certificatePool returns the system's authorities and those of the PEM file
// that a setting names; nil, which means the system's, without a file.
func certificatePool(setting, file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		if file, ok := errors.AsType[*fs.PathError](err); ok {
			err = file.Err // the path may be something else in the wrong setting, such as a password
		}
		return nil, liftoff.NewError(liftoff.Usage, fmt.Errorf("read the file of %s: %w", setting, err), "name a PEM file that this user can read")
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, liftoff.NewError(liftoff.Usage, fmt.Errorf("read %s: no certificate in %s", setting, file), "name a file with PEM certificates")
	}
	return pool, nil
}
