package faultproxy

import (
	"errors"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// Pooler is a connection pooler before PostgreSQL as PgBouncer is in its
// transaction mode: it has a few sessions, and each transaction of a client
// gets the one that was idle for longest. It knows no COPY, no cancellation,
// and asks nobody for a password.
type Pooler struct {
	listener net.Listener
	group    sync.WaitGroup
	idle     chan *pgconn.HijackedConn

	mu      sync.Mutex
	clients []net.Conn
}

// NewPooler returns a pooler with some sessions on the database of a DSN. It
// ends with the test.
func NewPooler(t testing.TB, dsn string, sessions int) *Pooler {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Pooler{listener: listener, idle: make(chan *pgconn.HijackedConn, sessions)}
	t.Cleanup(p.close)
	for range sessions {
		conn, err := pgconn.Connect(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		session, err := conn.Hijack()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = session.Conn.Close() })
		p.idle <- session
	}
	p.group.Go(p.accept)
	return p
}

// DSN returns a connection URL of the server as one through the pooler.
func (p *Pooler) DSN(server string) string {
	u, err := url.Parse(server)
	if err != nil {
		return ""
	}
	u.Host = p.listener.Addr().String()
	return u.String()
}

func (p *Pooler) close() {
	_ = p.listener.Close()
	p.mu.Lock()
	for _, client := range p.clients {
		_ = client.Close()
	}
	p.mu.Unlock()
	p.group.Wait()
}

func (p *Pooler) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		p.clients = append(p.clients, client)
		p.mu.Unlock()
		p.group.Go(func() {
			defer func() { _ = client.Close() }()
			_ = p.serve(client) // it ends when the client goes
		})
	}
}

// serve lets a client in and does its transactions, one after the other.
func (p *Pooler) serve(client net.Conn) error {
	backend := pgproto3.NewBackend(client, client)
	if _, err := backend.ReceiveStartupMessage(); err != nil {
		return err
	}
	backend.Send(&pgproto3.AuthenticationOk{})
	for _, name := range []string{"server_version", "client_encoding", "standard_conforming_strings", "TimeZone"} {
		value := map[string]string{"server_version": "17.0", "client_encoding": "UTF8", "standard_conforming_strings": "on", "TimeZone": "UTC"}[name]
		backend.Send(&pgproto3.ParameterStatus{Name: name, Value: value})
	}
	// Its own number, as poolers do: it has no one session to speak of.
	backend.Send(&pgproto3.BackendKeyData{ProcessID: 1, SecretKey: []byte{0, 0, 0, 1}})
	backend.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	if err := backend.Flush(); err != nil {
		return err
	}
	for {
		if err := p.transact(backend); err != nil {
			return err
		}
	}
}

// transact does one transaction in the next idle session.
func (p *Pooler) transact(client *pgproto3.Backend) error {
	request, err := receive(client)
	if err != nil {
		return err
	}
	session := <-p.idle
	defer func() { p.idle <- session }()
	for {
		if err := send(session, request); err != nil {
			return err
		}
		if isAsked := isEnd(request); isAsked {
			isOver, err := reply(client, session)
			if isOver || err != nil {
				return err
			}
		}
		if request, err = receive(client); err != nil {
			return errors.Join(err, reset(session))
		}
	}
}

// receive returns a client's next message; its farewell is not the session's.
func receive(client *pgproto3.Backend) (pgproto3.FrontendMessage, error) {
	request, err := client.Receive()
	if _, isOver := request.(*pgproto3.Terminate); isOver && err == nil {
		return nil, io.EOF
	}
	return request, err
}

// reset ends the transaction of a client that has gone.
func reset(session *pgconn.HijackedConn) error {
	if err := send(session, &pgproto3.Query{String: "ROLLBACK"}); err != nil {
		return err
	}
	for {
		message, err := session.Frontend.Receive()
		if err != nil {
			return err
		}
		if _, isReady := message.(*pgproto3.ReadyForQuery); isReady {
			return nil
		}
	}
}

func send(session *pgconn.HijackedConn, request pgproto3.FrontendMessage) error {
	session.Frontend.Send(request)
	return session.Frontend.Flush()
}

// isEnd reports whether the server answers a message with ReadyForQuery.
func isEnd(request pgproto3.FrontendMessage) bool {
	switch request.(type) {
	case *pgproto3.Sync, *pgproto3.Query:
		return true
	default:
		return false
	}
}

// reply passes the server's messages on, up to ReadyForQuery, and reports
// whether no transaction is open then.
func reply(client *pgproto3.Backend, session *pgconn.HijackedConn) (isOver bool, err error) {
	for {
		message, err := session.Frontend.Receive()
		if err != nil {
			return false, err
		}
		client.Send(message)
		if ready, ok := message.(*pgproto3.ReadyForQuery); ok {
			return ready.TxStatus == 'I', client.Flush()
		}
	}
}
