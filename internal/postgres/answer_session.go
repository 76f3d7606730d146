package postgres

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"liftoff"
	"liftoff/internal/analytics"
)

// errEndedEarly is for answers that stop without a reason.
var errEndedEarly = errors.New("the server ended its answer early")

const beginAnsweringSQL = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

// settings are for the transaction of analytics queries. The planner overrates
// queries over views and would compile them (jit), which can take longer than they
// do. The others make the text of a value the same for every role.
func (w *answerWork) settings() []string {
	return []string{
		"SET LOCAL TIME ZONE 'UTC'",
		"SET LOCAL statement_timeout = " + strconv.FormatInt(w.limits.statement.Milliseconds(), 10),
		"SET LOCAL jit = off",
		"SET LOCAL datestyle = 'ISO'",
		"SET LOCAL extra_float_digits = 1",
	}
}

// importSnapshot makes a transaction see what the one with this snapshot sees. The
// statement takes no parameter.
func importSnapshot(snapshot string) string {
	return "SET TRANSACTION SNAPSHOT '" + strings.ReplaceAll(snapshot, "'", "''") + "'"
}

// answerSession is one connection that answers queries in one transaction. It
// sends statements ahead of the answers. Nothing is prepared beforehand: that would
// cost another round trip, and a statement that runs once in a process gains
// nothing from it.
type answerSession struct {
	work     *answerWork
	pipeline *pgconn.Pipeline
	types    *pgtype.Map
	// ahead is how many queries may be sent before an answer is read.
	ahead int
	// sent are the places of the queries whose answers are not read yet.
	sent    []int
	isEnded bool
}

// on lets do work with a session on a connection. After an error there is no
// COMMIT, and the pool closes a connection that comes back inside a transaction:
// nothing is left behind.
func (w *answerWork) on(ctx context.Context, conn *pgx.Conn, do func(*answerSession) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	// Or the driver would take memory for a row of any size before it is read.
	conn.PgConn().Frontend().SetMaxBodyLen(w.limits.bytes)
	defer conn.PgConn().Frontend().SetMaxBodyLen(0)
	session := &answerSession{work: w, pipeline: conn.PgConn().StartPipeline(ctx), types: conn.TypeMap(), ahead: aheadWhenShared}
	err := do(session)
	if liftoff.CategoryOf(err) == liftoff.QueryEngine {
		stop() // or Close would read the rest of an answer that is too long
	}
	closeErr := session.pipeline.Close()
	if err == nil && session.isEnded && closeErr != nil {
		err = fmt.Errorf("end the analytics transaction: %w", shortened{closeErr})
	}
	return err
}

// send puts statements that return no rows into the connection's buffer.
func (a *answerSession) send(statements ...string) {
	for _, statement := range statements {
		a.sendWith(statement)
	}
}

// sendWith puts a statement with arguments into the connection's buffer. It ends
// with a Sync: until then, poolers may keep the answer.
func (a *answerSession) sendWith(statement string, arguments ...string) {
	var values [][]byte
	for _, argument := range arguments {
		values = append(values, []byte(argument))
	}
	a.pipeline.SendQueryParams(statement, values, nil, nil, []int16{pgx.BinaryFormatCode})
	a.pipeline.SendPipelineSync()
}

// sendQuery puts a query into the connection's buffer. The answer to one of the
// user's comes as text, which every type has.
func (a *answerSession) sendQuery(query analytics.Query) {
	format := int16(pgx.BinaryFormatCode)
	if query.IsOwn() {
		format = pgx.TextFormatCode
	}
	a.pipeline.SendQueryParams(query.SQL, nil, nil, nil, []int16{format})
	a.pipeline.SendPipelineSync()
}

// sendAhead takes as many queries as may be sent now and sends all that is in the
// buffer; the COMMIT follows the last query.
func (a *answerSession) sendAhead() error {
	for !a.isEnded && len(a.sent) < a.ahead {
		place, ok := a.work.take()
		if ok {
			a.sendQuery(a.work.queries[place])
			a.sent = append(a.sent, place)
		} else {
			a.send("COMMIT")
			a.isEnded = true
		}
	}
	if err := a.pipeline.Flush(); err != nil {
		return fmt.Errorf("send the analytics queries: %w", shortened{err})
	}
	return nil
}

// readOpening reads the results of the statements that begin the transaction.
func (a *answerSession) readOpening(count int) error {
	for range count {
		if err := a.skip(); err != nil {
			return fmt.Errorf("begin the analytics transaction: %w", shortened{err})
		}
	}
	return nil
}

// shareOrTakeAll reads the answer to share_snapshot.sql. It hands the snapshot to
// share; without one this session takes all queries at once.
func (a *answerSession) shareOrTakeAll(share func(snapshot string)) error {
	snapshot, err := a.readText()
	switch {
	case err != nil:
		return notShared{fmt.Errorf("share the snapshot of the analytics transaction: %w", shortened{err})}
	case snapshot == "":
		a.ahead = math.MaxInt
	default:
		share(snapshot)
	}
	return nil
}

// answerAll answers queries until none is left, and ends the transaction.
func (a *answerSession) answerAll(ctx context.Context) error {
	for {
		if err := a.sendAhead(); err != nil {
			return err
		}
		if len(a.sent) == 0 {
			break
		}
		place := a.sent[0]
		a.sent = a.sent[1:]
		query := a.work.queries[place]
		answer, err := a.readTraced(ctx, query)
		if err != nil {
			return failedQuery{query, err}
		}
		a.work.answers[place] = answer
	}
	if err := a.skip(); err != nil {
		return fmt.Errorf("end the analytics transaction: %w", shortened{err})
	}
	return nil
}
