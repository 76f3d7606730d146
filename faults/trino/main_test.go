// Package trino_test holds the faults of Trino as a user of the program meets
// them. The many ways in which Trino itself can fail are tested beside the
// client, in internal/trino.
package trino_test

import (
	"os"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

func TestMain(m *testing.M) {
	os.Exit(clitest.MainForFaults(func() int { return pgtest.Main(m) }))
}
