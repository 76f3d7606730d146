package pipeline

import (
	"strings"

	"liftoff"
)

// Contract says what becomes of a launch of another shape than the API
// documents; the set is closed.
type Contract string

// The contracts.
const (
	// ContractStore stores it whole, and the run says so at the end.
	ContractStore Contract = "store"
	// ContractQuarantine puts it into quarantine.
	ContractQuarantine Contract = "quarantine"
	// ContractFreeze ends the run before anything of its page is written.
	ContractFreeze Contract = "freeze"
)

// quarantineDrifted returns the page with those of its launches rejected that
// drift; url is where the page came from.
func quarantineDrifted(page liftoff.Page, url string) liftoff.Page {
	var kept []liftoff.Launch
	for _, launch := range page.Launches {
		if len(launch.Drift) == 0 {
			kept = append(kept, launch)
			continue
		}
		page.Rejected = append(page.Rejected, liftoff.RejectedRecord{
			Reason: liftoff.OffContract, LaunchID: launch.ID, Detail: "the launch's " + strings.Join(launch.Drift, ", "), URL: url, Body: launch.Raw,
		})
	}
	page.Launches = kept
	return page
}
