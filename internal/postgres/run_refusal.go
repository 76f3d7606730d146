package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"liftoff"
)

// refusal is an error with which the server refused a launch or reference for its
// data, so that the others of its batch can be stored.
type refusal struct{ error }

func (e refusal) Unwrap() error { return e.error }

// asRefusal returns an error as a refusal if it speaks of one row's data.
func asRefusal(err error) error {
	if cause, ok := errors.AsType[*pgconn.PgError](err); ok && isAboutRow(cause) {
		return refusal{err}
	}
	return err
}

// isRefusal reports whether the server refused a launch for its data.
func isRefusal(err error) bool {
	_, is := errors.AsType[refusal](err)
	return is
}

// isAboutRow reports whether an error of a statement that writes launches or
// references speaks of one row's data, so that the statement may succeed without
// this row. docs/quarantine.md lists them.
func isAboutRow(err *pgconn.PgError) bool {
	switch class := err.Code[:min(2, len(err.Code))]; class {
	case dataException, programLimitExceeded, plpgsqlError, cardinalityViolation, caseNotFound, externalRoutineException:
		return true
	case integrityViolation:
		// Without its run's row in the ledger no revision can be stored, and a
		// number of a revision can be taken only by another program.
		isOurs := err.TableName == "launch_revisions" && (err.Code == foreignKeyViolation || err.Code == uniqueViolation)
		return !isOurs
	default:
		// The standard leaves these to implementations. PostgreSQL has only XX,
		// so that another one comes from RAISE in a trigger.
		return len(class) == 2 && class[0] >= 'I' && class != internalErrorClass
	}
}

// maxProbes bounds how often a batch is looked through for launches that the
// server refuses. Once is enough unless constraints change meanwhile.
const maxProbes = 3

// storeTolerated writes the changes in one transaction. If the server refuses
// launches for their data, they go into quarantine, as far as that is tolerated.
func (r *Run) storeTolerated(ctx context.Context, name string, c batchChanges, tolerates func([]liftoff.RejectedRecord) error) (result liftoff.BatchResult, err error) {
	for probes := 0; ; probes++ {
		err = r.attempt(ctx, name, func(ctx context.Context, conn *pgx.Conn) (err error) {
			result, err = r.write(ctx, conn, c)
			return err
		})
		if c.areNew && isConflict(err) {
			// So it will be with the next batches.
			c.areNew = false
			r.stagesAll.Store(true)
			continue
		}
		if !isRefusal(err) || probes == maxProbes {
			return result, err
		}
		var p *probe
		err = r.attempt(ctx, name+": look for what PostgreSQL refuses", func(ctx context.Context, conn *pgx.Conn) error {
			p = &probe{run: r, changes: c, refused: slices.Clone(c.refused), tolerates: tolerates}
			return p.find(ctx, conn)
		})
		if err != nil {
			return liftoff.BatchResult{}, err
		}
		c = p.without()
	}
}

// probe finds the launches of a batch that the server refuses, in a transaction
// that is rolled back.
type probe struct {
	run     *Run
	tx      pgx.Tx
	changes batchChanges
	// isRefused are the positions of the launches that were refused.
	isRefused map[int]bool
	refused   []liftoff.RejectedRecord
	tolerates func([]liftoff.RejectedRecord) error
}

func (p *probe) find(ctx context.Context, conn *pgx.Conn) (err error) {
	p.isRefused = map[int]bool{}
	if p.tx, err = conn.BeginTx(ctx, pgx.TxOptions{BeginQuery: p.run.store.timeouts.begin(p.run.options.Lease)}); err != nil {
		return err
	}
	defer rollback(ctx, p.tx)
	m := merge{run: p.run, tx: p.tx, sourceID: p.run.sourceID}
	if err := m.findSource(ctx); err != nil {
		return err
	}
	if err := p.try(ctx, m.sourceID, 0, 0); err != nil {
		return refusesAll(err)
	}
	return p.search(ctx, m.sourceID, 0, len(p.changes.staged))
}

// refusesAll returns the error of a batch of nothing. If it looks like a refusal,
// it speaks of no row: an event trigger has refused the temporary table, or a
// trigger FOR EACH STATEMENT the statement.
func refusesAll(err error) error {
	if !isRefusal(err) {
		return err
	}
	return liftoff.NewError(liftoff.Database, fmt.Errorf("PostgreSQL refuses even a batch of nothing: %w", shortened{err}),
		"look for an event trigger, or a trigger FOR EACH STATEMENT, that raises this; nothing of this batch was stored")
}

// search looks for refused launches among those from one position up to another:
// it merges them, or if that fails each half on its own.
func (p *probe) search(ctx context.Context, sourceID int16, from, to int) error {
	err := p.try(ctx, sourceID, from, to)
	switch {
	case !isRefusal(err):
		return err
	case to-from == 1:
		return p.refuse(from, err)
	}
	middle := from + (to-from)/2
	if err := p.search(ctx, sourceID, from, middle); err != nil {
		return err
	}
	return p.search(ctx, sourceID, middle, to)
}

// try merges some launches. If that fails, nothing of it is left.
func (p *probe) try(ctx context.Context, sourceID int16, from, to int) error {
	savepoint, err := p.tx.Begin(ctx)
	if err != nil {
		return err
	}
	m := merge{run: p.run, tx: savepoint, sourceID: sourceID}
	some := batchChanges{staged: p.changes.staged[from:to], sums: p.changes.sums[from:to]}
	if err := m.mergeStaged(ctx, some); err != nil {
		rollback(ctx, savepoint)
		return err
	}
	if _, err := savepoint.Exec(ctx, "DELETE FROM staged_launches"); err != nil {
		return err
	}
	return savepoint.Commit(ctx)
}

// refuse notes that the server refused a launch.
func (p *probe) refuse(position int, cause error) error {
	launch := p.changes.staged[position]
	p.isRefused[position] = true
	p.refused = append(p.refused, liftoff.RejectedRecord{
		Reason: liftoff.RefusedByDatabase, Detail: reason(cause), LaunchID: launch.ID, URL: p.run.options.Source, Body: launch.Raw,
	})
	if p.tolerates == nil {
		return nil
	}
	return p.tolerates(p.refused)
}

// without returns the changes with the refused launches among the rejected ones.
func (p *probe) without() batchChanges {
	c := p.changes
	c.rejected = slices.Clone(c.rejected)
	c.rejected = append(c.rejected, p.refused[len(c.refused):]...)
	c.received = slices.DeleteFunc(slices.Clone(c.received), func(id string) bool {
		return slices.ContainsFunc(p.refused, func(refused liftoff.RejectedRecord) bool { return refused.LaunchID == id })
	})
	c.refused, c.staged, c.sums = p.refused, nil, nil
	for i, launch := range p.changes.staged {
		if !p.isRefused[i] {
			c.staged, c.sums = append(c.staged, launch), append(c.sums, p.changes.sums[i])
		}
	}
	return c
}
