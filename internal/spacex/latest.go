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
// those that are not upcoming, the one with the highest flight number. The
// request is sent when the sequence is read. Errors are liftoff.Source, or
// liftoff.Privilege when the API asks for a login; a cancelled context has no
// category.
func (c *Client) Latest(ctx context.Context) iter.Seq2[liftoff.Page, error] {
	return func(yield func(liftoff.Page, error) bool) {
		launch, err := c.fetchLatest(ctx)
		if err != nil {
			yield(liftoff.Page{}, err)
			return
		}
		yield(liftoff.Page{Number: 1, Launches: []liftoff.Launch{launch}, TotalLaunches: 1}, nil)
	}
}

// fetchLatest fetches the latest launch.
func (c *Client) fetchLatest(ctx context.Context) (liftoff.Launch, error) {
	var launch liftoff.Launch
	err := c.do(ctx, call{
		what:    "latest launch",
		url:     c.endpoint("v4/launches/latest"),
		nothing: noLatest,
		read: func(decoder *jsontext.Decoder) (err error) {
			launch, err = readLatest(decoder)
			return err
		},
	})
	return launch, err
}

// readLatest reads an answer that is one launch or null.
func readLatest(decoder *jsontext.Decoder) (liftoff.Launch, error) {
	raw, err := decoder.ReadValue()
	if err != nil {
		return liftoff.Launch{}, err
	}
	if raw.Kind() == jsontext.KindNull {
		return liftoff.Launch{}, contentFault(noLatest)
	}
	launch, err := decodeLaunch(raw)
	if err != nil {
		return liftoff.Launch{}, contentFault("%s", err.Error())
	}
	return launch, nil
}
