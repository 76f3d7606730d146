//go:build !failpoints || !unix

package failpoint

// Reach says that the program has come to a point. Nothing happens.
func Reach(Point) {}
