package telemetry

// ConsolePatience is how long a test with a fake clock has to wait.
const ConsolePatience = consolePatience

// MaxText is the longest text in bytes that a line shows whole.
const MaxText = maxText

// DroppedFileLines returns how many lines could not be written to the file.
func (s *Sinks) DroppedFileLines() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fileDropped
}

// DroppedConsoleLines returns how many lines the console refused, or could
// not take because it has no reader.
func (s *Sinks) DroppedConsoleLines() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.consoleDropped
}
