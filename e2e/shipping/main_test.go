// Package shipping_test ships the telemetry of real runs to real receivers, an
// OpenTelemetry Collector and VictoriaLogs, and reads there what has arrived. It runs the
// recipes of deploy/opentelemetry, too. The receivers are modules of their own in the
// folders below; tools/shipping-tools.sh builds them.
package shipping_test

import (
	"fmt"
	"os"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

func TestMain(m *testing.M) {
	// The rows of the fault catalogue need no real receiver.
	if os.Getenv("LIFTOFF_SHIPPING") == "" && os.Getenv("LIFTOFF_FAULTS") == "" {
		fmt.Fprintln(os.Stderr, "not run: these tests are run by `make test-shipping`, or with LIFTOFF_SHIPPING=1")
		return
	}
	os.Exit(clitest.Main(func() int { return pgtest.Main(m) }))
}
