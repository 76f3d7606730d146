package replay

import "math/bits"

// spread assigns categories to the members of a group: each category gets its
// exact share of the whole group, and the category of a member is computed
// without the others. The members of a category are scattered over the group.
type spread struct {
	size, stride, offset int
	// ends[k] is the first rank that no longer belongs to category k.
	ends []int
}

// newSpread divides a group in the proportions of the weights.
func newSpread(size int, seed uint64, weights ...int) spread {
	total := 0
	for _, weight := range weights {
		total += weight
	}
	s := spread{size: max(size, 1)}
	sum := 0
	for _, weight := range weights {
		sum += weight
		s.ends = append(s.ends, (2*sum*s.size+total)/(2*total))
	}
	s.offset = int(mix(seed) % uint64(s.size))
	// A stride far from 0 and from the size scatters well; one without a common
	// divisor reaches every member once.
	s.stride = s.size/5 + int(mix(seed+1)%uint64(s.size*3/5+1)) | 1
	for commonDivisor(s.stride, s.size) != 1 {
		s.stride++
	}
	return s
}

// rank is the member's place when the group is sorted by category.
func (s spread) rank(member int) int {
	high, low := bits.Mul64(uint64(member), uint64(s.stride))
	_, rest := bits.Div64(high, low, uint64(s.size))
	return (int(rest) + s.offset) % s.size
}

// category returns the member's category and its number within it.
func (s spread) category(member int) (category, number int) {
	rank, start := s.rank(member), 0
	for k, end := range s.ends {
		if rank < end {
			return k, rank - start
		}
		start = end
	}
	return len(s.ends) - 1, rank - start
}

func commonDivisor(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// mix scrambles a number, so that neighbours have nothing in common (the
// finaliser of SplitMix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// dice is a small random generator, seeded for one document.
type dice struct{ state uint64 }

func newDice(seed uint64, kind byte, number int) *dice {
	return &dice{mix(seed) ^ mix(uint64(kind)<<56|uint64(number))}
}

func (d *dice) next() uint64 {
	d.state++
	return mix(d.state)
}

// below returns a number from 0 to n-1.
func (d *dice) below(n int) int { return int(d.next() % uint64(n)) }

// between returns a number from low to high.
func (d *dice) between(low, high int) int { return low + d.below(high-low+1) }

// percent is true with the probability of share in 100.
func (d *dice) percent(share int) bool { return d.below(100) < share }
