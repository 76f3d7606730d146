// Command dashboard asks a web server for pages, many at once, and prints one row of a
// Markdown table about it: how long the answers took, how many came each second, and the
// memory of the server's process before and after.
//
//	dashboard -url http://127.0.0.1:8090 -name overview -concurrency 8 -count 100000 -pid 4711 /
//
// The paths are asked for in turn. It fails unless every answer has the status 200.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"liftoff"
)

// load is what to ask for.
type load struct {
	url                string
	paths              []string
	token              string
	concurrency, count int
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		stop()
		fmt.Fprintln(os.Stderr, "bench/dashboard:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	var l load
	flag.StringVar(&l.url, "url", "http://127.0.0.1:8090", "where the server is")
	flag.StringVar(&l.token, "token", "", "sent as a bearer token, if any")
	flag.IntVar(&l.concurrency, "concurrency", 1, "requests at once")
	flag.IntVar(&l.count, "count", 1000, "requests in all")
	name := flag.String("name", "", "first column of the row")
	pid := flag.Int("pid", 0, "the server's process, to tell its memory; 0 for none")
	header := flag.Bool("header", false, "print the table's header before")
	flag.Parse()
	if l.paths = flag.Args(); len(l.paths) == 0 || l.concurrency < 1 || l.count < 1 {
		return errors.New("it needs paths, and a -concurrency and -count of 1 or more")
	}
	before, err := memory(*pid)
	if err != nil {
		return err
	}
	elapsed := liftoff.Stopwatch()
	took, err := l.send(ctx)
	if err != nil {
		return err
	}
	seconds := elapsed().Seconds()
	after, err := memory(*pid)
	if err != nil {
		return err
	}
	if *header {
		fmt.Println("| pages | at once | requests | p50 | p99 | max | requests/s | memory before | after |")
		fmt.Println("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
	}
	slices.Sort(took)
	fmt.Printf("| %s | %d | %d | %s | %s | %s | %.0f | %s | %s |\n", *name, l.concurrency, len(took),
		milliseconds(took[len(took)/2]), milliseconds(took[len(took)*99/100]), milliseconds(took[len(took)-1]),
		float64(len(took))/seconds, before, after)
	return nil
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.2f ms", d.Seconds()*1000) }

// send sends the requests and returns how long each took. It stops at the first that
// goes wrong.
func (l load) send(ctx context.Context) ([]time.Duration, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: l.concurrency, DisableCompression: true}}
	defer client.CloseIdleConnections()
	took := make([]time.Duration, l.count)
	var next atomic.Int64
	var workers sync.WaitGroup
	for range l.concurrency {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(l.count) && ctx.Err() == nil; i = next.Add(1) - 1 {
				elapsed := liftoff.Stopwatch()
				if err := l.get(ctx, client, l.paths[i%int64(len(l.paths))]); err != nil {
					cancel(err)
					return
				}
				took[i] = elapsed()
			}
		})
	}
	workers.Wait()
	return took, context.Cause(ctx)
}

// get asks for one page and reads it to its end.
func (l load) get(ctx context.Context, client *http.Client, path string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, l.url+path, http.NoBody)
	if err != nil {
		return err
	}
	if l.token != "" {
		request.Header.Set("Authorization", "Bearer "+l.token)
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s has the status %s", path, response.Status)
	}
	return nil
}

// memory returns how much memory a process has now, as text; "" without a process.
func memory(pid int) (string, error) {
	if pid == 0 {
		return "", nil
	}
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(status)) {
		if value, isRSS := strings.CutPrefix(line, "VmRSS:"); isRSS {
			kilobytes, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")))
			return fmt.Sprintf("%.1f MB", float64(kilobytes)/1024), err
		}
	}
	return "", fmt.Errorf("process %d has no VmRSS", pid)
}
