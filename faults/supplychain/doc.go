// Package supplychain holds the faults of what the program is built from and
// shipped in: images, modules, licences, builds. It has tests only.
package supplychain

//go:generate env LIFTOFF_FAULTS=1 go test -count=1 -run ^TestH7_ . -update
