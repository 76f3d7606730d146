package fault

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
)

// hijack takes the connection over, to send what no HTTP server would send. Where
// that is impossible, as with HTTP/2, it breaks the answer off.
func (e exchange) hijack() net.Conn {
	connection, _, err := http.NewResponseController(e.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // The server resets the stream.
	}
	return connection
}

// head returns an answer's status line and headers; how is the header that
// says how the body ends.
func (a *answer) head(how string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n%s\r\nConnection: close\r\n", a.status, http.StatusText(a.status), how)
	_ = a.header.Write(&b) // Writes to memory cannot fail.
	b.WriteString("\r\n")
	return b.Bytes()
}

// sendRaw sends bytes and closes the connection.
func sendRaw(connection net.Conn, parts ...[]byte) {
	for _, part := range parts {
		if _, err := connection.Write(part); err != nil {
			break
		}
	}
	_ = connection.Close() // The connection is broken on purpose.
}

func cut(e exchange) {
	a := e.ask()
	sendRaw(e.hijack(), a.head(fmt.Sprintf("Content-Length: %d", a.body.Len())), e.first(a))
}

func cutChunked(e exchange) {
	a := e.ask()
	chunk := fmt.Appendf(nil, "%x\r\n%s\r\n", len(e.first(a)), e.first(a))
	sendRaw(e.hijack(), a.head("Transfer-Encoding: chunked"), chunk)
}

func reset(e exchange) {
	a := e.ask()
	connection := e.hijack()
	if tcp, ok := connection.(*net.TCPConn); ok {
		// Without a linger, closing sends RST instead of FIN.
		_ = tcp.SetLinger(0)
	}
	if e.size() == 0 {
		sendRaw(connection)
		return
	}
	sendRaw(connection, a.head(fmt.Sprintf("Content-Length: %d", a.body.Len())), e.first(a))
}
