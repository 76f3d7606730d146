package spacex

import (
	"bytes"
	"crypto/sha256"
	"slices"

	"liftoff"
	"liftoff/internal/source/fetch"
)

// maxTail is how many records without an id are remembered: a longer row of them
// cannot be put in order.
const maxTail = 1000

// joint is where the records so far end and the next ones are joined on.
type joint struct {
	noun string
	// lastID and lastRaw are of the last record that has an id.
	lastID  string
	lastRaw []byte
	// isInConflict says that this record came twice with different contents.
	isInConflict bool
	// tail are the records without an id that came after it, by their hashes:
	// their bytes would keep the answers that they came with in memory.
	tail []digest
}

// digest is the SHA-256 of a record's bytes.
type digest [sha256.Size]byte

// isApart reports whether records begin after the joint, so that something may
// lie between.
func (j *joint) isApart(records []record) bool {
	hasBegun := j.lastID != "" || len(j.tail) > 0
	return hasBegun && j.known(records) == 0 && firstID(records) > j.lastID
}

// add joins records on that did not come before, and returns what is to be
// handed out, in the same memory. It is an error when they are out of order.
func (j *joint) add(fresh []record) (found, error) {
	handed := found{records: fresh[:0]}
	for _, each := range fresh {
		switch {
		case each.isRejected():
			handed.records = append(handed.records, each)
			j.tail = append(j.tail[max(0, len(j.tail)-maxTail+1):], sha256.Sum256(each.raw))
		case each.id > j.lastID:
			handed.records = append(handed.records, each)
			*j = joint{noun: j.noun, lastID: each.id, lastRaw: each.raw}
		case each.id < j.lastID:
			return found{}, fetch.Unusable("%s %q comes after %q: the API does not keep to the order asked for, so some could be left out",
				j.noun, each.id, j.lastID)
		case bytes.Equal(each.raw, j.lastRaw) && !j.isInConflict:
			handed.repeated++
		default:
			j.isInConflict = true
			handed.records = append(j.withoutLast(handed.records), j.conflicting(each))
		}
	}
	return handed, nil
}

// withoutLast returns the records with the last one that has an id rejected if
// it is the joint's own: it came a second time with different contents.
func (j *joint) withoutLast(records []record) []record {
	for i, each := range slices.Backward(records) {
		if each.id == j.lastID {
			records[i] = j.conflicting(each)
			break
		}
	}
	return records
}

// conflicting returns a record as one that came twice with different contents.
func (j *joint) conflicting(each record) record {
	return record{
		reason:   liftoff.ConflictingDuplicate,
		detail:   j.noun + " " + fetch.OneLine(each.id, maxIDBytes) + " came twice with different contents",
		launchID: each.id, url: each.url, raw: each.raw,
	}
}

// known returns how many of the first records came before: pages overlap.
func (j *joint) known(records []record) int {
	known := 0
	for i, each := range records {
		if each.id > j.lastID {
			break
		}
		if each.id == "" {
			continue
		}
		known = i + 1
		if i == 0 && each.id == j.lastID {
			break // Just the one: a record that comes a second time is a repetition.
		}
	}
	if known > 0 {
		return known + behind(j.tail, records[known:])
	}
	if len(records) == 0 || len(j.tail) == 0 {
		return 0
	}
	first := digest(sha256.Sum256(records[0].raw))
	for i, sum := range slices.Backward(j.tail) {
		// Bad records may have the same bytes. Then the last of them counts: it
		// is the overlap of pages that have not shifted.
		if sum == first {
			return behind(j.tail[i:], records)
		}
	}
	return 0
}

// behind returns how many of the first records are those of a tail; some of the
// tail may have been removed meanwhile.
func behind(tail []digest, records []record) int {
	known := 0
	for i := 0; i < len(tail) && known < len(records); known++ {
		sum := digest(sha256.Sum256(records[known].raw))
		for i < len(tail) && tail[i] != sum {
			i++
		}
		if i == len(tail) {
			break
		}
		i++
	}
	return known
}

// firstID returns the id of the first record that has one; "" for none.
func firstID(records []record) string {
	for _, each := range records {
		if each.id != "" {
			return each.id
		}
	}
	return ""
}
