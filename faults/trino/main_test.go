// Package trino_test holds the faults of Trino as a user of the program meets
// them. The many ways in which Trino itself can fail are tested beside the
// client, in internal/trino.
package trino_test

import (
	"os"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
	"liftoff/internal/testkit/trinotest"
)

func TestMain(m *testing.M) {
	os.Exit(clitest.MainForFaults(func() int {
		return trinotest.Main(func() int { return pgtest.Main(m) })
	}))
}
