package postgres

import (
	"cmp"
	"context"
	_ "embed"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/compare_payloads.sql
var comparePayloadsSQL string

// storePayloads stores payloads in a transaction; each has another id. It returns what
// storeAll does, and the counts of the rows that the transaction has written. The error
// is errNotPlain, or one of the server that isConflict knows, if all have to be staged.
func (u *upsert) storePayloads(ctx context.Context, tx pgx.Tx, payloads []liftoff.Reference) (written []bool, own ownWrites, err error) {
	before, err := sessionWrites(ctx, tx)
	if err != nil {
		return nil, ownWrites{}, err
	}
	if areDecoded(payloads) && !u.stagesAll {
		written, err = u.storeChanged(ctx, tx, payloads)
	} else {
		written, err = u.merge(ctx, tx, payloads)
	}
	if err != nil || len(written) == 0 {
		return nil, ownWrites{}, err
	}
	own, err = notePayloads(ctx, tx, before)
	return written, own, err
}

// storeChanged leaves payloads alone that are stored and would look the same. The
// others it copies straight into the table if none of them is stored; else it stages
// them. The results are those of storePayloads.
func (u *upsert) storeChanged(ctx context.Context, tx pgx.Tx, payloads []liftoff.Reference) (written []bool, err error) {
	payloads, areNew, err := comparePayloads(ctx, tx, payloads)
	switch {
	case err != nil || len(payloads) == 0:
		return nil, err
	case !areNew:
		return u.merge(ctx, tx, payloads)
	}
	if err := u.copyInto(ctx, tx, "raw_payloads", payloads); err != nil {
		return nil, err
	}
	var mayDiffer bool
	if err := tx.QueryRow(ctx, mayInterveneSQL, []string{"raw_payloads"}).Scan(&mayDiffer); err != nil {
		return nil, err
	}
	if mayDiffer {
		return nil, errNotPlain
	}
	return slices.Repeat([]bool{true}, len(payloads)), nil
}

// areDecoded reports whether there are payloads, and the columns of all are known.
func areDecoded(payloads []liftoff.Reference) bool {
	isUnknown := func(payload liftoff.Reference) bool { return payload.Payload == nil }
	return len(payloads) > 0 && !slices.ContainsFunc(payloads, isUnknown)
}

// comparePayloads returns the payloads that are not stored or would look different, in
// the order of their ids, and whether none of them is stored.
func comparePayloads(ctx context.Context, tx pgx.Tx, payloads []liftoff.Reference) (changed []liftoff.Reference, areNew bool, err error) {
	// The same order in every process, so that two never deadlock.
	slices.SortFunc(payloads, func(a, b liftoff.Reference) int { return cmp.Compare(a.ID, b.ID) })
	column := func(text func(payload liftoff.Reference) *string) string {
		return textArrayOf(len(payloads), func(i int) *string { return text(payloads[i]) })
	}
	batch := &pgx.Batch{}
	areNew = true
	batch.Queue(useIndexesSQL)
	batch.Queue(comparePayloadsSQL,
		column(func(p liftoff.Reference) *string { return &p.ID }),
		column(func(p liftoff.Reference) *string { return p.Payload.Name }),
		column(func(p liftoff.Reference) *string { return p.Payload.Type }),
		column(func(p liftoff.Reference) *string { return p.Payload.Orbit }),
		column(func(p liftoff.Reference) *string { return p.Payload.Regime }),
		column(massText),
	).Query(func(rows pgx.Rows) error {
		var position int
		var isKnown bool
		_, err := pgx.ForEachRow(rows, []any{&position, &isKnown}, func() error {
			changed, areNew = append(changed, payloads[position-1]), areNew && !isKnown
			return nil
		})
		return err
	})
	return changed, areNew, tx.SendBatch(ctx, batch).Close()
}

// massText returns the mass of a payload, in kg; nil if it is not known.
func massText(payload liftoff.Reference) *string {
	if payload.Payload.MassKg == nil {
		return nil
	}
	text := strconv.FormatFloat(*payload.Payload.MassKg, 'g', -1, 64)
	return &text
}
