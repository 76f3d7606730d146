package replay

import (
	"os"
	"slices"
	"sync"
	"sync/atomic"
)

const (
	// blockLength is how many documents are rendered at once.
	blockLength = 64
	// minCached is the number of documents from which a cache is worth its cost.
	minCached = 100
	// maxCached bounds the size of the cache's file in bytes. Documents beyond
	// it are rendered each time.
	maxCached = 4 << 30
)

// cache renders documents once, in blocks, and keeps them in a temporary file
// without a name, so that memory does not grow and the file ends with the
// process. If the file cannot be made, documents are rendered each time.
type cache struct {
	documents
	blocks []atomic.Pointer[block]
	// buffers are for what is copied from the file.
	buffers sync.Pool

	mu   sync.Mutex
	file *os.File
	size int64
	// disabled is set when the file could not be made or written.
	disabled bool
}

// block is where neighbouring documents lie in the file. Each is followed by
// a comma, and ends holds where each comma ends.
type block struct {
	at   int64
	ends []int
}

// newCache returns the documents with a cache before them, or unchanged if they
// are few.
func newCache(docs documents) documents {
	if docs.Len() < minCached {
		return docs
	}
	return &cache{documents: docs, blocks: make([]atomic.Pointer[block], (docs.Len()+blockLength-1)/blockLength)}
}

// buffer returns an empty buffer, to be put back into buffers.
func (c *cache) buffer() []byte {
	if used, ok := c.buffers.Get().(*[]byte); ok {
		return (*used)[:0]
	}
	return make([]byte, 0, 2*pieceSize)
}

// span returns where the documents from k to last of the block lie, with
// commas between them.
func (b *block) span(k, last int) (at int64, size int) {
	start := 0
	if k > 0 {
		start = b.ends[k-1]
	}
	return b.at + int64(start), b.ends[last] - 1 - start
}

// appendRun appends the documents from low to high-1, which must be in one
// block, with commas between them.
func (c *cache) appendRun(dst []byte, low, high int) []byte {
	if kept := c.block(low / blockLength); kept != nil {
		at, size := kept.span(low%blockLength, (high-1)%blockLength)
		start := len(dst)
		dst = slices.Grow(dst, size)[:start+size]
		if _, err := c.file.ReadAt(dst[start:], at); err == nil {
			return dst
		}
		dst = dst[:start]
	}
	dst = c.Doc(low, dst)
	for position := low + 1; position < high; position++ {
		dst = c.Doc(position, append(dst, ','))
	}
	return dst
}

// runSize returns the size in bytes of the documents from low to high-1 with
// commas between them; 0 if they are not all in the file.
func (c *cache) runSize(low, high int) int64 {
	total := int64(0)
	for low < high {
		kept, end := c.block(low/blockLength), nextBlock(low, high)
		if kept == nil {
			return 0
		}
		_, size := kept.span(low%blockLength, (end-1)%blockLength)
		total += int64(size) + 1
		low = end
	}
	return total - 1
}

// nextBlock returns the position where the next block begins, or high if that
// comes first.
func nextBlock(position, high int) int {
	return min((position/blockLength+1)*blockLength, high)
}

// block returns a block, rendered now if it was not before; nil if it cannot
// be kept.
func (c *cache) block(number int) *block {
	if known := c.blocks[number].Load(); known != nil {
		return known
	}
	first := number * blockLength
	made := &block{ends: make([]int, 0, blockLength)}
	text := c.buffer()
	defer func() { c.buffers.Put(&text) }()
	for position := first; position < nextBlock(first, c.Len()); position++ {
		text = append(c.Doc(position, text), ',')
		made.ends = append(made.ends, len(text))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.blocks[number].Load(); known != nil {
		return known
	}
	if made.at = c.size; !c.store(text) {
		return nil
	}
	c.blocks[number].Store(made)
	return made
}

// store appends text to the file. After a failure nothing more is written.
func (c *cache) store(text []byte) bool {
	if c.file == nil && !c.disabled {
		c.file = unlinkedFile()
		c.disabled = c.file == nil
	}
	if c.disabled || c.size+int64(len(text)) > maxCached {
		return false
	}
	if _, err := c.file.WriteAt(text, c.size); err != nil {
		c.disabled = true
		return false
	}
	c.size += int64(len(text))
	return true
}

// unlinkedFile returns a temporary file whose name is removed already, so that
// nothing is left of it however the program ends. It returns nil if there is no
// folder to write to, or if the system cannot remove an open file.
func unlinkedFile() *os.File {
	file, err := os.CreateTemp("", "liftoff-replay-*")
	if err != nil {
		return nil
	}
	if err := os.Remove(file.Name()); err != nil {
		_ = file.Close()
		_ = os.Remove(file.Name())
		return nil
	}
	return file
}
