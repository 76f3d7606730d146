//go:build !systemzones

package main

// A container without the system's time zones has them too; an image that
// brings them is built with the tag systemzones.
import _ "time/tzdata"
