package serve

import (
	"net/netip"
	"sync"
	"time"
)

const (
	// mostFailures is how many wrong logins an address has in a failureWindow.
	mostFailures  = 10
	failureWindow = time.Minute
	// mostAddresses bounds the table of addresses.
	mostAddresses = 4096
	// networkBits is what a client of IPv6 has: it may choose among the addresses in it.
	networkBits = 64
)

// failures counts wrong logins for each address.
type failures struct {
	now func() time.Time

	mutex sync.Mutex
	table map[netip.Prefix]window
	// warnedAt is when the last warning was due, and unsaid the failures since.
	warnedAt time.Time
	unsaid   int
}

// window is how many logins have failed since its begin.
type window struct {
	began  time.Time
	failed int
}

func newFailures(now func() time.Time) *failures {
	return &failures{now: now, table: map[netip.Prefix]window{}}
}

// networkOf returns the key of an address.
func networkOf(client netip.Addr) netip.Prefix {
	bits := client.BitLen()
	if client.Is6() {
		bits = networkBits
	}
	return netip.PrefixFrom(client, bits).Masked()
}

// wait returns how long an address may not try to log in; 0 if it may.
func (f *failures) wait(client netip.Addr) time.Duration {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	w := f.table[networkOf(client)]
	if w.failed < mostFailures {
		return 0
	}
	return max(0, failureWindow-f.now().Sub(w.began))
}

// note counts a wrong login. Once a minute a warning is due, about all since the last one.
func (f *failures) note(client netip.Addr) (failed int, isWarningDue bool) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	now, key := f.now(), networkOf(client)
	w, isKnown := f.table[key]
	if !isKnown && len(f.table) >= mostAddresses {
		f.makeRoom(now)
	}
	if !isKnown || now.Sub(w.began) >= failureWindow {
		w = window{began: now}
	}
	w.failed++
	f.table[key] = w
	f.unsaid++
	if !f.warnedAt.IsZero() && now.Sub(f.warnedAt) < failureWindow {
		return 0, false
	}
	failed, f.unsaid, f.warnedAt = f.unsaid, 0, now
	return failed, true
}

// makeRoom forgets the addresses whose minute is over, and one at least: the oldest.
func (f *failures) makeRoom(now time.Time) {
	var oldest netip.Prefix
	var at time.Time
	for key, w := range f.table {
		if now.Sub(w.began) >= failureWindow {
			delete(f.table, key)
		} else if at.IsZero() || w.began.Before(at) {
			oldest, at = key, w.began
		}
	}
	if len(f.table) >= mostAddresses {
		delete(f.table, oldest)
	}
}
