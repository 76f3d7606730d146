package telemetry

// ConsolePatience is how long a test with a fake clock has to wait.
const ConsolePatience = consolePatience
