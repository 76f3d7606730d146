//go:build !systemzones

package main

// The program brings time zones for containers that have none. An image that has
// them is built with the tag systemzones.
import _ "time/tzdata"
