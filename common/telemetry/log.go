package telemetry

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/coreos/go-systemd/v22/journal"
)

// The formats.
const (
	FormatAuto    = "auto"
	FormatText    = "text"
	FormatJSON    = "json"
	FormatJournal = "journal"
)

// Config says how to log.
type Config struct {
	// Level is debug, info, warn or error; "" means info.
	Level string
	// Format is auto, text, json or journal; "" means auto.
	Format string
	// Identifier is the program's name in the journal.
	Identifier string
	// Output for text and JSON; nil means standard error.
	Output io.Writer
	// Recent, if not nil, gets every warning and error too.
	Recent *Ring[Event]
}

// New returns a logger, and its level, which may be changed while it is in use.
func New(c Config) (*slog.Logger, *slog.LevelVar, error) {
	level := new(slog.LevelVar)
	l, err := ParseLevel(c.Level)
	if err != nil {
		return nil, nil, err
	}
	level.Set(l)
	if c.Output == nil {
		c.Output = os.Stderr
	}
	format := strings.ToLower(c.Format)
	if format == "" || format == FormatAuto {
		format = chooseFormat()
	}
	var h slog.Handler
	opts := &slog.HandlerOptions{Level: level}
	switch format {
	case FormatText:
		h = slog.NewTextHandler(c.Output, opts)
	case FormatJSON:
		h = slog.NewJSONHandler(c.Output, opts)
	case FormatJournal:
		h = newJournalHandler(c.Identifier, level, slog.NewTextHandler(c.Output, opts))
	default:
		return nil, nil, fmt.Errorf("log format %q: want auto, text, json or journal", c.Format)
	}
	if c.Recent != nil {
		h = Tee(h, c.Recent)
	}
	return slog.New(h), level, nil
}

// chooseFormat is for auto.
func chooseFormat() string {
	if ok, err := journal.StderrIsJournalStream(); ok && err == nil && journal.Enabled() {
		return FormatJournal
	}
	return FormatText
}

// ParseLevel reads the name of a level.
func ParseLevel(name string) (slog.Level, error) {
	switch strings.ToLower(name) {
	case "debug":
		return slog.LevelDebug, nil
	case "", "info":
		return slog.LevelInfo, nil
	case "warn", "warning":
		return slog.LevelWarn, nil
	case "error":
		return slog.LevelError, nil
	}
	return 0, fmt.Errorf("log level %q: want debug, info, warn or error", name)
}
