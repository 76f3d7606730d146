package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// downloadName is the download of all launches with nothing stored.
const downloadName = "download"

// result is one run of a contender.
type result struct {
	name, kind string
	n, rep     int
	// wall, cpu and backends are seconds, peak and tree MB: see bench/measure.
	wall, cpu, backends, peak, tree float64
	code                            int
	rows                            int64
	load                            string
}

// parse reads the line of bench/measure.
func (r *result) parse(line string) error {
	_, err := fmt.Sscan(line, &r.wall, &r.cpu, &r.backends, &r.peak, &r.tree, &r.code, &r.load)
	if err != nil {
		return fmt.Errorf("bench/measure said %q: %w", line, err)
	}
	return nil
}

func (r result) label() string { return fmt.Sprintf("%s.%s %d, run %d", r.name, r.kind, r.n, r.rep) }

// results are all runs; each is written down at once.
type results struct {
	file *os.File
	all  []result
}

func openResults(path string) (*results, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = fmt.Fprintln(file, "case\tn\trep\twall_s\tcpu_s\tpg_cpu_s\trss_max_mb\trss_sum_mb\trc\trows\tload1")
	return &results{file: file}, err
}

func (s *results) close() error { return s.file.Close() }

func (s *results) add(r result) error {
	s.all = append(s.all, r)
	fmt.Fprintf(os.Stderr, "%s: %.3f s, CPU %.2f + %.2f s, peak %.1f MB\n", r.label(), r.wall, r.cpu, r.backends, r.peak)
	_, err := fmt.Fprintf(s.file, "%s.%s\t%d\t%d\t%.3f\t%.2f\t%.2f\t%.1f\t%.1f\t%d\t%d\t%s\n",
		r.name, r.kind, r.n, r.rep, r.wall, r.cpu, r.backends, r.peak, r.tree, r.code, r.rows, r.load)
	return err
}

// of are the good runs of a contender.
func (s *results) of(name, kind string, n int) []result {
	var found []result
	for _, r := range s.all {
		if r.name == name && r.kind == kind && r.n == n && r.code == 0 && r.rows == int64(n) {
			found = append(found, r)
		}
	}
	return found
}

func (s *results) count(name, kind string, n int) int { return len(s.of(name, kind, n)) }

// median of one figure over the good runs; 0 when there are none.
func (s *results) median(name, kind string, n int, figure func(result) float64) float64 {
	var values []float64
	for _, r := range s.of(name, kind, n) {
		values = append(values, figure(r))
	}
	return median(values)
}

// The figures of the tables.
func wall(r result) float64 { return r.wall }
func cpu(r result) float64  { return r.cpu + r.backends }
func peak(r result) float64 { return r.peak }

// names are the contenders with good runs at a size, in the order of their
// first run.
func (s *results) names(n int) []string {
	var names []string
	for _, r := range s.all {
		if r.n == n && (r.kind == bulk || r.kind == latest) && r.code == 0 && !slices.Contains(names, r.name) {
			names = append(names, r.name)
		}
	}
	return names
}

// median of an even number of values is the mean of the middle two.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}
