package postgres

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"fmt"
	"iter"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/list_quarantine.sql
var listQuarantineSQL string

//go:embed queries/quarantined_records.sql
var quarantinedRecordsSQL string

//go:embed queries/newer_launches.sql
var newerLaunchesSQL string

//go:embed queries/note_retries.sql
var noteRetriesSQL string

const (
	// maxQuarantinedBytes is how much of a record is kept. A launch has about
	// 3 KB, so an odd launch is kept whole.
	maxQuarantinedBytes = 1 << 20
	// quarantinePage is how many records are read at once, with their bodies.
	quarantinePage = 16
)

// QuarantineFilter says which records of the quarantine to list.
type QuarantineFilter struct {
	// Reason is empty for any.
	Reason liftoff.RejectReason
	// RunID is the run that brought them first; 0 for any.
	RunID int64
	// IDPrefix is what the number begins with; empty for any.
	IDPrefix string
	// BeforeID leaves out the records with this number or a larger one; 0 leaves out none.
	BeforeID int64
	// Limit is how many at most.
	Limit int
	// WithResolved also lists records that were stored by a retry.
	WithResolved bool
}

// Quarantine lists records in quarantine, the newest first, without their
// bodies.
func (s *Store) Quarantine(ctx context.Context, filter QuarantineFilter) ([]liftoff.QuarantinedRecord, error) {
	return s.quarantined(ctx, listQuarantineSQL, string(filter.Reason), filter.RunID, int64(filter.Limit), filter.WithResolved, filter.IDPrefix, filter.BeforeID)
}

// QuarantinedRecord returns one record, resolved or not. If there is no record
// with this number, it returns a liftoff.Usage error with liftoff.ErrNotFound in its chain.
func (s *Store) QuarantinedRecord(ctx context.Context, id int64) (liftoff.QuarantinedRecord, error) {
	records, err := s.quarantined(ctx, quarantinedRecordsSQL, id-1, []int64{id}, 1, true)
	if err != nil {
		return liftoff.QuarantinedRecord{}, err
	}
	if len(records) == 0 {
		return liftoff.QuarantinedRecord{}, liftoff.NewError(liftoff.Usage,
			notFound{fmt.Errorf("there is no record %d in quarantine in PostgreSQL at %s", id, s.target)}, "`liftoff quarantine list` shows all records")
	}
	return records[0], nil
}

// QuarantinedRecords yields the records that are in quarantine now, the oldest
// first and with their bodies: all of them, or those in a list of ids. It reads a
// few at a time and stops after the first error.
func (s *Store) QuarantinedRecords(ctx context.Context, ids []int64) iter.Seq2[liftoff.QuarantinedRecord, error] {
	return func(yield func(liftoff.QuarantinedRecord, error) bool) {
		for after := int64(0); ; {
			records, err := s.quarantined(ctx, quarantinedRecordsSQL, after, ids, quarantinePage, false)
			if err != nil {
				yield(liftoff.QuarantinedRecord{}, err)
				return
			}
			for _, record := range records {
				if !yield(record, nil) {
					return
				}
				after = record.ID
			}
			if len(records) < quarantinePage {
				return
			}
		}
	}
}

func (s *Store) quarantined(ctx context.Context, sql string, arguments ...any) ([]liftoff.QuarantinedRecord, error) {
	records, err := collect(ctx, s, ask(sql, arguments...), scanQuarantined)
	if err != nil {
		return nil, s.failure("read the quarantine", err)
	}
	return records, nil
}

// scanQuarantined reads one row of list_quarantine.sql or quarantined_records.sql.
func scanQuarantined(row pgx.CollectableRow) (liftoff.QuarantinedRecord, error) {
	var (
		record   liftoff.QuarantinedRecord
		resolved *time.Time
	)
	err := row.Scan(
		&record.ID, &record.RunID, &record.Source, &record.FirstSeenAt, &record.URL, &record.Reason, &record.Detail,
		&record.Length, &record.SHA256, &record.IsTruncated, &record.Retries, &resolved, &record.ResolvedRunID,
		&record.LaunchID, &record.LastSeenAt, &record.IsSuperseded, &record.Body,
	)
	record.ResolvedAt = orZero(resolved)
	return record, err
}

// SeenLaunch is a launch as it was seen at a moment.
type SeenLaunch struct {
	ID     string
	SeenAt time.Time
}

// Newer returns the positions of the launches that are stored in a newer state.
func (s *Store) Newer(ctx context.Context, launches []SeenLaunch) ([]int, error) {
	ids, moments := make([]string, len(launches)), make([]string, len(launches))
	for i, launch := range launches {
		ids[i], moments[i] = launch.ID, timestamp(launch.SeenAt)
	}
	positions, err := collect(ctx, s, ask(newerLaunchesSQL, ids, moments), func(row pgx.CollectableRow) (int, error) {
		var position int
		err := row.Scan(&position)
		return position - 1, err
	})
	if err != nil {
		return nil, s.failure("look for newer launches", err)
	}
	return positions, nil
}

// Retries is what became of records that were retried.
type Retries struct {
	// Tried are the numbers of all these records, and LaunchIDs has for each the id of
	// its launch, "" if it cannot be told. Resolved are those that need no retry now.
	Tried     []int64
	LaunchIDs []string
	Resolved  []int64
	// RunID is the run that stored them; 0 when none did.
	RunID int64
	At    time.Time
}

// NoteRetries notes what became of records that were retried. Call it after they
// are stored: if it fails, they stay in quarantine, and the next retry finds that
// they are stored. Repeating it counts the retry twice and does no other harm.
func (s *Store) NoteRetries(ctx context.Context, retries Retries) error {
	resolved := retries.Resolved
	if resolved == nil {
		resolved = []int64{}
	}
	err := s.retry(ctx, maxTries, func() error {
		_, err := s.pool.Exec(ctx, noteRetriesSQL, retries.Tried, resolved, timestamp(retries.At), retries.RunID, retries.LaunchIDs)
		return err
	})
	if err != nil {
		return s.failure("note which records have left the quarantine", err)
	}
	return nil
}

// rejectedColumns are rejected records as columns, for unnest.
type rejectedColumns struct {
	urls, reasons, details, launchIDs []string
	bodies, sums                      [][]byte
	// keptSums are the hashes of the bodies, which may be cut.
	keptSums [][]byte
	lengths  []int64
}

func columnsOf(records []liftoff.RejectedRecord) rejectedColumns {
	var c rejectedColumns
	for _, record := range records {
		c.urls = append(c.urls, storableText(record.URL))
		c.reasons = append(c.reasons, string(record.Reason))
		c.details = append(c.details, storableText(record.Detail))
		c.launchIDs = append(c.launchIDs, storableText(record.LaunchID))
		sum := sha256.Sum256(record.Body)
		c.sums = append(c.sums, sum[:])
		c.lengths = append(c.lengths, int64(len(record.Body)))
		kept := record.Body[:min(len(record.Body), maxQuarantinedBytes)]
		if kept == nil {
			kept = []byte{} // nil would be NULL
		}
		c.bodies = append(c.bodies, kept)
		keptSum := sha256.Sum256(kept)
		c.keptSums = append(c.keptSums, keptSum[:])
	}
	return c
}
