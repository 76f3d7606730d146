// Package crashloop_test kills ingestions at random moments, many times over,
// and compares the database with the source in the end. Run it with
//
//	make crashloop N=200 [SEED=1]
package crashloop_test

import (
	"os"
	"strconv"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

func TestMain(m *testing.M) {
	os.Exit(clitest.MainForFaults(func() int { return pgtest.Main(m) }))
}

// numberFrom reads a number from the environment.
func numberFrom(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	number, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return number
}
