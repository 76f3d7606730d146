// Package spacex is the client of the SpaceX REST API v4. It knows the API's
// routes, filters and oddities; package fetch makes the requests. It hands out
// liftoff types with each document's bytes unchanged. It does not enrich or
// store launches, and reads no more of them than their id and number of
// payloads, and whether a few fields are of the types that the API documents.
// The rule for a caller: an error ends a sequence, nothing follows it, and
// the pages before it are good.
package spacex

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/sync/semaphore"

	"liftoff"
	"liftoff/internal/source/fetch"
)

// maxPages ends a walk that a server never ends; with pages of 1,000 it is far
// beyond every launch there will be.
const maxPages = 10_000

// Options says which API to read and how. Its Name, settings and IsTransient
// are set by New.
type Options struct {
	fetch.Options

	// PageSize is how many launches are asked for at once, 1 or more.
	PageSize int
	// Concurrency is how many pages are fetched at once, 1 or more, by all sequences
	// of a client together. This many are in memory too, each of MaxBodyBytes at
	// most.
	Concurrency int

	maxPages int
}

// Client reads launches and what they refer to. It is safe for concurrent use. A
// sequence of pages waits for its first page while others use up all of
// Options.Concurrency; so a reader of one must not read another one to go on.
type Client struct {
	*fetch.Client

	// slots are for the pages that are fetched at once.
	slots              *semaphore.Weighted
	pageSize, maxPages int
	logger             *slog.Logger
}

// New returns a client for options.BaseURL. A BaseURL that cannot be used is
// a liftoff.Usage error, which never repeats the URL: it may hold a password.
func New(options Options) (*Client, error) {
	options.Name = "SpaceX API"
	options.URLSetting, options.CAFileSetting = "SPACEX_API_URL", "--spacex-ca-file"
	options.MaxConnections = options.Concurrency
	options.IsTransient = isDatabaseTrouble
	client, err := fetch.New(options.Options)
	if err != nil {
		return nil, err
	}
	// Everybody writes the API's address with its version.
	if version := path.Base(client.Address()); version == "v4" || version == "v5" {
		return nil, liftoff.NewError(liftoff.Usage, fmt.Errorf("the SpaceX API URL ends in /%s, which liftoff adds itself", version),
			"leave it out of SPACEX_API_URL")
	}
	if options.maxPages == 0 {
		options.maxPages = maxPages
	}
	return &Client{
		Client: client, slots: semaphore.NewWeighted(int64(options.Concurrency)),
		pageSize: options.PageSize, maxPages: options.maxPages, logger: options.Logger,
	}, nil
}

// Name returns what the API is called in log lines.
func (c *Client) Name() string { return "SpaceX API" }

// recordID is what an id looks like in the API.
var recordID = regexp.MustCompile(`^[0-9a-f]{24}$`)

// possible returns those of the ids that a record of the API can have. It refuses a
// whole request for any other.
func possible(ids []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !recordID.MatchString(id) })
}

// CheckQuery returns a liftoff.Usage error for a query that the API cannot
// answer. It makes no request.
func (c *Client) CheckQuery(query liftoff.Query) error {
	for _, id := range query.IDs {
		if !recordID.MatchString(id) {
			return liftoff.NewError(liftoff.Usage, fmt.Errorf("%q is not a valid launch id", id),
				"give 24 hexadecimal digits, such as 62dd70d5202306255024d139")
		}
	}
	return nil
}

// Launches returns the launches that a query names, page after page. The latest
// launch, the one with the highest flight number of those that are not
// upcoming, comes on a page of its own; all others come in ascending order of
// id. Pages are fetched ahead, up to Options.Concurrency at once, but nothing is
// fetched before the sequence is read, after the reader has stopped, or once an
// error is handed out. Every page is complete when it is handed out. Its
// documents are parts of one answer, which stays in memory as long as any of
// them does, or copies if they are a small part of it. A document that cannot be
// stored is a rejected record of its page.
//
// Neighbouring pages overlap by one record. Where they do not fit together,
// because a launch was added or removed meanwhile, the walk goes on from the
// last launch by its id, so that none is lost and none comes twice. A page
// that cannot be fetched is left out and named in a later page's gaps, unless
// it is the first, or several fail in a row.
//
// Errors are liftoff.Source, or liftoff.Privilege when the API asks for a
// login; a cancelled context has no category. It is also a liftoff.Source error
// when the API does not keep to the order asked for, or sends the same again
// and again. Whether as many launches came as the API announced is for the
// caller to compare. Launches only reads, so it may be called again.
func (c *Client) Launches(ctx context.Context, query liftoff.Query) iter.Seq2[liftoff.Page, error] {
	if query.Selection == liftoff.SelectLatest {
		return c.latest(ctx)
	}
	return c.launches(ctx, filterOf(query))
}

// launches is Launches for a filter.
func (c *Client) launches(ctx context.Context, filter filter) iter.Seq2[liftoff.Page, error] {
	return func(yield func(liftoff.Page, error) bool) {
		for found, err := range c.walk(ctx, launchNoun, filter) {
			if !yield(found.page(), err) || err != nil {
				return
			}
		}
	}
}

// DecodeLaunch returns the launch in raw, as the function of that name does.
func (c *Client) DecodeLaunch(raw []byte) (liftoff.Launch, error) { return DecodeLaunch(raw) }

// isAbsent reports whether an answer says that there is no such record: a 204,
// or v4's habit of stumbling over the missing record and sending the JavaScript
// error as a 400.
func isAbsent(status int, text string) bool {
	if status == http.StatusBadRequest {
		return strings.Contains(text, "TypeError") || strings.Contains(text, "Cannot read propert")
	}
	return status == http.StatusNoContent
}

// isDatabaseTrouble reports whether an answer is a failure of the API's own
// database: the API sends every error of a handler as 400.
func isDatabaseTrouble(status int, text string) bool {
	if status != http.StatusBadRequest {
		return false
	}
	text = strings.ToLower(text)
	for _, sign := range []string{
		"timed out", "mongoserver", "mongonetwork", "mongotimeout", "mongopool",
		"econnrefused", "econnreset", "topology is closed", "not primary",
	} {
		if strings.Contains(text, sign) {
			return true
		}
	}
	return strings.Contains(text, "connection") && strings.Contains(text, "closed")
}
