package report

import (
	"fmt"
	"io"
	"time"

	"liftoff/internal/table"
)

// Server is what is known of the embedded PostgreSQL; zero values are not known.
type Server struct {
	IsRunning bool
	// IsBackground means that it stays up until it is told to stop.
	IsBackground bool
	// PID is the process that keeps it up.
	PID int64
	// Since is when it was started, in UTC.
	Since time.Time
	// Port is 0 as long as nobody may connect.
	Port    int64
	Version string
	// Folder has its data, of so many Bytes.
	Folder    string
	Bytes     int64
	Databases []ServerDatabase
}

// ServerDatabase is one database of the server.
type ServerDatabase struct {
	Name string `json:"name"`
	// Launches is nil without the program's tables.
	Launches *int64 `json:"launches"`
}

// serverState is the printed form of a Server.
type serverState struct {
	IsRunning    bool             `json:"running"`
	IsBackground bool             `json:"background"`
	PID          *int64           `json:"process"`
	Since        *time.Time       `json:"since"`
	Port         *int64           `json:"port"`
	Version      *string          `json:"version"`
	Folder       string           `json:"data_folder"`
	Bytes        int64            `json:"bytes"`
	Databases    []ServerDatabase `json:"databases"`
}

// WriteServer prints what is known of the embedded PostgreSQL.
func WriteServer(w io.Writer, format Format, server Server, options Options) error {
	switch format {
	case FormatJSON:
		return WriteValue(w, serverState{
			server.IsRunning, server.IsBackground, orNil(server.PID), orNil(server.Since), orNil(server.Port),
			orNil(server.Version), server.Folder, server.Bytes, server.Databases,
		})
	case FormatTable:
		return writeFields(w, server.fields(), options)
	default:
		return Write(w, format, []table.Table{server.table()}, options)
	}
}

// table has one row for each database, or one without.
func (s Server) table() table.Table {
	t := table.Table{Name: "server", Title: "The embedded PostgreSQL and its databases", Columns: []table.Column{
		table.Boolean("running"), table.Boolean("background"), table.Integer("process"), table.Timestamp("since"), table.Integer("port"),
		table.Word("version"), table.Word("data_folder"), table.Integer("bytes"), table.Word("name"), table.Integer("launches"),
	}}
	server := []any{
		s.IsRunning, s.IsBackground, cell(orNil(s.PID)), cell(orNil(s.Since)), cell(orNil(s.Port)),
		cell(orNil(s.Version)), s.Folder, s.Bytes,
	}
	for _, db := range s.Databases {
		t.Rows = append(t.Rows, append(server[:len(server):len(server)], db.Name, cell(db.Launches)))
	}
	if len(s.Databases) == 0 {
		t.Rows = [][]any{append(server, nil, nil)}
	}
	return t
}

// fields are what people read.
func (s Server) fields() []field {
	var f fieldList
	f.add("state", s.state())
	if s.Port != 0 {
		f.add("address", fmt.Sprintf("127.0.0.1:%d", s.Port))
	}
	if s.Version != "" {
		f.add("version", "PostgreSQL "+s.Version)
	}
	f.add("data", fmt.Sprintf("%s (%d MiB)", s.Folder, s.Bytes>>20))
	for _, db := range s.Databases {
		text := "no tables of liftoff"
		switch {
		case db.Launches == nil:
		case *db.Launches == 1:
			text = "1 launch"
		default:
			text = thousands(*db.Launches) + " launches"
		}
		f.add("database", db.Name+": "+text)
	}
	return f
}

func (s Server) state() string {
	switch {
	case s.IsBackground:
		return fmt.Sprintf("running in the background since %s UTC (process %d)", s.Since.Format(time.DateTime), s.PID)
	case s.IsRunning && s.PID != 0 && s.Port == 0:
		return fmt.Sprintf("stops as soon as no other liftoff command uses it (process %d)", s.PID)
	case s.IsRunning && s.PID != 0:
		return fmt.Sprintf("running as long as another liftoff command does (process %d)", s.PID)
	case s.IsRunning:
		return "about to start or stop"
	default:
		return "not running"
	}
}
