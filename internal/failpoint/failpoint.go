// Package failpoint lets a test end the program at a step of its choice. Only a
// program built with the tag failpoints has that in it; in any other, Reach is
// empty and costs nothing.
//
// The environment variable LIFTOFF_FAIL says what happens where, such as
// "before-commit:kill" or, at the third time, "before-commit:kill:3".
package failpoint

// Point is a step of a run.
type Point int

// The steps, in the order of a run. The fault suite kills the program at each
// of them, so one that is added here is tested at once.
const (
	// BeforeFetch is before the first request of a part.
	BeforeFetch Point = iota
	// InFetch is in the goroutine that fetches a page ahead of the writers.
	InFetch
	// AfterFetch is after each page that has come.
	AfterFetch
	// BeforeTransaction is in a writer that has got a batch.
	BeforeTransaction
	// InTransaction is when a batch's launches are written and its counts are not.
	InTransaction
	// BeforeCommit is when all of a batch is written.
	BeforeCommit
	// AfterCommit is when nobody knows yet that it is.
	AfterCommit
	// BeforeReferences is when all launches are stored, and again before each kind
	// of what they refer to; a run for all launches comes to those kinds earlier,
	// while the launches are stored.
	BeforeReferences
	// BeforeRefresh is when all launches are stored and the view is not made.
	BeforeRefresh
	// InRefresh is when the view's statements are on their way.
	InRefresh
	// BeforeLedgerCloses is when everything is done but the ledger's row.
	BeforeLedgerCloses
	// AfterLedgerClosed is when the run has succeeded and nothing is printed.
	AfterLedgerClosed

	count
)

// All returns every point.
func All() []Point {
	all := make([]Point, count)
	for i := range all {
		all[i] = Point(i)
	}
	return all
}

// String returns the point's name in LIFTOFF_FAIL.
func (p Point) String() string {
	return [count]string{
		"before-fetch", "in-fetch", "after-fetch", "before-transaction", "in-transaction", "before-commit",
		"after-commit", "before-references", "before-refresh", "in-refresh", "before-ledger-closes", "after-ledger-closed",
	}[p]
}
