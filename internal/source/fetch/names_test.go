package fetch_test

import (
	"bytes"
	"encoding/binary"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"liftoff"
	"liftoff/internal/source/fetch"
	"liftoff/internal/testkit/apitest"
)

// serveNames starts a name server that says what lookup returns for an IPv4
// address, the number of the question in hand; nil means that there is no such
// name. It returns its address.
func serveNames(t *testing.T, lookup func(number int) net.IP) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		question := make([]byte, 1500)
		for number := 0; ; {
			n, from, err := conn.ReadFrom(question)
			if err != nil {
				return
			}
			name := bytes.IndexByte(question[12:n], 0)
			end := 12 + name + 5 // its end, type and class
			var ip net.IP
			isIPv4 := binary.BigEndian.Uint16(question[end-4:]) == 1
			if isIPv4 {
				number++
			}
			ip = lookup(number)
			_, _ = conn.WriteTo(nameReply(question[:end], ip, isIPv4), from)
		}
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	return conn.LocalAddr().String()
}

// nameReply returns the answer to a question.
func nameReply(question []byte, ip net.IP, isIPv4 bool) []byte {
	reply := bytes.Clone(question)
	copy(reply[2:], []byte{0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0})
	switch {
	case ip == nil:
		reply[3] = 0x83 // no such name
	case isIPv4:
		reply[7] = 1
		reply = append(reply, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
		reply = append(reply, ip.To4()...)
	}
	return reply
}

func TestA1_TheHostIsNotFound(t *testing.T) {
	var lookups atomic.Int32
	server := serveNames(t, func(number int) net.IP { lookups.Store(int32(number)); return nil })
	options, pauses := testOptions("http://api.example.org")
	_, err := latest(t.Context(), newClient(t, fetch.WithNameServer(options, server)))
	apitest.WantError(t, err, liftoff.Source, "the host api.example.org is not found: no such host after 6 attempts")
	if got := len(pauses.Recorded()); got != 5 || lookups.Load() < 6 {
		t.Errorf("%d pauses, %d lookups, want 5 and 6", got, lookups.Load())
	}
}

// A name that was a public server's and is this machine's at the next look is
// not called: the address counts that a connection is really opened to.
func TestA44_AHostThatMovesIntoThisNetworkIsNotCalled(t *testing.T) {
	var requests atomic.Int32
	server := apitest.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		apitest.WriteJSON(w, document)
	})
	// TEST-NET-1 counts as public, and nothing there answers.
	names := serveNames(t, func(number int) net.IP {
		if number == 1 {
			return net.IPv4(192, 0, 2, 1)
		}
		return net.IPv4(127, 0, 0, 1)
	})
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	options, pauses := testOptions("http://api.example.org:" + port)
	options = fetch.WithDeadlines(options, fetch.Deadlines{Connect: 100 * time.Millisecond})
	_, err = latest(t.Context(), newClient(t, fetch.WithNameServer(options, names)))
	apitest.WantError(t, err, liftoff.Source, "the host api.example.org leads to 127.0.0.1, an address of this machine or its network")
	if requests.Load() != 0 || len(pauses.Recorded()) != 1 {
		t.Errorf("%d requests, %d pauses", requests.Load(), len(pauses.Recorded()))
	}
}

// A mirror in the own network is called, by its name too.
func TestA44_AHostOfTheOwnNetworkIsCalled(t *testing.T) {
	server := apitest.Serve(t, func(w http.ResponseWriter, _ *http.Request) { apitest.WriteJSON(w, document) })
	names := serveNames(t, func(int) net.IP { return net.IPv4(127, 0, 0, 1) })
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	options, _ := testOptions("http://replay:" + port)
	if _, err := latest(t.Context(), newClient(t, fetch.WithNameServer(options, names))); err != nil {
		t.Error(err)
	}
}

func TestA43_A44_AddressesOfAHost(t *testing.T) {
	special := []string{
		"127.0.0.1:80", "127.8.8.8:80", "10.0.0.1:80", "172.16.0.1:80", "192.168.1.1:80", "100.64.0.1:80", "0.0.0.0:80", "198.18.0.1:80",
		"224.0.0.1:80", "255.255.255.255:80", "[::1]:80", "[fd00::1]:80", "[::]:80", "[ff02::1]:80", "[::ffff:127.0.0.1]:80", "[64:ff9b::7f00:1]:80",
	}
	metadata := []string{"169.254.169.254:80", "[fe80::1]:80", "[::ffff:169.254.169.254]:80", "100.100.100.200:80", "[fd00:ec2::254]:80", "[64:ff9b::a9fe:a9fe]:80"}
	public := []string{"8.8.8.8:443", "[2606:4700::1111]:443", "[64:ff9b::808:808]:443", "172.32.0.1:80"}
	t.Run("A43 metadata addresses are never called", func(t *testing.T) {
		for _, address := range metadata {
			if err := fetch.AddressGuard("api.example.org")(address); err == nil || !strings.Contains(err.Error(), "is not called") {
				t.Errorf("%s: %v", address, err)
			}
		}
	})
	t.Run("A44 addresses of the own network only from the start", func(t *testing.T) {
		for _, address := range special {
			check := fetch.AddressGuard("api.example.org")
			if err := check(address); err != nil {
				t.Errorf("%s at first: %v", address, err)
			}
			for _, first := range public {
				if err := check(first); err != nil {
					t.Errorf("%s: %v", first, err)
				}
			}
			if err := check(address); err == nil {
				t.Errorf("%s after a public address is called", address)
			}
		}
	})
}
