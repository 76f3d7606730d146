package faultproxy

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// link is one connection through the proxy.
type link struct {
	proxy          *Proxy
	client, server net.Conn
	// isHole says that nothing is let through any more.
	isHole atomic.Bool
	// losesReply says that what the server sends is thrown away and the
	// connection then closed.
	losesReply atomic.Bool
}

func (l *link) close() {
	_ = l.client.Close()
	if l.server != nil {
		_ = l.server.Close()
	}
}

// serve passes one connection on, both ways, until one end of it closes.
func (p *Proxy) serve(client net.Conn) {
	l := &link{proxy: p, client: client}
	p.mu.Lock()
	server, refuses := p.server, p.refuses
	l.isHole.Store(p.isHole)
	p.count++
	p.mu.Unlock()
	defer l.close()
	if refuses {
		return
	}
	conn, err := net.DialTimeout("tcp", server, 5*time.Second) //nolint:noctx // it ends with the proxy
	if err != nil {
		return
	}
	l.server = conn
	p.set(func() { p.links[l] = struct{}{} })
	defer p.set(func() { delete(p.links, l) })
	var group sync.WaitGroup
	defer group.Wait()
	group.Go(func() {
		defer l.close()
		l.pass(client, conn, l.allowsReply)
	})
	l.pass(conn, client, l.allowsRequest)
	l.close()
}

// pass copies what one end sends to the other as long as it is allowed.
func (l *link) pass(to io.Writer, from io.Reader, allows func([]byte) bool) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if !allows(buffer[:n]) {
			return
		}
		if l.isHole.Load() {
			continue
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func (l *link) allowsReply([]byte) bool { return !l.losesReply.Load() }

func (l *link) allowsRequest(request []byte) bool {
	switch l.proxy.match(request) {
	case CutBefore:
		return false
	case Reset:
		if conn, ok := l.client.(*net.TCPConn); ok {
			_ = conn.SetLinger(0)
		}
		return false
	case LoseReply:
		l.losesReply.Store(true)
	case BlackHole:
		l.isHole.Store(true)
	}
	l.proxy.mu.Lock()
	latency := l.proxy.latency
	l.proxy.mu.Unlock()
	if latency > 0 {
		<-time.After(latency)
	}
	return true
}
