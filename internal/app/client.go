package app

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"liftoff"
	"liftoff/internal/postgres"
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

// newClient returns a client of the API at a base URL, which keeps to SPACEX_RATE_LIMIT
// by itself.
func (a *App) newClient(baseURL string, patience patience) (*spacex.Client, error) {
	return a.newClientInTurn(baseURL, patience, nil)
}

// sharedRate is SPACEX_RATE_LIMIT for all processes together that read a source into
// one database.
type sharedRate struct {
	store     *postgres.Store
	source    string
	perSecond int
}

// wait waits until the next request may be sent.
func (r *sharedRate) wait(ctx context.Context) error {
	return r.store.WaitForTurn(ctx, r.source, r.perSecond)
}

// newClientInTurn returns a client that sends each request when turn has returned; for
// nil, when SPACEX_RATE_LIMIT lets this process.
func (a *App) newClientInTurn(baseURL string, patience patience, turn func(context.Context) error) (*spacex.Client, error) {
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
			Turn:                 turn,
			RootCAs:              roots,
			Clock:                a.Now,
			Logger:               a.loggerOf("source"),
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
