package report

import "unicode/utf8"

const (
	// shared is how many characters that two values begin with in common are
	// shown at most, and surroundings how many of them if there are more.
	shared       = 24
	surroundings = 12
)

// Difference returns two values for people who look for what differs: without
// most of what both begin with, and with escapes for characters that look like
// others or like nothing. What was left out is marked by three dots.
func Difference(before, after string) (shownBefore, shownAfter string) {
	same, count := 0, 0 // in bytes, in characters
	for same < len(before) && same < len(after) {
		r, size := utf8.DecodeRuneInString(before[same:])
		other, otherSize := utf8.DecodeRuneInString(after[same:])
		if r != other || size != otherSize || before[same:same+size] != after[same:same+size] {
			break
		}
		same, count = same+size, count+1
	}
	if count <= shared {
		return distinct(before), distinct(after)
	}
	start := same
	for range surroundings {
		_, size := utf8.DecodeLastRuneInString(before[:start])
		start -= size
	}
	return "..." + distinct(before[start:]), "..." + distinct(after[start:])
}
