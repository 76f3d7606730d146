package main

import (
	"context"

	"github.com/spf13/cobra"

	"liftoff/internal/app"
	"liftoff/internal/config"
)

func newReplayCommand(p *process) *cobra.Command {
	var check bool
	cmd := p.command(&cobra.Command{
		Use:     "replay",
		Short:   "Serve a SpaceX-v4-compatible API on this machine",
		GroupID: groupRun,
		Long: `Serves launches, payloads, rockets and launchpads as the API does: synthetic
ones, which are the same for the same seed, count and revision, or those of a
folder of captured answers. --fault KIND[=VALUE][@WHICH] simulates a fault: for
all requests, or @3 the third, @-3 the first three, @3- the third and later
ones, @2-5 the second to the fifth, @/3 every third one (HEAD requests do not
count). If several faults match a request, the first applies.

` + app.FaultKinds(),
		Example: `  liftoff replay
  liftoff replay --count 1000000 --listen 127.0.0.1:9000
  liftoff replay --data ./captures
  liftoff replay --revision 2                          the launches, changed
  liftoff replay --latency 100ms --compress=false      to measure clients
  liftoff replay --damage missing-id@205               one of 205 has no id
  liftoff replay --fault status=503@-2 --fault hang@5  to test clients
  liftoff replay --check                               for health checks`,
	}, func(ctx context.Context, a *app.App, _ []string) error {
		if check {
			return a.CheckReplay(ctx)
		}
		return a.Replay(ctx)
	}, config.GroupReplay, config.GroupSynthetic)
	cmd.Flags().BoolVar(&check, "check", false, "do not serve; check whether a replay answers at the address")
	return cmd
}
