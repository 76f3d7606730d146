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

// Server is what liftoff doctor shows about a PostgreSQL server.
type Server struct {
	Version  string
	Encoding string
	// Now is the server's clock.
	Now time.Time
}

// Server returns the server's version, encoding and clock.
func (s *Store) Server(ctx context.Context) (Server, error) {
	server, err := pgx.CollectExactlyOneRow(s.query(ctx, serverSQL), pgx.RowToStructByPos[Server])
	if err != nil {
		return Server{}, s.failure("ask PostgreSQL about its version", err)
	}
	return server, nil
}

// Transport says how the connection to the server is protected.
type Transport struct {
	IsEncrypted bool
	// IsVerified says that a certificate has proved the server's name.
	IsVerified bool
	// IsLocal says that the connection does not leave this machine.
	IsLocal bool
}

// Transport returns how a connection to the server is protected.
func (s *Store) Transport(ctx context.Context) (Transport, error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return Transport{}, s.failure("check how the connection is protected", err)
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
