package spacex

import (
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"liftoff"
)

// dateForm is how the API writes nearly every date; the zeros stand for digits. The
// last three are a fraction of milliseconds, and the zone is UTC.
const dateForm = "0000-00-00T00:00:00.000Z"

// maxFlightDigits keeps a flight number within PostgreSQL's INTEGER.
const maxFlightDigits = 9

// fieldReader reads the fields of one launch that the view launches shows, as the
// view launches_from_documents reads them. What is spelt unusually it leaves to
// that view.
type fieldReader struct {
	read      liftoff.LaunchFields
	isUnusual bool
}

// result returns the fields; nil for an unusual document.
func (f *fieldReader) result() *liftoff.LaunchFields {
	if f.isUnusual {
		return nil
	}
	slices.Sort(f.read.PayloadIDs)
	f.read.PayloadIDs = slices.Compact(f.read.PayloadIDs)
	return &f.read
}

// member reads the value of the member of a name.
func (f *fieldReader) member(decoder *jsontext.Decoder, name []byte) (err error) {
	switch string(name) {
	case "name":
		f.read.Name, err = readText(decoder)
	case "date_precision":
		f.read.DatePrecision, err = readText(decoder)
	case "rocket":
		f.read.RocketID, err = f.readReference(decoder)
	case "launchpad":
		f.read.LaunchpadID, err = f.readReference(decoder)
	case "upcoming":
		f.read.Upcoming, err = readBoolean(decoder)
	case "success":
		f.read.Success, err = readBoolean(decoder)
	case "flight_number":
		err = f.readFlightNumber(decoder)
	case "date_utc":
		err = f.readDate(decoder)
	default:
		err = decoder.SkipValue()
	}
	return err
}

// readText reads a value that is NULL unless it is a string.
func readText(decoder *jsontext.Decoder) (*string, error) {
	if decoder.PeekKind() != jsontext.KindString {
		return nil, decoder.SkipValue()
	}
	value, err := readString(decoder)
	if err != nil {
		return nil, err
	}
	text := string(value)
	return &text, nil
}

// readReference reads an id. A populated object has its own id somewhere.
func (f *fieldReader) readReference(decoder *jsontext.Decoder) (*string, error) {
	f.isUnusual = f.isUnusual || decoder.PeekKind() == jsontext.KindBeginObject
	return readText(decoder)
}

// readBoolean reads a value that is NULL unless it is true or false.
func readBoolean(decoder *jsontext.Decoder) (*bool, error) {
	kind := decoder.PeekKind()
	if err := decoder.SkipValue(); err != nil || kind != jsontext.KindTrue && kind != jsontext.KindFalse {
		return nil, err
	}
	isTrue := kind == jsontext.KindTrue
	return &isTrue, nil
}

// readFlightNumber reads an integer in its plain form.
func (f *fieldReader) readFlightNumber(decoder *jsontext.Decoder) error {
	value, err := decoder.ReadValue()
	if err != nil || value.Kind() == jsontext.KindNull {
		return err
	}
	number, parseErr := strconv.ParseInt(string(value), 10, 32)
	if parseErr == nil && len(value) <= maxFlightDigits {
		flight := int32(number)
		f.read.FlightNumber = &flight
	} else {
		f.isUnusual = true
	}
	return nil
}

// readDate reads a date in the API's usual form.
func (f *fieldReader) readDate(decoder *jsontext.Decoder) error {
	text, err := readText(decoder)
	if err != nil || text == nil {
		// Of any other type the view takes the text.
		f.isUnusual = f.isUnusual || text == nil
		return err
	}
	if moment, isUsual := parseDate(*text); isUsual {
		f.read.LaunchedAt = moment
	} else {
		f.isUnusual = true
	}
	return nil
}

// parseDate returns the moment of a date in the API's usual form. The zero time would
// stand for no date, so it is unusual, as is the year 0, which the database refuses.
func parseDate(text string) (moment time.Time, isUsual bool) {
	if len(text) != len(dateForm) {
		return time.Time{}, false
	}
	for i := range len(text) {
		isDigit := text[i] >= '0' && text[i] <= '9'
		if isDigit != (dateForm[i] == '0') || !isDigit && text[i] != dateForm[i] {
			return time.Time{}, false
		}
	}
	number := func(from, to int) int {
		n, _ := strconv.Atoi(text[from:to]) // digits alone
		return n
	}
	year, month, day := number(0, 4), number(5, 7), number(8, 10)
	hour, minute, second := number(11, 13), number(14, 16), number(17, 19)
	moment = time.Date(year, time.Month(month), day, hour, minute, second, number(20, 23)*int(time.Millisecond), time.UTC)
	isUsual = year > 0 && hour < 24 && minute < 60 && second < 60 &&
		int(moment.Month()) == month && moment.Day() == day && !moment.IsZero()
	return moment, isUsual
}

// payload reads an entry of the list of payloads.
func (f *fieldReader) payload(decoder *jsontext.Decoder) error {
	id, err := readText(decoder)
	if id == nil {
		f.isUnusual = true
		return err
	}
	f.read.PayloadIDs = append(f.read.PayloadIDs, *id)
	return err
}
