package telemetry

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-systemd/v22/journal"
)

const (
	fieldPrefix    = "VLCP_"
	maxFieldLength = 64 // systemd ignores longer names
)

// sendFunc is journal.Send.
type sendFunc func(message string, p journal.Priority, vars map[string]string) error

// journalHandler writes to systemd's journal by its native protocol.
type journalHandler struct {
	send       sendFunc
	identifier string
	level      slog.Leveler
	spare      slog.Handler // for what the journal does not take

	line   *line
	text   slog.Handler // writes to line
	fields []field      // of WithAttrs
	groups string       // of WithGroup, as a prefix of names
}

type field struct{ name, value string }

// line is the buffer that attributes are rendered in.
type line struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func newJournalHandler(identifier string, level slog.Leveler, spare slog.Handler) *journalHandler {
	l := &line{}
	return &journalHandler{send: journal.Send, identifier: identifier, level: level, spare: spare, line: l,
		text: slog.NewTextHandler(&l.buf, &slog.HandlerOptions{Level: slog.Level(-1 << 10)})}
}

// Enabled implements slog.Handler.
func (h *journalHandler) Enabled(_ context.Context, l slog.Level) bool { return l >= h.level.Level() }

// Handle implements slog.Handler.
func (h *journalHandler) Handle(ctx context.Context, r slog.Record) error {
	tail, err := h.attributes(ctx, r)
	if err != nil {
		return err
	}
	fields := slices.Clip(h.fields)
	r.Attrs(func(a slog.Attr) bool {
		fields = flatten(fields, h.groups, a)
		return true
	})
	vars := make(map[string]string, len(fields)+1)
	for _, f := range fields {
		vars[f.name] = f.value
	}
	if h.identifier != "" {
		vars["SYSLOG_IDENTIFIER"] = h.identifier
	}
	if h.send(r.Message+tail, priority(r.Level), vars) == nil {
		return nil
	}
	return h.spare.Handle(ctx, r)
}

// attributes renders them all as slog's text handler does, with a space in front.
func (h *journalHandler) attributes(ctx context.Context, r slog.Record) (string, error) {
	bare := slog.NewRecord(time.Time{}, slog.LevelInfo, "", 0)
	r.Attrs(func(a slog.Attr) bool {
		bare.AddAttrs(a)
		return true
	})
	h.line.mu.Lock()
	defer h.line.mu.Unlock()
	h.line.buf.Reset()
	if err := h.text.Handle(ctx, bare); err != nil {
		return "", err
	}
	return strings.TrimPrefix(strings.TrimSuffix(h.line.buf.String(), "\n"), `level=INFO msg=""`), nil
}

// WithAttrs implements slog.Handler.
func (h *journalHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := *h
	c.text, c.spare, c.fields = h.text.WithAttrs(attrs), h.spare.WithAttrs(attrs), slices.Clip(h.fields)
	for _, a := range attrs {
		c.fields = flatten(c.fields, h.groups, a)
	}
	return &c
}

// WithGroup implements slog.Handler.
func (h *journalHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	c := *h
	c.text, c.spare, c.groups = h.text.WithGroup(name), h.spare.WithGroup(name), h.groups+name+"_"
	return &c
}

// flatten adds an attribute, or those of a group, to fields.
func flatten(fields []field, groups string, a slog.Attr) []field {
	v := a.Value.Resolve()
	if v.Kind() == slog.KindGroup {
		if a.Key != "" {
			groups += a.Key + "_"
		}
		for _, m := range v.Group() {
			fields = flatten(fields, groups, m)
		}
		return fields
	}
	if a.Key == "" {
		return fields
	}
	return append(fields, field{fieldName(groups + a.Key), v.String()})
}

// fieldName makes a name that the journal accepts: capitals, digits and underscores.
func fieldName(name string) string {
	upper := strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z':
			return r - 'a' + 'A'
		case 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
			return r
		}
		return '_'
	}, name)
	full := fieldPrefix + upper
	return full[:min(len(full), maxFieldLength)]
}

func priority(l slog.Level) journal.Priority {
	switch {
	case l >= slog.LevelError:
		return journal.PriErr
	case l >= slog.LevelWarn:
		return journal.PriWarning
	case l >= slog.LevelInfo:
		return journal.PriInfo
	}
	return journal.PriDebug
}
