package report

// Field is one thing that is known of a record.
type Field = field

// WriteFields prints a line for each field.
var WriteFields = writeFields
