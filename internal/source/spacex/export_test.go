package spacex

import (
	"bytes"
	"context"
	"io"
	"net"
	"time"

	"liftoff"
)

// Deadlines are those inside an attempt; zero keeps the default.
type Deadlines struct {
	Connect, TLSHandshake, FirstByte, Idle time.Duration
}

// WithDeadlines returns o with other deadlines, so that a test of them is
// fast.
func WithDeadlines(o Options, d Deadlines) Options {
	o.limits = limits{connect: d.Connect, tlsHandshake: d.TLSHandshake, firstByte: d.FirstByte, idle: d.Idle}
	return o
}

// NewStallReader returns r under a deadline for each read.
func NewStallReader(r io.ReadCloser, idle time.Duration, abort context.CancelCauseFunc) io.Reader {
	return &stallReader{ReadCloser: r, idle: idle, abort: abort}
}

// WithDial returns o with another way to open a connection.
func WithDial(o Options, dial func(ctx context.Context, network, address string) (net.Conn, error)) Options {
	o.dial = dial
	return o
}

// WithNameServer returns o with a resolver that asks only the name server at an
// address.
func WithNameServer(o Options, address string) Options {
	o.resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", address)
	}}
	return o
}

// AddressGuard returns the check of the addresses that a host leads to.
func AddressGuard(host string) (check func(address string) error) {
	return (&dialGuard{host: host}).check
}

// Wait is the default pause between two attempts.
func Wait(ctx context.Context, d time.Duration) error { return wait(ctx, d) }

// OneLine is what other people's text goes through before it is shown.
func OneLine(text string, limit int) string { return oneLine(text, limit) }

// IsStorableNumber reports whether JSONB can hold a JSON number.
func IsStorableNumber(number string) bool { return isStorableNumber(number) }

// WithMaxPages returns o with another bound on the number of pages.
func WithMaxPages(o Options, pages int) Options {
	o.maxPages = pages
	return o
}

// DecodeClosely is DecodeLaunch without the scanner for usual documents.
func DecodeClosely(raw []byte) (liftoff.Launch, bool) {
	raw = bytes.Trim(raw, " \t\r\n")
	launch, err := decodeClosely(raw)
	launch.Raw = raw
	return launch, err == nil
}

// FilterJSON returns a filter as the API takes it.
func FilterJSON(f Filter) (string, error) {
	text, err := f.json()
	return string(text), err
}

// After returns a filter narrowed to ids after one.
func After(f Filter, id string) Filter { return f.after(id) }

// ReadPage reads a query answer as the client does, or with one strictness
// only.
func ReadPage(answer []byte) (liftoff.Page, error) { return export(readPage(answer, "")) }

// ReadPageStrictly refuses a page with an ambiguous document.
func ReadPageStrictly(answer []byte) (liftoff.Page, error) {
	return export(readPageAs(answer, "", strict))
}

// ReadPageLeniently sets ambiguous documents apart.
func ReadPageLeniently(answer []byte) (liftoff.Page, error) {
	return export(readPageAs(answer, "", lenient))
}

// SalvagePage takes an answer apart that may be no JSON.
func SalvagePage(answer []byte) (liftoff.Page, bool) {
	p, ok := salvagePage(answer, "")
	exported, _ := export(p, nil)
	return exported, ok
}

func export(p page, err error) (liftoff.Page, error) {
	exported := liftoff.Page{TotalLaunches: p.total}
	for _, each := range p.records {
		if each.rejected != nil {
			exported.Rejected = append(exported.Rejected, *each.rejected)
			continue
		}
		exported.Launches = append(exported.Launches, each.launch)
	}
	return exported, err
}
