// Package progress shows how far a run has come: a bar that is drawn over and
// over on a terminal, or a log line every few seconds elsewhere. It is told
// of each step and decides by itself what is worth showing.
package progress

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"
)

const (
	// redraw is how often a bar moves, and lineEvery how often a line comes.
	redraw    = 100 * time.Millisecond
	lineEvery = 5 * time.Second
	barWidth  = 30

	eraseLine = "\r\x1b[K"
)

// Terminal is a terminal with a bar on its last line. What is written to it
// appears above the bar. It is safe for concurrent use.
type Terminal struct {
	mutex sync.Mutex
	out   io.Writer
	bar   string
}

// NewTerminal returns a Terminal over the stream that shows it.
func NewTerminal(out io.Writer) *Terminal { return &Terminal{out: out} }

// Write writes whole lines above the bar.
func (t *Terminal) Write(lines []byte) (int, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.bar == "" {
		return t.out.Write(lines)
	}
	if _, err := io.WriteString(t.out, eraseLine); err != nil {
		return 0, err
	}
	n, err := t.out.Write(lines)
	if err == nil {
		_, err = io.WriteString(t.out, t.bar)
	}
	return n, err
}

// draw shows another bar; an empty one takes it away.
func (t *Terminal) draw(bar string) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if bar == t.bar {
		return
	}
	t.bar = bar
	_, _ = io.WriteString(t.out, eraseLine+bar) // a terminal that is gone shows nothing
}

// Options say where progress is shown.
type Options struct {
	// Terminal shows a bar; nil for lines in the log.
	Terminal *Terminal
	Logger   *slog.Logger
	// Now is the clock.
	Now func() time.Time
}

// Reporter shows the progress of one run. It is safe for concurrent use.
type Reporter struct {
	options Options
	started time.Time

	mutex sync.Mutex
	shown time.Time
}

// NewReporter returns a Reporter of a run that begins now.
func NewReporter(options Options) *Reporter {
	now := options.Now()
	return &Reporter{options: options, started: now, shown: now}
}

// Update tells that so many records of a total are done; a total below 1 is
// not known.
func (r *Reporter) Update(done, total int64) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	now := r.options.Now()
	if r.options.Terminal != nil {
		if now.Sub(r.shown) >= redraw {
			r.shown = now
			r.options.Terminal.draw(bar(done, total) + " " + text(done, total, now.Sub(r.started)))
		}
		return
	}
	if now.Sub(r.shown) >= lineEvery {
		r.shown = now
		r.options.Logger.InfoContext(context.Background(), "Stored "+text(done, total, now.Sub(r.started))+".")
	}
}

// Close takes the bar away.
func (r *Reporter) Close() {
	if r.options.Terminal != nil {
		r.options.Terminal.draw("")
	}
}

func bar(done, total int64) string {
	filled := 0
	if total > 0 {
		filled = int(min(done, total) * barWidth / total)
	}
	return "[" + strings.Repeat("#", filled) + strings.Repeat("-", barWidth-filled) + "]"
}

// text returns records, rate and the time that is left.
func text(done, total int64, elapsed time.Duration) string {
	rate := float64(done) / max(elapsed.Seconds(), 0.001)
	if total < 1 {
		return fmt.Sprintf("%d launches, %.0f/s", done, rate)
	}
	left := "?"
	if rate > 0 {
		left = time.Duration(float64(total-min(done, total)) / rate * float64(time.Second)).Round(time.Second).String()
	}
	return fmt.Sprintf("%d of %d launches, %.0f/s, %s left", done, total, rate, left)
}
