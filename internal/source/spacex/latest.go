package spacex

import (
	"context"
	"iter"

	"github.com/go-json-experiment/json/jsontext"

	"liftoff"
	"liftoff/internal/source/fetch"
	"liftoff/internal/span"
)

// noLatest is the reason when the API has no launch to call the latest.
const noLatest = "the API has no launch for latest"

// latest returns one page with the launch that the API calls the latest.
func (c *Client) latest(ctx context.Context) iter.Seq2[liftoff.Page, error] {
	return func(yield func(liftoff.Page, error) bool) {
		latest, err := c.fetchLatest(ctx)
		if err != nil {
			yield(liftoff.Page{}, err)
			return
		}
		yield(found{number: 1, total: 1, records: []record{latest}}.page(), nil)
	}
}

// fetchLatest fetches the latest launch.
func (c *Client) fetchLatest(ctx context.Context) (latest record, err error) {
	ctx, tracing := span.Start(ctx, "page", span.Text("liftoff.collection", collection(launchNoun)))
	defer tracing.End(&err)
	url := c.Endpoint("v4/launches/latest")
	err = c.Do(ctx, fetch.Call{
		What: "latest launch",
		URL:  url,
		Read: func(answer []byte) (err error) {
			latest, err = readLatest(answer, url)
			return err
		},
		Refused: func(status int, text string) *fetch.Failure {
			if isAbsent(status, text) {
				return fetch.Unusable(noLatest)
			}
			return nil
		},
	})
	return latest, err
}

// readLatest reads an answer that is one launch or null.
func readLatest(answer []byte, url string) (record, error) {
	decoder := newDecoder(answer, lenient)
	raw, err := decoder.ReadValue()
	if err != nil {
		return record{}, err
	}
	if err := fetch.ExpectEnd(decoder); err != nil {
		return record{}, err
	}
	switch kind := raw.Kind(); kind {
	case jsontext.KindBeginObject:
		return newRecord(raw, url, launchNoun), nil
	case jsontext.KindNull:
		return record{}, fetch.Unusable(noLatest)
	default:
		return record{}, fetch.Unusable("the launch is %s, not an object", kindName(kind))
	}
}
