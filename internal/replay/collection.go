package replay

import (
	"context"
	"net/http"
)

// documents is an ordered set of JSON documents; position 0 is the first in
// natural order, in which the real API's database would return them.
type documents interface {
	index
	Len() int
	// Doc appends the document at the position to scratch.
	Doc(position int, scratch []byte) []byte
}

// index is what a search uses of documents.
type index interface {
	// Find returns the position of the document with the id.
	Find(id string) (position int, found bool)
	// Field returns the value of a top-level field of the document at the
	// position, decoded; nil for none.
	Field(position int, name string) any
	// IsOrdered reports whether natural order is ascending order of the
	// field, ties included, so that no sorting is needed.
	IsOrdered(field string) bool
}

// collection is what one name of the API serves.
type collection struct {
	name string
	docs documents
	// damage changes documents on their way out; nil for none.
	damage func(position int, doc []byte) []byte
	// isV5 marks launches in their v5 shape.
	isV5 bool
}

// isSingle reports whether the collection is one document.
func (c *collection) isSingle() bool { return c.name == "company" || c.name == "roadster" }

// damaged are documents that are changed on their way out.
type damaged struct {
	documents
	damage func(position int, doc []byte) []byte
}

// Doc appends the document at the position, damaged, to scratch.
func (d damaged) Doc(position int, scratch []byte) []byte {
	return append(scratch, d.damage(position, d.documents.Doc(position, nil))...)
}

// sent returns the documents as they are sent.
func (c *collection) sent() documents {
	if c.damage == nil {
		return c.docs
	}
	return damaged{c.docs, c.damage}
}

// request is what is asked of a collection.
type request struct {
	// what follows the collection's name in the path.
	what string
	// isQuery is a POST of a query with this body.
	isQuery bool
	body    []byte
}

// serve writes the JSON body of an answer, or returns a refusal.
func (c *collection) serve(ctx context.Context, out *reply, r request) error {
	switch {
	case r.isQuery:
		return c.query(ctx, out, r.body)
	case c.isSingle():
		if r.what != "" || c.docs.Len() == 0 {
			return notFound()
		}
		return c.writeOne(out, 0)
	case r.what == "":
		return c.writeList(ctx, out, selection{high: c.docs.Len()})
	}
	if c.name == "launches" {
		switch r.what {
		case "past", "upcoming":
			return c.half(ctx, out, r.what == "upcoming")
		case "latest", "next":
			return c.edge(ctx, out, r.what == "next")
		}
	}
	position, found := c.docs.Find(r.what)
	if !found {
		return notFound()
	}
	return c.writeOne(out, position)
}

// half writes past (upcoming false) or upcoming launches.
func (c *collection) half(ctx context.Context, out *reply, upcoming bool) error {
	found, err := search(ctx, c.docs, allOf(equals("upcoming", upcoming)), order{field: "flight_number"})
	if err != nil {
		return err
	}
	return c.writeList(ctx, out, found)
}

// edge writes the next launch (upcoming) or the latest one, which is the one with
// the highest flight number, not the newest date. Without such a launch v4
// answers with the error of the real API, and v5 with no content.
func (c *collection) edge(ctx context.Context, out *reply, upcoming bool) error {
	by := order{field: "flight_number", descending: !upcoming}
	found, err := search(ctx, c.docs, allOf(equals("upcoming", upcoming)), by)
	switch {
	case err != nil:
		return err
	case found.len() > 0:
		return c.writeOne(out, found.at(0))
	case c.isV5:
		out.noContent()
		return nil
	default:
		return &refusal{http.StatusBadRequest, "Cannot read properties of null (reading 'toObject')"}
	}
}

// query answers a POST query: a page of documents in its envelope, or for
// roadster the bare document.
func (c *collection) query(ctx context.Context, out *reply, body []byte) error {
	q, err := parseQuery(body)
	if err != nil {
		return err
	}
	found, err := search(ctx, c.docs, q.filter, q.order)
	switch {
	case err != nil:
		return err
	case !c.isSingle():
		from, to := q.page.cut(found.len())
		tail := "]," + q.page.envelope(found.len()) + "}"
		return listing{`{"docs":[`, tail, found, from, to}.writeTo(ctx, out, c.sent())
	case found.len() == 0:
		out.noContent()
		return nil
	default:
		return c.writeOne(out, found.at(0))
	}
}

func (c *collection) writeOne(out *reply, position int) error {
	_, err := out.Write(c.sent().Doc(position, nil))
	return err
}

func (c *collection) writeList(ctx context.Context, out *reply, found selection) error {
	return listing{"[", "]", found, 0, found.len()}.writeTo(ctx, out, c.sent())
}

// maxAge returns how long the real API lets an answer be cached, in seconds.
func (c *collection) maxAge(r request) int {
	switch {
	case c.name == "launches":
		return 20
	case c.name == "starlink":
		return 3600
	case c.name == "company" || c.name == "dragons" || (c.name == "rockets" && !r.isQuery):
		return 86400
	default:
		return 300
	}
}
