package report

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"liftoff"
	"liftoff/internal/table"
)

// Backfill is a backfill with the commands that go on with it, if there are any.
type Backfill struct {
	liftoff.Backfill

	Next []string
}

// backfill is the printed form of a Backfill.
type backfill struct {
	ID     int64                 `json:"backfill_id"`
	Source string                `json:"source"`
	Since  *time.Time            `json:"since"`
	State  liftoff.BackfillState `json:"state"`
	// FinishedAt is nil while the backfill is open.
	OpenedAt   *time.Time `json:"opened_at"`
	FinishedAt *time.Time `json:"finished_at"`
	Parts      int        `json:"parts"`
	PartsDone  int        `json:"parts_done"`
	Workers    int        `json:"workers"`
	// Announced is nil if the source did not say.
	Announced *int64 `json:"announced"`
	Fetched   int64  `json:"fetched"`
	// PerSecond and SecondsLeft are nil if they are not known.
	PerSecond   *float64 `json:"launches_per_second"`
	SecondsLeft *int64   `json:"seconds_left"`
	Next        []string `json:"next"`
}

// WriteBackfill prints a backfill and how far it has come.
func WriteBackfill(w io.Writer, format Format, shown Backfill, options Options) error {
	b := newBackfill(shown)
	title := "Backfill " + strconv.FormatInt(b.ID, 10) + " of " + shown.What()
	switch format {
	case FormatJSON:
		return WriteValue(w, b)
	case FormatCSV:
		return Write(w, format, []table.Table{tableOf("backfill", []backfill{b}, backfillColumns())}, options)
	case FormatMarkdown:
		return Write(w, format, []table.Table{b.fields().table("backfill", title)}, options)
	default:
		return b.fields().write(w, title, options)
	}
}

func newBackfill(shown Backfill) backfill {
	b := backfill{
		ID: shown.ID, Source: shown.Source, Since: orNil(shown.Since), State: shown.State,
		OpenedAt: orNil(shown.OpenedAt), FinishedAt: orNil(shown.FinishedAt),
		Parts: shown.Parts, PartsDone: shown.PartsDone, Workers: shown.Workers, Fetched: shown.Fetched,
		Next: append([]string{}, shown.Next...),
	}
	if shown.Announced >= 0 {
		b.Announced = &shown.Announced
	}
	if shown.PerSecond > 0 {
		rounded := math.Round(shown.PerSecond*10) / 10
		b.PerSecond = &rounded
	}
	if left, isKnown := shown.TimeLeft(); isKnown {
		seconds := int64(left / time.Second)
		b.SecondsLeft = &seconds
	}
	return b
}

// fields are what people want to know of the backfill.
func (b backfill) fields() fieldList {
	var f fieldList
	f.add("State", string(b.State))
	f.add("Parts done", fmt.Sprintf("%s of %s", thousands(int64(b.PartsDone)), thousands(int64(b.Parts))))
	fetched := thousands(b.Fetched)
	if b.Announced != nil {
		fetched += " of " + thousands(*b.Announced)
	}
	f.add("Launches fetched", fetched)
	if b.State == liftoff.BackfillOpen {
		f.add("Workers", thousands(int64(b.Workers)))
	}
	if b.PerSecond != nil {
		f.add("Launches a second", thousands(int64(math.Round(*b.PerSecond))))
	}
	if b.SecondsLeft != nil {
		f.add("Time left, about", (time.Duration(*b.SecondsLeft) * time.Second).String())
	}
	f.add("Source", b.Source)
	f.add("Opened", instant(b.OpenedAt))
	f.add("Ended", instant(b.FinishedAt))
	name := "Next"
	for _, command := range b.Next {
		f.add(name, command)
		name = "then"
	}
	return f
}

// backfillColumns are everything that is known of a backfill, named as in JSON.
func backfillColumns() []column[backfill] {
	return []column[backfill]{
		{Column: table.Integer("backfill_id"), value: func(b backfill) any { return b.ID }},
		{Column: table.Text("source"), value: func(b backfill) any { return b.Source }},
		{Column: table.Timestamp("since"), value: func(b backfill) any { return cell(b.Since) }},
		{Column: table.Text("state"), value: func(b backfill) any { return string(b.State) }},
		{Column: table.Timestamp("opened_at"), value: func(b backfill) any { return cell(b.OpenedAt) }},
		{Column: table.Timestamp("finished_at"), value: func(b backfill) any { return cell(b.FinishedAt) }},
		{Column: table.Integer("parts"), value: func(b backfill) any { return int64(b.Parts) }},
		{Column: table.Integer("parts_done"), value: func(b backfill) any { return int64(b.PartsDone) }},
		{Column: table.Integer("workers"), value: func(b backfill) any { return int64(b.Workers) }},
		{Column: table.Integer("announced"), value: func(b backfill) any { return cell(b.Announced) }},
		{Column: table.Integer("fetched"), value: func(b backfill) any { return b.Fetched }},
		{Column: table.Float("launches_per_second"), value: func(b backfill) any { return cell(b.PerSecond) }},
		{Column: table.Integer("seconds_left").In("s"), value: func(b backfill) any { return cell(b.SecondsLeft) }},
		{Column: table.Text("next"), value: func(b backfill) any { return cell(orNil(strings.Join(b.Next, "; "))) }},
	}
}
