// Package faultproxy is a TCP proxy that sees bytes and does harm: it stands
// before PostgreSQL or Trino and cuts, delays, swallows or redirects what goes
// through it, if need be at the very message that a test names. It is imported
// by tests only.
package faultproxy

import (
	"bytes"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"
)

// Action is what happens at a request that holds a pattern.
type Action int

// The actions.
const (
	// CutBefore cuts the connection before the request gets to the server.
	CutBefore Action = iota + 1
	// LoseReply lets the request through, throws its answer away, and closes
	// the connection: the client cannot know whether the request was done.
	LoseReply
	// BlackHole lets nothing more through, in either direction, and closes
	// nothing, as a firewall that forgot the connection.
	BlackHole
	// Reset cuts the connection with a TCP reset.
	Reset
)

// Proxy passes connections on to a server. All of its methods may be called
// while connections are open.
type Proxy struct {
	listener net.Listener
	group    sync.WaitGroup

	mu     sync.Mutex
	server string
	rules  []rule
	// countdown is set by OnStatement.
	countdown *countdown
	latency   time.Duration
	refuses   bool
	isHole    bool
	links     map[*link]struct{}
	count     int
}

// rule is an action that waits for its request.
type rule struct {
	pattern []byte
	action  Action
	// left is how many requests it is for.
	left int
	hit  func()
}

// countdown is an action that waits for a number of statements.
type countdown struct {
	left   int
	action Action
	hit    func(sql string)
}

// New returns a proxy before a server, such as "127.0.0.1:5432", on a free port
// of its own. It ends with the test.
func New(t testing.TB, server string) *Proxy {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{listener: listener, server: server, links: map[*link]struct{}{}}
	p.group.Go(p.accept)
	t.Cleanup(func() {
		_ = listener.Close()
		p.CutAll()
		p.group.Wait()
	})
	return p
}

// Addr returns the address to connect to.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Port returns the port to connect to, on 127.0.0.1.
func (p *Proxy) Port() int {
	_, port, _ := net.SplitHostPort(p.Addr())
	number, _ := strconv.Atoi(port)
	return number
}

// On does the action at the next times requests that hold the pattern, in any
// case, such as "commit\x00" for PostgreSQL. hit, if not nil, is called at each.
func (p *Proxy) On(pattern string, action Action, times int, hit func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rules = append(p.rules, rule{pattern: bytes.ToLower([]byte(pattern)), action: action, left: times, hit: hit})
}

// OnStatement does the action at the number-th statement, or batch of them, that
// a client sends to PostgreSQL from now on, whatever it is. hit, if not nil, is
// called there with its text, and while it runs nothing else goes through.
func (p *Proxy) OnStatement(number int, action Action, hit func(sql string)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.countdown = &countdown{left: number, action: action, hit: hit}
}

// SetLatency delays everything that goes to the server from now on.
func (p *Proxy) SetLatency(d time.Duration) { p.set(func() { p.latency = d }) }

// SetRefuse closes new connections at once, or no more.
func (p *Proxy) SetRefuse(refuses bool) { p.set(func() { p.refuses = refuses }) }

// SetBlackHole takes new connections and lets nothing through, or lets it all
// through again; connections that were taken so stay dead.
func (p *Proxy) SetBlackHole(isHole bool) { p.set(func() { p.isHole = isHole }) }

// SetServer sends new connections to another server.
func (p *Proxy) SetServer(server string) { p.set(func() { p.server = server }) }

func (p *Proxy) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

// Connections returns how many connections have been taken so far.
func (p *Proxy) Connections() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.count
}

// CutAll cuts all open connections.
func (p *Proxy) CutAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for link := range p.links {
		link.close()
	}
}

// BlackHoleAll makes all open connections dead without closing them.
func (p *Proxy) BlackHoleAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for link := range p.links {
		link.isHole.Store(true)
	}
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.group.Go(func() { p.serve(client) })
	}
}

// statementIn returns the text of the statement that a request to PostgreSQL
// begins with: a Query, or a Parse without a name.
func statementIn(request []byte) (sql string, ok bool) {
	const header = 5 // the kind and the length
	if len(request) <= header {
		return "", false
	}
	text := request[header:]
	switch request[0] {
	case 'Q':
	case 'P':
		text = text[1:]
	default:
		return "", false
	}
	end := bytes.IndexByte(text, 0)
	if end < 0 {
		end = len(text)
	}
	return string(text[:end]), true
}

// match returns the action for a request, or 0.
func (p *Proxy) match(request []byte) Action {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.countdown; c != nil {
		if sql, ok := statementIn(request); ok {
			if c.left--; c.left == 0 {
				p.countdown = nil
				if c.hit != nil {
					c.hit(sql)
				}
				return c.action
			}
		}
	}
	request = bytes.ToLower(request)
	for i := range p.rules {
		if r := &p.rules[i]; r.left > 0 && bytes.Contains(request, r.pattern) {
			r.left--
			if r.hit != nil {
				r.hit()
			}
			return r.action
		}
	}
	return 0
}
