package catalog

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

const waitPause = 25 * time.Millisecond

// waiter knows what must be in the switches, and follows who has which port.
type waiter struct {
	c        *Catalog
	port     string
	cursor   store.Cursor
	need     map[store.Scope]int64             // revision that must be in the switches
	bindings map[store.Scope]map[string]string // port → host id
	missing  []string
}

// Wait returns when every live host that has ports of a network has everything in its switch that was defined there
// when Wait was called. With a port, that port must be attached too, and its hosts must know where. It gives up with
// *TimedOut when ctx ends.
func (c *Catalog) Wait(ctx context.Context, port string) error {
	w := &waiter{c: c, port: port, need: map[store.Scope]int64{}, bindings: map[store.Scope]map[string]string{}}
	for {
		done, err := w.look(ctx)
		switch {
		case err == nil && done:
			return nil
		case err == nil:
			err = c.o.Sleep(ctx, waitPause)
		}
		switch {
		case err == nil:
		case ctx.Err() != nil && !errors.Is(err, store.ErrNotInitialised):
			return &TimedOut{Missing: w.missing}
		default:
			return err
		}
	}
}

// look compares what is needed with what hosts report, once.
func (w *waiter) look(ctx context.Context) (bool, error) {
	if w.cursor.Scopes == nil {
		if err := w.start(ctx); err != nil {
			return false, err
		}
	}
	if err := w.follow(ctx); err != nil {
		return false, err
	}
	pulse, err := w.c.pulse(ctx)
	if err != nil {
		return false, err
	}
	w.missing = w.lacking(pulse)
	return len(w.missing) == 0, nil
}

// start chooses the scopes to follow.
func (w *waiter) start(ctx context.Context) error {
	networks, err := w.c.s.List(ctx, string(model.KindNetwork))
	if err != nil {
		return err
	}
	if w.port != "" {
		if err := w.c.exists(ctx, ref{model.KindPort, w.port}); err != nil {
			return err
		}
	}
	w.cursor.Scopes = map[store.Scope]int64{}
	for n := range networks {
		w.cursor.Scopes[store.NetworkScope(n)] = 0
	}
	return nil
}

// follow reads what changed since the last look.
func (w *waiter) follow(ctx context.Context) error {
	b, err := w.c.s.Poll(ctx, w.cursor)
	if err != nil {
		return err
	}
	first := w.cursor.Epoch == ""
	w.cursor.Epoch = b.Epoch
	for _, ch := range b.Changes {
		w.cursor.Scopes[ch.Scope] = ch.Rev
		if first {
			w.need[ch.Scope] = ch.Rev
		}
		if err := w.apply(&ch); err != nil {
			return err
		}
	}
	return nil
}

func (w *waiter) apply(ch *store.ScopeChange) error {
	if ch.Full || w.bindings[ch.Scope] == nil {
		w.bindings[ch.Scope] = map[string]string{}
	}
	for _, k := range ch.Deleted {
		if k.Kind == string(model.KindBinding) {
			delete(w.bindings[ch.Scope], k.ID)
		}
		if k.Kind == string(model.KindPort) && k.ID == w.port {
			return &NotFound{Kind: model.KindPort, Name: w.port}
		}
	}
	for i := range ch.Docs {
		d := &ch.Docs[i]
		if d.Key.Kind != string(model.KindBinding) {
			continue
		}
		var b model.Binding
		if err := unmarshal(d, &b); err != nil {
			return err
		}
		w.bindings[ch.Scope][d.Key.ID] = b.Host
		if d.Key.ID == w.port {
			w.need[ch.Scope] = max(w.need[ch.Scope], d.Rev)
		}
	}
	return nil
}

// lacking says who has not got what is needed.
func (w *waiter) lacking(pulse map[string]Pulse) []string {
	var out []string
	need := map[string]int64{}
	attached := w.port == ""
	for scope, ports := range w.bindings {
		for port, host := range ports {
			need[host] = max(need[host], w.need[scope])
			attached = attached || port == w.port
		}
	}
	if !attached {
		out = append(out, fmt.Sprintf("port %s is not attached anywhere: start its guest, or set "+
			"external_ids:iface-id=%s on its interface", w.port, w.port))
	}
	for _, host := range slices.Sorted(maps.Keys(need)) {
		p := pulse[host]
		switch {
		case p.Live && p.Hold != nil:
			out = append(out, fmt.Sprintf("host %s holds %d objects against the store since %s: see store accept", host,
				p.Hold.Count, p.Hold.Since.Format(time.RFC3339)))
		case p.Live && p.Applied < need[host]:
			out = append(out, fmt.Sprintf("host %s has applied revision %d, %d is needed", host, p.Applied, need[host]))
		}
	}
	return out
}
