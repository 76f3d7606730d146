// Package e2e_test runs the built binary as a user would: against the replay
// with synthetic launches and with real captures, on an embedded and on an
// ordinary PostgreSQL. It asserts exit codes, what is printed and what is in
// the database.
package e2e_test

import (
	"os"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
	"liftoff/internal/testkit/trinotest"
)

func TestMain(m *testing.M) {
	os.Exit(clitest.Main(func() int {
		return trinotest.Main(func() int { return pgtest.Main(m) })
	}))
}
