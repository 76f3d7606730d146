package replay

import (
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
)

const (
	// blockLength is how many documents are rendered at once.
	blockLength = 64
	// maxInMemory is the number of documents up to which the cache is kept in
	// memory: about 8 MiB of launches.
	maxInMemory = 4096
	// maxRun is the longest run that is put together before it is sent.
	maxRun = 4096
	// maxCached bounds the cache's file. What is rendered beyond it is not
	// kept: slower, but no more than that.
	maxCached = 4 << 30
)

// cache renders documents once. A large set is kept in an unlinked temporary
// file, from which the system serves it at the speed of memory without its
// being any; where no such file can be had, everything is rendered each time.
type cache struct {
	documents
	blocks []atomic.Pointer[block]
	// rendered and pieces are buffers: to render blocks in, and to copy from
	// the file with.
	rendered, pieces sync.Pool

	mu       sync.Mutex
	file     *os.File
	size     int64
	disabled bool
}

// block is some neighbouring documents with a comma behind each.
type block struct {
	// ends are where each document ends, before its comma.
	ends []uint32
	// data is the text, nil when it lies in the file.
	data []byte
	at   int64
}

func newCache(docs documents) *cache {
	c := &cache{documents: docs, blocks: make([]atomic.Pointer[block], (docs.Len()+blockLength-1)/blockLength)}
	c.pieces.New = func() any { return new([256 << 10]byte) }
	return c
}

// start is where a document begins in the block; that of the one after the
// last is where the block ends.
func (b *block) start(k int) uint32 {
	if k == 0 {
		return 0
	}
	return b.ends[k-1] + 1
}

// block returns a block, rendered now if it was not before.
func (c *cache) block(number int) *block {
	if known := c.blocks[number].Load(); known != nil {
		return known
	}
	first := number * blockLength
	count := min(blockLength, c.Len()-first)
	made := &block{ends: make([]uint32, count), data: c.buffer()}
	for k := range count {
		made.data = c.documents.Doc(first+k, made.data)
		made.ends[k] = uint32(len(made.data))
		made.data = append(made.data, ',')
	}
	return c.keep(number, made)
}

// buffer returns memory to render a block in. What lies in the file needs its
// buffer no longer.
func (c *cache) buffer() []byte {
	if used, ok := c.rendered.Get().(*[]byte); ok {
		return (*used)[:0]
	}
	return make([]byte, 0, blockLength*2048)
}

// keep remembers a block, unless somebody else was faster or there is no
// room for it.
func (c *cache) keep(number int, made *block) *block {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.blocks[number].Load(); known != nil {
		return known
	}
	if c.Len() <= maxInMemory {
		c.blocks[number].Store(made)
		return made
	}
	if !c.store(made.data) {
		return made
	}
	stored := &block{ends: made.ends, at: c.size}
	c.size += int64(len(made.data))
	c.rendered.Put(&made.data)
	c.blocks[number].Store(stored)
	return stored
}

// store appends text to the file. When that fails the file stays as it is and
// nothing more is written to it.
func (c *cache) store(text []byte) bool {
	if c.disabled || c.size+int64(len(text)) > maxCached {
		return false
	}
	if c.file == nil {
		c.file = unlinkedFile()
	}
	if c.file == nil {
		c.disabled = true
		return false
	}
	if _, err := c.file.WriteAt(text, c.size); err != nil {
		c.disabled = true
		return false
	}
	return true
}

// unlinkedFile returns a temporary file that has no name any more, so that
// nothing is left of it when the program ends in whatever way. It is nil
// where that cannot be had: no folder to write to, or a system that does not
// let go of the names of open files.
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

// Doc appends the document at the position to scratch.
func (c *cache) Doc(position int, scratch []byte) []byte {
	known := c.blocks[position/blockLength].Load()
	if known == nil {
		return c.documents.Doc(position, scratch)
	}
	k := position % blockLength
	from, to := known.start(k), known.ends[k]
	if known.data != nil {
		return append(scratch, known.data[from:to]...)
	}
	start, size := len(scratch), int(to-from)
	scratch = append(scratch, make([]byte, size)...)
	if _, err := c.file.ReadAt(scratch[start:], known.at+int64(from)); err != nil {
		return c.documents.Doc(position, scratch[:start])
	}
	return scratch
}

// run is neighbouring documents with commas between them.
type run struct {
	cache *cache
	parts []runPart
	size  int64
}

// runPart is a part of a block.
type runPart struct {
	block    *block
	from, to uint32
}

// run puts the documents from low to high-1 together; there must be one.
func (c *cache) run(low, high int) run {
	r := run{cache: c, parts: make([]runPart, 0, (high-low)/blockLength+2)}
	for position := low; position < high; {
		part := runPart{block: c.block(position / blockLength)}
		first := position % blockLength
		end := min(first+high-position, len(part.block.ends))
		position += end - first
		part.from, part.to = part.block.start(first), part.block.start(end)
		if position == high {
			part.to--
		}
		r.size += int64(part.to - part.from)
		r.parts = append(r.parts, part)
	}
	return r
}

// writeTo sends the run.
func (r run) writeTo(w io.Writer) error {
	for _, part := range r.parts {
		if err := r.cache.copy(w, part); err != nil {
			return err
		}
	}
	return nil
}

func (c *cache) copy(w io.Writer, part runPart) error {
	if part.block.data != nil {
		_, err := w.Write(part.block.data[part.from:part.to])
		return err
	}
	buffer, _ := c.pieces.Get().(*[256 << 10]byte)
	defer c.pieces.Put(buffer)
	at, end := part.block.at+int64(part.from), part.block.at+int64(part.to)
	for at < end {
		piece := buffer[:min(end-at, int64(len(buffer)))]
		if _, err := c.file.ReadAt(piece, at); err != nil {
			return fmt.Errorf("read rendered documents: %w", err)
		}
		if _, err := w.Write(piece); err != nil {
			return err
		}
		at += int64(len(piece))
	}
	return nil
}
