package postgres

import (
	"context"
	"crypto/tls"
	_ "embed"
	"net"
	"strings"
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

// Transport says how what goes to and from the server is protected on its way.
type Transport struct {
	IsEncrypted bool
	// IsVerified says that the server has proved its name by a certificate.
	IsVerified bool
	// IsLocal says that the way does not leave this machine.
	IsLocal bool
}

// Transport looks at a connection to the server.
func (s *Store) Transport(ctx context.Context) (Transport, error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return Transport{}, s.failure("look how PostgreSQL is reached", err)
	}
	defer conn.Release()
	cfg := conn.Conn().Config()
	_, isEncrypted := conn.Conn().PgConn().Conn().(*tls.Conn)
	address := net.ParseIP(cfg.Host)
	return Transport{
		IsEncrypted: isEncrypted,
		IsVerified:  isEncrypted && cfg.TLSConfig != nil && !cfg.TLSConfig.InsecureSkipVerify,
		IsLocal:     strings.HasPrefix(cfg.Host, "/") || cfg.Host == "localhost" || address.IsLoopback(),
	}, nil
}
