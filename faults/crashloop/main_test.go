// Package crashloop_test kills ingestions at random moments, many times over,
// and compares the database with the source in the end. Run it with
//
//	make crashloop N=200 [SEED=1]
package crashloop_test

import (
	"os"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

func TestMain(m *testing.M) {
	os.Exit(clitest.MainForFaults(func() int { return pgtest.Main(m) }))
}
