package serve

import (
	"net"
	"net/http"
)

// MostConnections is how many connections a server has at most.
const MostConnections = maxConnections

// MostAddresses is how many addresses with wrong logins are remembered.
const MostAddresses = mostAddresses

// HandlerAt returns what a server that listens at an address does with a request.
func (s *Server) HandlerAt(address net.Addr) http.Handler {
	s.allowHosts(address)
	return s.handler()
}

// Connections returns how many connections there are.
func (s *Server) Connections() int { return s.connections.count() }

// Addresses returns how many addresses with wrong logins are remembered.
func (s *Server) Addresses() int { return len(s.failures.table) }
