package postgres

import (
	"context"
	_ "embed"

	"github.com/jackc/pgx/v5"
)

//go:embed queries/count_launches.sql
var countLaunchesSQL string

//go:embed queries/other_programs.sql
var otherProgramsSQL string

// CountLaunches returns how many launches are stored, and false for a database
// without the program's tables.
func (s *Store) CountLaunches(ctx context.Context) (count int64, hasTables bool, err error) {
	err = s.pool.QueryRow(ctx, countLaunchesSQL).Scan(&count)
	if sqlState(err) == undefinedTable {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, s.failure("count the launches", err)
	}
	return count, true, nil
}

// OtherPrograms returns the names of the programs that are logged in to the server
// besides this one, each once, as they call themselves.
func (s *Store) OtherPrograms(ctx context.Context) ([]string, error) {
	names, err := pgx.CollectRows(s.query(ctx, otherProgramsSQL, s.connections.pids()), pgx.RowTo[string])
	if err != nil {
		return nil, s.failure("list the programs that are logged in", err)
	}
	return names, nil
}
