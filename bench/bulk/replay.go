package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// replayTimeout bounds the start of the replay.
const replayTimeout = time.Minute

// replay is a running `liftoff replay`.
type replay struct {
	url string
	cmd *exec.Cmd
	// drained is closed when its messages have been read to the end.
	drained chan struct{}
}

// startReplay starts the API with this many launches: uncompressed, because
// the contenders' clients do not agree on asking for compression, and as fast
// as it can.
func (b *bench) startReplay(ctx context.Context, count int, more ...string) (*replay, error) {
	arguments := []string{"replay", "--listen", "127.0.0.1:0", "--count", strconv.Itoa(count), "--compress=false"}
	if len(more) == 0 {
		more = []string{"--latency", "0s"}
	}
	cmd := exec.CommandContext(ctx, b.liftoff, append(arguments, more...)...)
	cmd.Env = append(os.Environ(), "LOG_FILE="+filepath.Join(b.folder, "replay.log"))
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	messages, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	r := &replay{cmd: cmd, drained: make(chan struct{})}
	address := make(chan string, 1)
	go r.listen(messages, address)
	timer := time.NewTimer(replayTimeout)
	defer timer.Stop()
	select {
	case r.url = <-address:
		if r.url != "" {
			return r, nil
		}
		err = errors.New("it ended without saying its address")
	case <-timer.C:
		err = errors.New("it does not say its address")
	case <-ctx.Done():
		err = ctx.Err()
	}
	r.stop()
	return nil, fmt.Errorf("start `%s`: %w", strings.Join(cmd.Args, " "), err)
}

// listen looks for the address in what the replay says, and reads on, so that
// the replay never waits for a reader.
func (r *replay) listen(messages io.Reader, address chan<- string) {
	defer close(r.drained)
	defer close(address)
	pattern := regexp.MustCompile(`http://127\.0\.0\.1:\d+`)
	found := false
	lines := bufio.NewScanner(messages)
	for lines.Scan() {
		if url := pattern.FindString(lines.Text()); url != "" && !found {
			found = true
			address <- url
		} else if !found {
			fmt.Fprintln(os.Stderr, "replay:", lines.Text())
		}
	}
}

// stop ends the replay and waits for it.
func (r *replay) stop() {
	_ = r.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	<-r.drained
	_ = r.cmd.Wait() // ended by a signal
}
