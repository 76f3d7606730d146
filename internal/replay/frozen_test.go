package replay_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"testing"

	"liftoff/internal/replay"
)

// TestSynthetic_RevisionZeroIsFrozen holds the hash of every list, so that
// the same count and seed give the same bytes in every version.
func TestSynthetic_RevisionZeroIsFrozen(t *testing.T) {
	var out bytes.Buffer
	for _, opts := range []replay.Options{{Seed: 1}, {Count: 1, Seed: 1}, {Count: 12, Seed: 7}, {Count: 5000, Seed: 3}} {
		server := newServer(t, opts)
		for _, path := range []string{"/v4/launches", "/v5/launches", "/v4/payloads", "/v4/rockets", "/v4/launchpads"} {
			fmt.Fprintf(&out, "%5d launches, seed %d: %x %s\n", opts.Count, opts.Seed, sha256.Sum256(get(t, server, path)), path)
		}
	}
	golden(t, "frozen.golden", out.Bytes())
}
