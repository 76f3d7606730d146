package postgres

import "context"

// vacuumSQL lets index-only scans answer launch_aggregates_view: rows that
// nobody has vacuumed yet have to be looked up in the table one by one.
// Autovacuum does the same, but not before the analytics run.
const vacuumSQL = "VACUUM (ANALYZE, SKIP_LOCKED) raw_launches, launch_revisions"

// Tidy makes many rows that were just stored cheap to read. A table of
// another role is left as it is.
func (s *Store) Tidy(ctx context.Context) error {
	if _, err := s.pool.Exec(ctx, vacuumSQL); err != nil {
		return s.failure("vacuum raw_launches", err)
	}
	return nil
}
