// Package progress shows how far a run has come: as a bar on a terminal, or as
// a log line every few seconds elsewhere. Its caller reports every step; the
// package decides which ones to show.
package progress

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"strings"
	"sync"
	"time"

	"liftoff"
)

const (
	// redraw is how often the bar moves, and lineEvery how often a line is logged.
	redraw    = 100 * time.Millisecond
	lineEvery = 5 * time.Second
	// barWidth leaves room for the figures in 80 columns: a wrapped line cannot
	// be erased.
	barWidth = 20

	eraseLine = "\r\x1b[K"
)

// Bar is a progress bar on the last line of a terminal. Lines written to it
// appear above the bar. It is safe for concurrent use.
type Bar struct {
	mutex sync.Mutex
	out   io.Writer
	text  string
}

// NewBar returns a Bar on the terminal that out writes to. It shows nothing
// until a Reporter draws it.
func NewBar(out io.Writer) *Bar { return &Bar{out: out} }

// Write writes whole lines above the bar and redraws it.
func (b *Bar) Write(lines []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.text == "" {
		return b.out.Write(lines)
	}
	if _, err := io.WriteString(b.out, eraseLine); err != nil {
		return 0, err
	}
	n, err := b.out.Write(lines)
	if err == nil {
		_, err = io.WriteString(b.out, b.text)
	}
	return n, err
}

// draw replaces the bar; an empty text removes it.
func (b *Bar) draw(text string) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if text == b.text {
		return
	}
	b.text = text
	_, _ = io.WriteString(b.out, eraseLine+text) // a closed terminal shows nothing
}

// Options says where progress is shown.
type Options struct {
	// Bar shows the progress; if it is nil, Logger does.
	Bar    *Bar
	Logger *slog.Logger
	// Now is the clock.
	Now func() time.Time
	// IsDry says that launches are only compared, not stored.
	IsDry bool
}

// Reporter shows the progress of one run. It is safe for concurrent use.
type Reporter struct {
	options Options
	started time.Time

	mutex sync.Mutex
	shown time.Time
}

// NewReporter returns a Reporter for a run that begins now.
func NewReporter(options Options) *Reporter {
	now := options.Now()
	return &Reporter{options: options, started: now, shown: now}
}

// Update reports that done of total records are stored; a total below 1 means
// that it is unknown.
func (r *Reporter) Update(ctx context.Context, done, total int64) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	now := r.options.Now()
	since, f := now.Sub(r.shown), figuresOf(done, total, now.Sub(r.started))
	switch {
	case r.options.Bar != nil && since >= redraw:
		r.shown = now
		r.options.Bar.draw(f.bar())
	case r.options.Bar == nil && since >= lineEvery:
		r.shown = now
		f.log(ctx, r.options)
	}
}

// UpdateBackfill reports how far a backfill has come, over all its workers.
func (r *Reporter) UpdateBackfill(ctx context.Context, b liftoff.Backfill) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	now, left := r.options.Now(), any("?")
	if duration, isKnown := b.TimeLeft(); isKnown {
		left = duration
	}
	perSecond := int64(math.RoundToEven(b.PerSecond))
	switch {
	case r.options.Bar != nil:
		filled := b.PartsDone * barWidth / max(b.Parts, 1)
		r.options.Bar.draw(fmt.Sprintf("[%s%s] %d of %d parts, %d launches/s, %v left", strings.Repeat("#", filled), strings.Repeat("-", barWidth-filled),
			b.PartsDone, b.Parts, perSecond, left))
	case now.Sub(r.shown) >= lineEvery:
		r.shown = now
		r.options.Logger.InfoContext(ctx, "The backfill goes on.", "backfill", b.ID, "parts_done", b.PartsDone, "parts", b.Parts,
			"launches", b.Fetched, "workers", b.Workers, "per_second", perSecond, "left", left)
	}
}

// Close removes the bar.
func (r *Reporter) Close() {
	if r.options.Bar != nil {
		r.options.Bar.draw("")
	}
}

// figures are what a bar or a log line shows.
type figures struct {
	// total is below 1 if it is unknown; then left is "?", else a time.Duration.
	done, total, perSecond int64
	left                   any
}

func figuresOf(done, total int64, elapsed time.Duration) figures {
	rate := float64(done) / max(elapsed.Seconds(), 0.001)
	f := figures{done: done, total: total, perSecond: int64(math.RoundToEven(rate)), left: "?"}
	if total > 0 && rate > 0 {
		f.left = time.Duration(float64(total-min(done, total)) / rate * float64(time.Second)).Round(time.Second)
	}
	return f
}

func (f figures) bar() string {
	if f.total < 1 {
		return fmt.Sprintf("[%s] %d launches, %d/s", strings.Repeat("-", barWidth), f.done, f.perSecond)
	}
	filled := int(min(f.done, f.total) * barWidth / f.total)
	return fmt.Sprintf("[%s%s] %d of %d launches, %d/s, %v left", strings.Repeat("#", filled), strings.Repeat("-", barWidth-filled),
		f.done, f.total, f.perSecond, f.left)
}

func (f figures) log(ctx context.Context, options Options) {
	message, done := "Storing launches.", "stored"
	if options.IsDry {
		message, done = "Comparing launches.", "compared"
	}
	attributes := []any{done, f.done}
	if f.total > 0 {
		attributes = append(attributes, "total", f.total)
	}
	attributes = append(attributes, "per_second", f.perSecond)
	if f.total > 0 {
		attributes = append(attributes, "left", f.left)
	}
	options.Logger.InfoContext(ctx, message, attributes...) //nolint:sloglint // one of two constants
}
