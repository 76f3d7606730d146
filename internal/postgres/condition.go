package postgres

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"

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
// launches with a row that is not as it was stored, as far as its hash tells, or that
// no run has stored.
func (s *Store) CheckContents(ctx context.Context) error {
	var changed, added int64
	var changedIDs, addedIDs []string
	if err := s.pool.QueryRow(ctx, changedLaunchesSQL, maxNamedRecords).Scan(&changed, &changedIDs, &added, &addedIDs); err != nil {
		return s.failure("compare all launches with their hashes", err)
	}
	var texts []string
	var hint string
	if added > 0 {
		texts = append(texts, fmt.Sprintf("rows of %s were stored by no run: %s", liftoff.Count(added, "launch", "launches"), describeSome(addedIDs, added)))
		hint = "run `liftoff ingest --all`, then ask again, and delete the rows that are still named"
	}
	if changed > 0 {
		texts = append(texts, fmt.Sprintf("rows of %s were changed by hand: %s", liftoff.Count(changed, "launch", "launches"), describeSome(changedIDs, changed)))
		hint = "restore these rows of raw_launches and launch_revisions from a backup; or delete them, and `liftoff ingest --all` stores what the API has now"
	}
	if len(texts) == 0 {
		return nil
	}
	return liftoff.NewError(liftoff.Guard, errors.New(strings.Join(texts, "; ")), hint)
}
