//go:build !unix

package pgtest

// giveToOwner does nothing: tests and server run as the same user.
func giveToOwner(string, string) error { return nil }
