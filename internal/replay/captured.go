package replay

import "github.com/go-json-experiment/json/jsontext"

// captured is a set of documents kept in memory, byte for byte.
type captured struct {
	docs []jsontext.Value
	byID map[string]int
}

func newCaptured() *captured { return &captured{byID: make(map[string]int)} }

// add appends a document unless one with its id is already in the set.
// Documents without an id can be listed but not found.
func (c *captured) add(doc jsontext.Value) {
	id, ok := fieldOf(doc, "id").(string)
	if !ok {
		c.docs = append(c.docs, doc)
		return
	}
	if _, known := c.byID[id]; !known {
		c.byID[id] = len(c.docs)
		c.docs = append(c.docs, doc)
	}
}

// Len returns the number of documents.
func (c *captured) Len() int { return len(c.docs) }

// Doc appends the document at the position to scratch.
func (c *captured) Doc(position int, scratch []byte) []byte {
	return append(scratch, c.docs[position]...)
}

// Find returns the position of the document with the id.
func (c *captured) Find(id string) (int, bool) {
	position, found := c.byID[id]
	return position, found
}

// Field returns a field of the document at the position.
func (c *captured) Field(position int, name string) any { return fieldOf(c.docs[position], name) }

// IsOrdered is false: captures may be in any order.
func (c *captured) IsOrdered(string) bool { return false }
