package replay

import (
	"context"
	"net/http"
)

// handler writes the JSON body of an answer, or returns a refusal.
type handler func(ctx context.Context, out *reply, body []byte) error

// nothingText is what the real API says when its code meets no launch.
const nothingText = "Cannot read properties of null (reading 'toObject')"

// list sends all documents in natural order.
func (c *collection) list(ctx context.Context, out *reply, _ []byte) error {
	return writeArray(ctx, out, c.sent(), rangeOf(c.docs.Len()))
}

// one returns the handler that sends one document; without an id, the first.
func (c *collection) one(id string) handler {
	return func(_ context.Context, out *reply, _ []byte) error {
		position, found := 0, c.docs.Len() > 0
		if id != "" {
			position, found = c.docs.Find(id)
		}
		if !found {
			return notFound()
		}
		_, err := out.Write(c.sent().Doc(position, nil))
		return err
	}
}

// half returns the handler for past (upcoming false) or upcoming launches.
func (c *collection) half(upcoming bool) handler {
	return func(ctx context.Context, out *reply, _ []byte) error {
		found, err := c.search(ctx, upcomingIs(upcoming), byFlightNumber(false))
		if err != nil {
			return err
		}
		return writeArray(ctx, out, c.sent(), found)
	}
}

// edge returns the handler for the next launch (upcoming) or the latest one,
// which is the highest flight number, not the newest date.
func (c *collection) edge(upcoming bool) handler {
	return func(ctx context.Context, out *reply, _ []byte) error {
		found, err := c.search(ctx, upcomingIs(upcoming), byFlightNumber(!upcoming))
		if err != nil {
			return err
		}
		if found.len() == 0 {
			return c.noLaunch(out)
		}
		_, err = out.Write(c.sent().Doc(found.at(0), nil))
		return err
	}
}

// noLaunch answers latest and next when there is none: v4 trips over itself,
// v5 has nothing to say.
func (c *collection) noLaunch(out *reply) error {
	if c.legacy {
		return &refusal{http.StatusBadRequest, nothingText}
	}
	out.nothing()
	return nil
}

func upcomingIs(upcoming bool) filter {
	return filter{conditions: []condition{{path: []string{"upcoming"}, test: &comparison{operator: opEqual, operand: upcoming}}}}
}

func byFlightNumber(descending bool) order {
	return order{{path: []string{"flight_number"}, descending: descending}}
}

// query answers a POST query: a page of documents in its envelope, or for
// roadster the bare document.
func (c *collection) query(ctx context.Context, out *reply, body []byte) error {
	q, err := parseQuery(body, c)
	if err != nil {
		return err
	}
	found, err := c.search(ctx, q.filter, q.order)
	if err != nil {
		return err
	}
	if c.single {
		if found.len() == 0 {
			out.nothing()
			return nil
		}
		doc, err := q.shape(c.docs.Doc(found.at(0), nil), c.related)
		if err != nil {
			return err
		}
		_, err = out.Write(doc)
		return err
	}
	return c.writePage(ctx, out, q, found)
}

// writeArray sends the documents as a JSON array.
func writeArray(ctx context.Context, out *reply, docs documents, found selection) error {
	return listing{head: "[", tail: "]", found: found, to: found.len()}.writeTo(ctx, out, docs)
}
