package report

// DisplayWidth lets tests measure lines as the tables do.
func DisplayWidth(cell string) int { return displayWidth(cell) }

// Field is one thing that is known of a record.
type Field = field

// WriteFields prints a line for each field.
var WriteFields = writeFields
