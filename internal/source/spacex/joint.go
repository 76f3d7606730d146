package spacex

import (
	"bytes"
	"slices"

	"liftoff"
)

// maxTail is how many records without an id are remembered: more than a page
// of them in a row is nothing that could be put in order.
const maxTail = 1000

// joint is where the records so far end and the next ones are joined on.
type joint struct {
	// lastID and lastRaw are of the last launch.
	lastID  string
	lastRaw []byte
	// isInConflict says that the last launch came with different contents.
	isInConflict bool
	// tail are the records without an id that came after it.
	tail [][]byte
}

// leavesGap reports whether records begin behind the joint, so that something
// may lie between.
func (j *joint) leavesGap(records []record) bool {
	hasBegun := j.lastID != "" || len(j.tail) > 0
	return hasBegun && j.known(records) == 0 && firstID(records) > j.lastID
}

// add joins records on, none of which came before, and returns them as a page.
// It is an error when they are out of order.
func (j *joint) add(fresh []record) (liftoff.Page, error) {
	page := liftoff.Page{Launches: make([]liftoff.Launch, 0, len(fresh))}
	for _, each := range fresh {
		switch {
		case each.rejected != nil:
			page.Rejected = append(page.Rejected, *each.rejected)
			j.tail = append(j.tail[max(0, len(j.tail)-maxTail+1):], each.raw())
		case each.id() > j.lastID:
			page.Launches = append(page.Launches, each.launch)
			*j = joint{lastID: each.id(), lastRaw: each.raw()}
		case each.id() < j.lastID:
			return liftoff.Page{}, contentFault("launch %q comes after %q: the API does not keep to the order asked for, so launches could be missed",
				each.id(), j.lastID)
		case bytes.Equal(each.raw(), j.lastRaw) && !j.isInConflict:
			page.Repeated++
		default:
			j.isInConflict = true
			setApart(&page, each)
		}
	}
	return page, nil
}

// known returns how many of the first records came before: pages overlap.
func (j *joint) known(records []record) int {
	known := 0
	for i, each := range records {
		if each.id() > j.lastID {
			break
		}
		if each.id() == "" {
			continue
		}
		known = i + 1
		if i == 0 && each.id() == j.lastID {
			break // Just the one: a launch that comes a second time is a repetition.
		}
	}
	if known > 0 {
		return known + behind(j.tail, records[known:])
	}
	for i, raw := range slices.Backward(j.tail) {
		// Bad records may have the same bytes. Then the last of them counts,
		// with which pages overlap that do not shift.
		if len(records) > 0 && bytes.Equal(raw, records[0].raw()) {
			return behind(j.tail[i:], records)
		}
	}
	return 0
}

// behind returns how many of the first records are those of a tail, of which
// some may have gone meanwhile.
func behind(tail [][]byte, records []record) int {
	known := 0
	for _, raw := range tail {
		if known < len(records) && bytes.Equal(records[known].raw(), raw) {
			known++
		}
	}
	return known
}

// firstID returns the id of the first record that has one; "" for none.
func firstID(records []record) string {
	for _, each := range records {
		if each.id() != "" {
			return each.id()
		}
	}
	return ""
}

// setApart puts a launch that came twice with different contents among the
// rejected ones, and the first one too if it was not handed out yet.
func setApart(page *liftoff.Page, second record) {
	last := len(page.Launches) - 1
	if last >= 0 && page.Launches[last].ID == second.id() {
		page.Rejected = append(page.Rejected, conflicting(page.Launches[last], second.url))
		page.Launches = page.Launches[:last]
	}
	page.Rejected = append(page.Rejected, conflicting(second.launch, second.url))
}

func conflicting(launch liftoff.Launch, url string) liftoff.RejectedRecord {
	return liftoff.RejectedRecord{
		Reason: liftoff.ConflictingDuplicate,
		Detail: "launch " + oneLine(launch.ID, maxIDBytes) + " came twice with different contents",
		URL:    url,
		Body:   launch.Raw,
	}
}
