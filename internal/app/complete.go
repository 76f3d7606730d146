package app

import (
	"context"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"time"

	"liftoff/internal/embedded"
	"liftoff/internal/plain"
	"liftoff/internal/postgres"
)

// IDKind says what ids belong to.
type IDKind int

// The ids that a completion can offer.
const (
	LaunchIDs IDKind = iota
	RunIDs
	// RecordIDs are those of records in quarantine.
	RecordIDs
	// ScheduleNames are the names of schedules.
	ScheduleNames
)

// completionStatement bounds each statement of a completion on the server, which does
// not notice at once that nobody waits any more.
const completionStatement = time.Second

// maxCompleted is how many ids a completion offers.
const maxCompleted = 50

// Candidate is an id that a completion offers, and what it stands for.
type Candidate struct{ ID, Description string }

// plainID are ids that mean nothing special to any shell: the source chooses those of
// launches, and a shell puts them on the user's command line.
var plainID = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z_.-]*$`)

// CompleteIDs returns the newest ids that begin with a prefix. It looks only at a
// database that is there: it starts no server, makes nothing and logs nothing. The
// caller bounds its time by ctx.
func (a *App) CompleteIDs(ctx context.Context, kind IDKind, prefix string) ([]Candidate, error) {
	if prefix != "" && !plainID.MatchString(prefix) {
		return nil, nil
	}
	a.Logger = slog.New(slog.DiscardHandler)
	store, err := a.openRunningStore(ctx)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	found, err := candidates(ctx, store, kind, prefix)
	var quiet []Candidate
	for _, c := range found {
		if plainID.MatchString(c.ID) {
			quiet = append(quiet, Candidate{c.ID, plain.Visible(c.Description)})
		}
	}
	return quiet, err
}

// openRunningStore connects to the configured database, once and without waiting, but
// to the embedded one only if its server is running.
func (a *App) openRunningStore(ctx context.Context) (*postgres.Store, error) {
	var options postgres.Options
	if a.Config.UsesEmbedded() {
		connection, err := embedded.RunningConnection(a.embeddedOptions(a.Config.PostgresDB))
		if err != nil {
			return nil, err
		}
		options = a.optionsOf(connection)
	} else {
		db, err := a.locateDatabase(ctx)
		if err != nil {
			return nil, err
		}
		options = db.options
	}
	options.Wait, options.StatementTimeout = 0, completionStatement
	return postgres.Open(ctx, options)
}

func candidates(ctx context.Context, store *postgres.Store, kind IDKind, prefix string) (list []Candidate, err error) {
	switch kind {
	case RunIDs:
		runs, err := store.Runs(ctx, postgres.RunFilter{IDPrefix: prefix, Limit: maxCompleted})
		for _, run := range runs {
			list = append(list, Candidate{strconv.FormatInt(run.ID, 10), string(run.Status) + ", " + run.StartedAt.Format(time.DateTime) + " UTC"})
		}
		return list, err
	case RecordIDs:
		records, err := store.Quarantine(ctx, postgres.QuarantineFilter{IDPrefix: prefix, Limit: maxCompleted})
		for _, record := range records {
			list = append(list, Candidate{strconv.FormatInt(record.ID, 10), string(record.Reason)})
		}
		return list, err
	case ScheduleNames:
		schedules, _, err := store.Schedules(ctx)
		for _, s := range schedules {
			if strings.HasPrefix(s.Name, prefix) {
				list = append(list, Candidate{s.Name, string(s.Selection)})
			}
		}
		return list, err
	default:
		launches, err := store.Launches(ctx, postgres.LaunchFilter{IDPrefix: prefix, Limit: maxCompleted})
		for _, launch := range launches {
			list = append(list, Candidate{launch.ID, launch.Name})
		}
		return list, err
	}
}
