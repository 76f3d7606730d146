package postgres

import (
	"context"
	_ "embed"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/take_turn.sql
var takeTurnSQL string

// maxLate is how late a request may be for its turn. One that is later, because this
// process did not run meanwhile, would be sent together with those after it.
const maxLate = 40 * time.Millisecond

// WaitForTurn waits until the next request may be sent to a source, so that all processes
// that call it with the same rate keep to it together, whichever of them come and go. Each
// request is as far from the next as the rate says. The wait ends with ctx. Errors are
// liftoff.Database or liftoff.Privilege. It survives a lost connection.
func (s *Store) WaitForTurn(ctx context.Context, source string, perSecond int) error {
	for {
		delay, err := s.takeTurn(ctx, source, perSecond)
		if err != nil {
			return s.failure("wait until the next request may be sent", err)
		}
		taken := time.Now() //nolint:forbidigo // only to see how late it is
		if err := liftoff.Sleep(ctx, delay); err != nil {
			return err
		}
		if time.Since(taken)-delay <= maxLate { //nolint:forbidigo // only to see how late it is
			return nil
		}
	}
}

// takeTurn takes the next turn and returns how far it is away.
func (s *Store) takeTurn(ctx context.Context, source string, perSecond int) (delay time.Duration, err error) {
	err = s.retry(ctx, maxTries, func() (err error) {
		delay, err = s.takeTurnOnce(ctx, source, perSecond)
		if errors.Is(err, pgx.ErrNoRows) { // nobody has read the source yet
			if _, err := s.pool.Exec(ctx, addSourceSQL, source); err != nil {
				return err
			}
			delay, err = s.takeTurnOnce(ctx, source, perSecond)
		}
		return err
	})
	return delay, err
}

func (s *Store) takeTurnOnce(ctx context.Context, source string, perSecond int) (delay time.Duration, err error) {
	var seconds float64
	batch := &pgx.Batch{}
	batch.Queue(lazyCommitSQL)
	batch.Queue(takeTurnSQL, source, 1/float64(perSecond)).QueryRow(func(row pgx.Row) error { return row.Scan(&seconds) })
	err = s.pool.SendBatch(ctx, batch).Close()
	return time.Duration(max(seconds, 0) * float64(time.Second)), err
}
