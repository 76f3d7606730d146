//go:build race

package replay_test

// raceSlowdown is by how much the race detector makes the long tests shorter.
const raceSlowdown = 10
