package spacex

import (
	"bytes"
	"slices"

	"liftoff"
)

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
	if len(records) == 0 || j.lastID == "" && len(j.tail) == 0 {
		return false
	}
	first := records[0]
	if first.id() == "" {
		return !j.isInTail(first.raw())
	}
	return first.id() > j.lastID
}

func (j *joint) isInTail(raw []byte) bool {
	return slices.ContainsFunc(j.tail, func(known []byte) bool { return bytes.Equal(known, raw) })
}

// add joins records on and returns what is new among them as a page. Records
// up to the last one of before are passed over: the pages overlap. It is an
// error when they are out of order.
func (j *joint) add(records []record) (liftoff.Page, error) {
	fresh := records[j.known(records):]
	page := liftoff.Page{Launches: make([]liftoff.Launch, 0, len(fresh))}
	for _, each := range fresh {
		switch {
		case each.rejected != nil:
			page.Rejected = append(page.Rejected, *each.rejected)
			j.tail = append(j.tail, each.raw())
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

// known returns how many of the first records came before.
func (j *joint) known(records []record) int {
	if len(records) == 0 || j.lastID == "" && len(j.tail) == 0 {
		return 0
	}
	known := 0
	if first := records[0].id(); first == j.lastID && first != "" {
		// Just the one: a launch that comes a second time is a repetition.
		known = 1
	} else if first < j.lastID {
		for i, each := range records {
			if each.id() != "" && each.id() <= j.lastID {
				known = i + 1
			}
		}
	}
	for known < len(records) && records[known].id() == "" && j.isInTail(records[known].raw()) {
		known++
	}
	return known
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
