//go:build unix

package embedded_test

import (
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"liftoff/internal/embedded"
)

// A lock is one process's alone, even if its file is removed by who holds it, as
// Destroy does.
func TestLock_IsExclusiveWhenItsFileIsRemoved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	var holders atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 300 {
				release, err := embedded.Lock(t.Context(), path)
				if err != nil {
					t.Error(err)
					return
				}
				if n := holders.Add(1); n != 1 {
					t.Errorf("%d hold the lock", n)
				}
				holders.Add(-1) // the next one may make a new file at once
				if err := os.Remove(path); err != nil {
					t.Error(err)
				}
				release()
			}
		})
	}
	all.Wait()
}
