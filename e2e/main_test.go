// Package e2e_test runs the built binary as a user would: against the replay
// with synthetic launches and with real captures, on an embedded and on an
// ordinary PostgreSQL. It asserts exit codes, what is printed and what is in
// the database.
package e2e_test

import (
	"os"
	"testing"

	"liftoff/internal/clitest"
	"liftoff/internal/pgtest"
	"liftoff/internal/trinotest"
)

func TestMain(m *testing.M) {
	os.Exit(clitest.Main(func() int {
		return trinotest.Main(func() int { return pgtest.Main(m) })
	}))
}
