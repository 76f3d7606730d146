package replay

// damaged are documents that are changed on their way out.
type damaged struct {
	documents
	damage func(position int, doc []byte) []byte
}

// Doc returns the document at the position as it shall be sent.
func (d damaged) Doc(position int, scratch []byte) []byte {
	return d.damage(position, d.documents.Doc(position, scratch))
}

// sent returns the documents as they are sent.
func (c *collection) sent() documents {
	if c.damage == nil {
		return c.docs
	}
	return damaged{c.docs, c.damage}
}

// damageLaunches changes launches on their way out, of both versions.
func (c catalogue) damageLaunches(damage func(position int, doc []byte) []byte) {
	for _, launches := range []*collection{c.v4["launches"], c.v5} {
		if launches != nil {
			launches.damage = damage
		}
	}
}
