// Package records_test feeds damaged records to the built program: each costs
// itself and nothing else.
package records_test

import (
	"os"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

func TestMain(m *testing.M) {
	os.Exit(clitest.MainForFaults(func() int { return pgtest.Main(m) }))
}
