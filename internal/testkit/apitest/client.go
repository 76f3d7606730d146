package apitest

import (
	"log/slog"
	"time"

	"liftoff/internal/source/fetch"
	"liftoff/internal/source/spacex"
)

// NewClient returns a client of the API at a base URL, such as a replay's, with
// the settings that a run has by default and without a log.
func NewClient(baseURL string) (*spacex.Client, error) {
	return spacex.New(Options(baseURL))
}

// Options are the settings that a client has by default.
func Options(baseURL string) spacex.Options {
	return spacex.Options{PageSize: 1000, Concurrency: 3, Options: fetch.Options{
		BaseURL: baseURL, UserAgent: "test", Timeout: time.Minute, MaxAttempts: 6, MaxBodyBytes: 32 << 20,
		MaxRequestsPerSecond: 100, Clock: time.Now, Logger: slog.New(slog.DiscardHandler),
	}}
}
