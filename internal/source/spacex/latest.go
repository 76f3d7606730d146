package spacex

import (
	"context"
	"iter"

	"github.com/go-json-experiment/json/jsontext"

	"liftoff"
)

// noLatest is the reason when the API has no launch to call the latest.
const noLatest = "the API has no launch for latest"

// Latest returns one page with the launch that the API calls the latest: of
// those that are not upcoming, the one with the highest flight number. A
// document that cannot be stored is the page's rejected record. The request is
// sent when the sequence is read. Errors are liftoff.Source, or
// liftoff.Privilege when the API asks for a login; a cancelled context has no
// category.
func (c *Client) Latest(ctx context.Context) iter.Seq2[liftoff.Page, error] {
	return func(yield func(liftoff.Page, error) bool) {
		latest, err := c.fetchLatest(ctx)
		if err != nil {
			yield(liftoff.Page{}, err)
			return
		}
		page := liftoff.Page{Number: 1, TotalLaunches: 1}
		if latest.rejected != nil {
			page.Rejected = []liftoff.RejectedRecord{*latest.rejected}
		} else {
			page.Launches = []liftoff.Launch{latest.launch}
		}
		yield(page, nil)
	}
}

// fetchLatest fetches the latest launch.
func (c *Client) fetchLatest(ctx context.Context) (record, error) {
	var latest record
	url := c.endpoint("v4/launches/latest")
	err := c.do(ctx, call{
		what:    "latest launch",
		url:     url,
		nothing: noLatest,
		read: func(answer []byte) (err error) {
			latest, err = readLatest(answer, url)
			return err
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
	if err := expectEnd(decoder); err != nil {
		return record{}, err
	}
	switch kind := raw.Kind(); kind {
	case jsontext.KindBeginObject:
		return newRecord(raw, url, lenient), nil
	case jsontext.KindNull:
		return record{}, contentFault(noLatest)
	default:
		return record{}, contentFault("the launch is %s, not an object", kindName(kind))
	}
}
