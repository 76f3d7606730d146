package postgres

import (
	"context"
	_ "embed"
	"time"

	"github.com/jackc/pgx/v5"
)

//go:embed queries/server.sql
var serverSQL string

// Server is what the doctor wants to know of a PostgreSQL server.
type Server struct {
	Version  string
	Encoding string
	// Now is the server's clock.
	Now time.Time
}

// Server asks the server about itself.
func (s *Store) Server(ctx context.Context) (Server, error) {
	rows, err := s.pool.Query(ctx, serverSQL)
	if err != nil {
		return Server{}, s.failure("ask PostgreSQL about itself", err)
	}
	server, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Server])
	if err != nil {
		return Server{}, s.failure("ask PostgreSQL about itself", err)
	}
	return server, nil
}
