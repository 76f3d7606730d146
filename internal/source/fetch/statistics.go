package fetch

import (
	"maps"
	"sync"
	"time"

	"liftoff"
)

// counts are what a client's requests took; their zero value is ready for use.
type counts struct {
	mutex sync.Mutex
	sum   liftoff.SourceStatistics
}

// Statistics returns what the requests since New took, of all goroutines together.
func (c *Client) Statistics() liftoff.SourceStatistics {
	c.counts.mutex.Lock()
	defer c.counts.mutex.Unlock()
	sum := c.counts.sum
	sum.Statuses = maps.Clone(sum.Statuses)
	return sum
}

// add changes the counts.
func (c *counts) add(change func(sum *liftoff.SourceStatistics)) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	change(&c.sum)
}

// noteStatus counts an answer.
func (c *counts) noteStatus(status int) {
	c.add(func(sum *liftoff.SourceStatistics) {
		if sum.Statuses == nil {
			sum.Statuses = map[int]int64{}
		}
		sum.Statuses[status]++
	})
}

// noteRequest counts a request that took so long, apart from what its answer took to
// be read.
func (c *counts) noteRequest(elapsed, decoding time.Duration, isRetry bool) {
	c.add(func(sum *liftoff.SourceStatistics) {
		sum.Requests++
		if isRetry {
			sum.Retries++
		}
		sum.Fetch += elapsed - decoding
		sum.Decode += decoding
	})
}
