package postgres

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/lost_launches.sql
var lostLaunchesSQL string

//go:embed queries/changed_launches.sql
var changedLaunchesSQL string

// maxCountedLost bounds how many launches CheckLaunches counts.
const maxCountedLost = 1000

// LostIDs returns the ids, in ascending order and up to a limit, of launches of
// the source with this base URL whose newest known state is not the newest stored
// one, because somebody has deleted its row or added another. The source still has
// them.
func (s *Store) LostIDs(ctx context.Context, url string, limit int) ([]string, error) {
	ids, err := collect(ctx, s, ask(lostLaunchesSQL, url, limit), pgx.RowTo[string])
	if err != nil {
		return nil, s.failure("look for launches whose rows were deleted or added by hand", err)
	}
	return ids, nil
}

// CheckLaunches returns a liftoff.Guard error that names launches of any source,
// other than missing ones, whose newest known state is not the newest stored one. It
// reads indexes only.
func (s *Store) CheckLaunches(ctx context.Context) error {
	ids, err := s.LostIDs(ctx, "", maxCountedLost)
	if err != nil || len(ids) == 0 {
		return err
	}
	number := liftoff.Count(int64(len(ids)), "launch", "launches")
	if len(ids) == maxCountedLost {
		number = fmt.Sprintf("at least %d launches", maxCountedLost)
	}
	return liftoff.NewError(liftoff.Guard,
		fmt.Errorf("the newest state of %s is not as a run stored it, because rows of raw_launches or launch_revisions were deleted or added by hand: %s", number, describeIDs(ids)),
		"run `liftoff ingest --all`, which stores what the API has of them")
}

// CheckContents reads every document and returns a liftoff.Guard error that names
// launches with one that is not what was stored.
func (s *Store) CheckContents(ctx context.Context) error {
	var total int64
	var ids []string
	if err := s.pool.QueryRow(ctx, changedLaunchesSQL, maxNamedRecords).Scan(&total, &ids); err != nil {
		return s.failure("compare all documents with their hashes", err)
	}
	if total == 0 {
		return nil
	}
	return liftoff.NewError(liftoff.Guard,
		fmt.Errorf("the stored documents of %s were changed by hand: %s",
			liftoff.Count(total, "launch", "launches"), describeSome(ids, total)),
		"restore these rows of raw_launches and launch_revisions from a backup; or delete them, and `liftoff ingest --all` stores what the API has now")
}
