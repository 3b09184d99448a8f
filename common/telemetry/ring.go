package telemetry

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Ring keeps the last values added to it. It is safe for concurrent use.
type Ring[T any] struct {
	mu    sync.Mutex
	slots []T
	total uint64
}

// NewRing returns a ring of n values, at least one.
func NewRing[T any](n int) *Ring[T] { return &Ring[T]{slots: make([]T, max(n, 1))} }

// Add adds v; the oldest value goes when the ring is full.
func (r *Ring[T]) Add(v T) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.slots[r.total%uint64(len(r.slots))] = v
	r.total++
}

// Last returns what is kept, oldest first.
func (r *Ring[T]) Last() []T {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := uint64(len(r.slots))
	if r.total < n {
		return append([]T(nil), r.slots[:r.total]...)
	}
	return append(append([]T(nil), r.slots[r.total%n:]...), r.slots[:r.total%n]...)
}

// Total is how many values were ever added.
func (r *Ring[T]) Total() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.total
}

// Event is a log record as a Ring keeps it.
type Event struct {
	Time    time.Time         `json:"time"`
	Level   string            `json:"level"`
	Message string            `json:"message"`
	Attrs   map[string]string `json:"attrs,omitempty"`
}

// Tee returns a handler that passes records on to h and keeps warnings and errors in ring.
func Tee(h slog.Handler, ring *Ring[Event]) slog.Handler { return &tee{Handler: h, ring: ring} }

type tee struct {
	slog.Handler
	ring   *Ring[Event]
	attrs  []scoped // of WithAttrs
	groups string   // of WithGroup, as a prefix of names
}

// scoped is an attribute and the groups that it was added in.
type scoped struct {
	groups string
	attr   slog.Attr
}

// Enabled implements slog.Handler.
func (t *tee) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn || t.Handler.Enabled(ctx, l)
}

// Handle implements slog.Handler.
func (t *tee) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelWarn {
		e := Event{Time: r.Time, Level: r.Level.String(), Message: r.Message}
		for _, a := range t.attrs {
			e.add(a.groups, a.attr)
		}
		r.Attrs(func(a slog.Attr) bool {
			e.add(t.groups, a)
			return true
		})
		t.ring.Add(e)
	}
	if !t.Handler.Enabled(ctx, r.Level) {
		return nil
	}
	return t.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (t *tee) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := *t
	c.Handler = t.Handler.WithAttrs(attrs)
	c.attrs = t.attrs[:len(t.attrs):len(t.attrs)]
	for _, a := range attrs {
		c.attrs = append(c.attrs, scoped{t.groups, a})
	}
	return &c
}

// WithGroup implements slog.Handler.
func (t *tee) WithGroup(name string) slog.Handler {
	if name == "" {
		return t
	}
	c := *t
	c.Handler, c.groups = t.Handler.WithGroup(name), t.groups+name+"."
	return &c
}

func (e *Event) add(groups string, a slog.Attr) {
	v := a.Value.Resolve()
	if v.Kind() == slog.KindGroup {
		if a.Key != "" {
			groups += a.Key + "."
		}
		for _, m := range v.Group() {
			e.add(groups, m)
		}
		return
	}
	if e.Attrs == nil {
		e.Attrs = map[string]string{}
	}
	e.Attrs[groups+a.Key] = v.String()
}
