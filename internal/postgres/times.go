package postgres

import (
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// registerTimes makes a connection read its timestamps as datedTimes.
func registerTimes(types *pgtype.Map) {
	types.RegisterType(&pgtype.Type{Name: "timestamp", OID: pgtype.TimestampOID, Codec: datedTimes{&pgtype.TimestampCodec{}}})
	types.RegisterType(&pgtype.Type{Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: datedTimes{&pgtype.TimestamptzCodec{}}})
}

// datedTimes reads timestamps. What has no date of four digits, such as infinity or
// the year 44 BC, is read as NULL: other programs may have stored it, but neither
// JSON nor the readers of CSV and Parquet know such times. Where a value is wanted,
// NULL is the zero time.
type datedTimes struct{ pgtype.Codec }

// DecodeValue returns a time.Time, or nil for NULL.
func (d datedTimes) DecodeValue(types *pgtype.Map, oid uint32, format int16, src []byte) (any, error) {
	value, err := d.Codec.DecodeValue(types, oid, format, src)
	if moment, isTime := value.(time.Time); err != nil || (isTime && isDated(moment)) {
		return value, err
	}
	return nil, nil //nolint:nilnil // as pgtype's own codecs return NULL
}

// isDated reports whether a moment has a year from 1 to 9999, in UTC.
func isDated(moment time.Time) bool {
	year := moment.UTC().Year()
	return 1 <= year && year <= 9999
}

// PlanScan returns how a timestamp gets into a target.
func (d datedTimes) PlanScan(types *pgtype.Map, oid uint32, format int16, target any) pgtype.ScanPlan {
	switch target.(type) {
	case *time.Time, **time.Time:
		return timePlan{d, types, oid, format}
	default:
		return d.Codec.PlanScan(types, oid, format, target)
	}
}

// timePlan scans timestamps of one column into a *time.Time or **time.Time.
type timePlan struct {
	codec  datedTimes
	types  *pgtype.Map
	oid    uint32
	format int16
}

// Scan reads one value.
func (p timePlan) Scan(src []byte, target any) error {
	value, err := p.codec.DecodeValue(p.types, p.oid, p.format, src)
	if err != nil {
		return err
	}
	moment, isDated := value.(time.Time)
	switch target := target.(type) {
	case *time.Time:
		*target = moment
	case **time.Time:
		*target = nil
		if isDated {
			*target = &moment
		}
	}
	return nil
}
