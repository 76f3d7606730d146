package shipping

import (
	"cmp"
	"sync"
	"sync/atomic"
)

// tally counts what becomes of one signal. The SDK drops what does not fit into its
// queues, and tells nobody who has not asked.
type tally struct {
	signal signal
	// given is what was handed to the SDK, and taken what the receiver has taken.
	given, taken atomic.Int64
	// failed is how many of those in deliveries that failed, since deliveries began to fail.
	failed atomic.Int64
	// waiting is how many requests have no answer yet.
	waiting atomic.Int64
	// changed is called when deliveries begin to fail, and when they work again.
	changed func(t *tally, isFailing bool)

	mutex     sync.Mutex
	isFailing bool
	// reason is why the last request failed; "" if it did not. failure is that of the last
	// delivery that failed.
	reason, failure string
	// told is how much loss has been told.
	told int64
}

// deliver counts a delivery of so many.
func (t *tally) deliver(count int, err error) {
	if err == nil {
		t.taken.Add(int64(count))
	} else {
		t.failed.Add(int64(count))
	}
	t.mutex.Lock()
	isChange := t.isFailing != (err != nil)
	t.isFailing = err != nil
	if err != nil {
		t.failure = cmp.Or(t.reason, "it took only a part")
	}
	t.mutex.Unlock()
	if isChange {
		t.changed(t, err != nil)
	}
}

// lost returns how much was given and not taken since it was asked last. Call it when
// nothing is on its way.
func (t *tally) lost() int64 {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	lost := t.given.Load() - t.taken.Load() - t.told
	t.told += lost
	return lost
}

// why returns why the last delivery that failed did.
func (t *tally) why() string {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	switch {
	case t.reason != "":
		return t.reason
	case t.waiting.Load() > 0:
		return "no answer in time"
	case t.failure != "":
		return t.failure
	default:
		return "more was waiting than could be sent"
	}
}

func (t *tally) note(reason string) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.reason = reason
}
