package postgres

import (
	"context"
	_ "embed"

	"github.com/jackc/pgx/v5"
)

//go:embed queries/index_typed_launches.sql
var indexTypedLaunchesSQL string

//go:embed queries/name_index.sql
var nameIndexSQL string

// IndexLaunches makes the indexes of the view launches that are missing, if there are
// 10,000 launches or more and the role owns the table: with fewer, reading all is
// as fast. Until it returns, no other process stores launches. It is safe to repeat.
func (s *Store) IndexLaunches(ctx context.Context) error {
	err := s.retry(ctx, maxTries, func() error {
		batch := &pgx.Batch{}
		batch.Queue(setLockTimeoutSQL, s.timeouts.lockMilliseconds())
		batch.Queue(viewTurnSQL, int64(viewLock))
		batch.Queue(indexTypedLaunchesSQL)
		return s.pool.SendBatch(ctx, batch).Close()
	})
	if err != nil {
		return s.failure("make the indexes of typed_launches", err)
	}
	return nil
}

// NameSearch is how launches are found by their names.
type NameSearch string

// The ways to find launches by their names.
const (
	// ByReading reads all launches: there are few, or the owner of the tables has not
	// made the indexes.
	ByReading NameSearch = ""
	// ByPart uses an index of three letters each.
	ByPart NameSearch = "gin"
	// ByBeginning uses an index of beginnings; pg_trgm could not be had.
	ByBeginning NameSearch = "btree"
)

// NameSearch returns how launches are found by their names.
func (s *Store) NameSearch(ctx context.Context) (found NameSearch, err error) {
	err = s.retry(ctx, maxTries, func() error { return s.pool.QueryRow(ctx, nameIndexSQL).Scan(&found) })
	if err != nil {
		return "", s.failure("look for the index of names", err)
	}
	return found, nil
}
