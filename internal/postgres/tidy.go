package postgres

import "context"

// vacuumSQL makes index-only scans possible for launch_aggregates_view: rows that
// were not vacuumed yet are looked up in the table one by one. Autovacuum does
// the same, but later than the analytics run.
const vacuumSQL = "VACUUM (ANALYZE, SKIP_LOCKED) raw_launches, launch_revisions"

// Tidy makes many rows that were just stored cheap to read. It leaves the tables
// of another role unchanged.
func (s *Store) Tidy(ctx context.Context) error {
	err := s.retry(ctx, maxTries, func() error {
		_, err := s.pool.Exec(ctx, vacuumSQL)
		return err
	})
	if err != nil {
		return s.failure("vacuum raw_launches", err)
	}
	return nil
}
