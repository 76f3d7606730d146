package enrich

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"math/rand/v2"
)

// derivation names the way from seed and id to numbers. Whoever changes that
// way changes this name too: the same seed then gives other values.
const derivation = "liftoff simulation 1"

// stream is an endless series of random 64-bit numbers.
type stream func() uint64

// stream returns the numbers for one launch.
func (s Simulator) stream(launchID string) stream {
	if s.seed == "" {
		return rand.Uint64
	}
	return rand.NewChaCha8(key(s.seed, launchID)).Uint64
}

// key derives a launch's own generator key as the SHA-256 of derivation, seed
// and id, each after its length as 8 bytes, most significant first. The
// lengths keep seed "a" with id "bc" apart from seed "ab" with id "c".
//
// Nothing on the way depends on a platform or a Go version: SHA-256 and
// ChaCha8 (the published chacha8rand, which math/rand/v2 promises to keep) are
// fixed algorithms, and between is our own because the way in which rand.Rand
// turns numbers into ranges is not promised.
func key(seed, launchID string) [sha256.Size]byte {
	var text []byte
	for _, part := range []string{derivation, seed, launchID} {
		text = binary.BigEndian.AppendUint64(text, uint64(len(part)))
		text = append(text, part...)
	}
	return sha256.Sum256(text)
}

// between returns the next number of the series as a uniform integer from
// low to high, both included.
func (s stream) between(low, high int) int {
	size := uint64(high - low + 1)
	// The top of the 64-bit range is no whole multiple of size; numbers from
	// there are drawn again, or low values would come up more often.
	limit := math.MaxUint64 - math.MaxUint64%size
	for {
		if n := s(); n < limit {
			return low + int(n%size)
		}
	}
}
