package progress_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"liftoff"
	"liftoff/internal/progress"
)

// A backfill of so many parts, half done, by workers that are together so fast.
func backfillOf(parts int, perSecond float64) liftoff.Backfill {
	return liftoff.Backfill{
		ID: 3, State: liftoff.BackfillOpen, Parts: parts, PartsDone: parts / 2, Workers: 4,
		Announced: int64(parts) * 1000, Fetched: int64(parts) * 500, PerSecond: perSecond,
	}
}

func TestUpdateBackfill_DrawsABar(t *testing.T) {
	t.Parallel()
	for want, b := range map[string]liftoff.Backfill{
		"[##########----------] 32 of 64 parts, 1600 launches/s, 20s left":        backfillOf(64, 1600),
		"[##########----------] 500 of 1000 parts, 12346 launches/s, 41s left":    backfillOf(1000, 12_345.6),
		"[##########----------] 32 of 64 parts, 0 launches/s, ? left":             backfillOf(64, 0),
		"[##########----------] 500 of 1000 parts, 1 launches/s, 138h53m20s left": backfillOf(1000, 1),
		"[####################] 64 of 64 parts, 1600 launches/s, 20s left":        func() liftoff.Backfill { b := backfillOf(64, 1600); b.PartsDone = 64; return b }(),
		"[--------------------] 0 of 0 parts, 0 launches/s, ? left":               backfillOf(0, 0),
		"[##########----------] 500 of 1000 parts, 99999 launches/s, 5s left":     backfillOf(1000, 99_999),
	} {
		var screen bytes.Buffer
		reporter := progress.NewReporter(progress.Options{Bar: progress.NewBar(&screen), Now: newClock().tell})
		reporter.UpdateBackfill(context.Background(), b)
		reporter.Close()
		if got := screen.String(); got != "\r\x1b[K"+want+"\r\x1b[K" || len(want) >= 80 {
			t.Errorf("the terminal got %q, want %q in less than 80 columns", got, want)
		}
	}
}

// Off the terminal there is a line now and then.
func TestUpdateBackfill_LogsNowAndThen(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	c := newClock()
	reporter := progress.NewReporter(progress.Options{Logger: slog.New(slog.NewTextHandler(&log, nil)), Now: c.tell})
	for range 11 {
		reporter.UpdateBackfill(context.Background(), backfillOf(64, 1600))
		c.now = c.now.Add(time.Second)
	}
	const line = `msg="The backfill goes on." backfill=3 parts_done=32 parts=64 launches=32000 workers=4 per_second=1600 left=20s`
	if got := log.String(); strings.Count(got, line) != 2 || strings.Count(got, "\n") != 2 {
		t.Errorf("the log has\n%s", got)
	}
}
