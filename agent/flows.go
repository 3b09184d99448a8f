package agent

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/ofp"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/sorted"
	"github.com/vlcp-go/vlcp/common/store"
)

// onCoroutine runs fn in a coroutine of the agent and waits for its result.
func onCoroutine[T any](ctx context.Context, a *Agent, fn func(co *coroutine.Co) (T, error)) (T, error) {
	f, err := onScheduler(ctx, a, func() (chan func() (T, error), error) {
		done := make(chan func() (T, error), 1)
		a.s.Go("request", func(co *coroutine.Co) error {
			var v T
			err := errPanicked
			defer func() { done <- func() (T, error) { return v, err } }()
			v, err = fn(co)
			return nil
		}, coroutine.Daemon(), coroutine.Contained())
		return done, nil
	})
	var none T
	if err != nil {
		return none, err
	}
	select {
	case r := <-f:
		return r()
	case <-ctx.Done():
		return none, fmt.Errorf("%w: %w", status.ErrUnavailable, ctx.Err())
	}
}

// Flows implements status.Source: what the switch has, beside what is wanted.
func (a *Agent) Flows(ctx context.Context, f status.Filter) ([]status.Flow, error) {
	keep, err := onScheduler(ctx, a, func() (func(status.Flow) bool, error) { return a.filter(f) })
	if err != nil {
		return nil, err
	}
	return onCoroutine(ctx, a, func(co *coroutine.Co) ([]status.Flow, error) {
		if a.of.sess == nil {
			return nil, fmt.Errorf("%w: switch: %s", status.ErrUnavailable, a.of.why)
		}
		have, err := dumpFlows(co, a.of.sess, 0, 0)
		if err != nil {
			return nil, err
		}
		return a.compare(have, keep), nil
	})
}

// compare joins what the switch has with what is wanted.
func (a *Agent) compare(have []of13.FlowStats, keep func(status.Flow) bool) []status.Flow {
	out := []status.Flow{}
	add := func(f status.Flow) {
		if keep(f) {
			out = append(out, f)
		}
	}
	seen := map[string]bool{}
	for i := range have {
		h := &have[i]
		key := of13.FlowKey(h.Table, h.Priority, h.Match.Fields)
		seen[key] = true
		want, wanted := a.engine.set.Wanted(key)
		f := describe(key, h.Match.Fields, h.Instructions, h.Cookie)
		f.Packets, f.Bytes, f.AgeSeconds = h.Packets, h.Bytes, h.DurationSec
		switch {
		case pipeline.Learned(h.Table, h.Cookie, h.Instructions):
			f.State, f.Owner = status.FlowLearned, a.learntOwner(h.Table, h.Match.Fields)
		case !pipeline.Ours(h.Cookie):
			f.State, f.Module = status.FlowForeign, ""
		case !wanted:
			f.State = status.FlowStale
		case want.Cookie != h.Cookie || want.Instr != string(h.Instructions):
			f.State, f.Owner = status.FlowDiffers, want.Owner
		default:
			f.State, f.Owner = status.FlowInstalled, want.Owner
		}
		add(f)
	}
	a.engine.set.EachWanted(func(w pipeline.Flow) {
		if seen[w.Key] {
			return
		}
		_, _, match := of13.SplitFlowKey(w.Key)
		f := describe(w.Key, oxm.Match(match), of13.Instructions(w.Instr), w.Cookie)
		f.State, f.Owner = status.FlowMissing, w.Owner
		add(f)
	})
	sorted.Func(out, func(x, y status.Flow) int {
		return cmp.Or(cmp.Compare(x.Table, y.Table), cmp.Compare(y.Priority, x.Priority), cmp.Compare(x.Match, y.Match))
	})
	return out
}

func describe(key string, m oxm.Match, i of13.Instructions, cookie uint64) status.Flow {
	table, prio, _ := of13.SplitFlowKey(key)
	return status.Flow{Table: table, TableName: pipeline.TableName(table), Priority: prio, Match: ofp.FormatMatch(m),
		Actions: ofp.FormatInstructions(i), Cookie: fmt.Sprintf("%#x", cookie), Module: pipeline.ModuleOf(cookie).String()}
}

// filter makes the choice of a request, or says what in it does not exist.
func (a *Agent) filter(f status.Filter) (func(status.Flow) bool, error) {
	table := -1
	if f.Table != "" {
		t, err := tableOf(f.Table)
		if err != nil {
			return nil, err
		}
		table = t
	}
	var port, network map[string]bool // owners
	if f.Port != "" {
		if _, ok := a.view.Port(f.Port); !ok {
			return nil, fmt.Errorf("port %s: %w among the networks that have ports on this host", f.Port, status.ErrNotFound)
		}
		port = map[string]bool{"port/" + f.Port: true}
		a.addMirrors(port, func(to string) bool { return to == f.Port })
	}
	if f.Network != "" {
		if _, ok := a.view.Networks.Peek(f.Network); !ok {
			return nil, fmt.Errorf("network %s: %w among those that have ports on this host", f.Network, status.ErrNotFound)
		}
		network = a.ownersOf(f.Network)
	}
	return func(x status.Flow) bool {
		return (table < 0 || int(x.Table) == table) && (port == nil || port[x.Owner]) &&
			(network == nil || network[x.Owner])
	}, nil
}

// ownersOf is a network and what is in it.
func (a *Agent) ownersOf(network string) map[string]bool {
	owners := map[string]bool{"network/" + network: true}
	for _, s := range a.view.NetSubnets.Peek(network) {
		owners["subnet/"+s] = true
	}
	a.view.EachPort(func(name string, p model.Port) {
		if p.Network == network {
			owners["port/"+name] = true
		}
	})
	a.addMirrors(owners, func(to string) bool { return owners["port/"+to] })
	return owners
}

func tableOf(text string) (int, error) {
	var names []string
	for _, s := range pipeline.Tables {
		if s.Name == text {
			return int(s.Table), nil
		}
		names = append(names, s.Name)
	}
	n, err := strconv.ParseUint(text, 10, 8)
	if err != nil {
		return 0, fmt.Errorf("table %q: %w: use a number or one of %s", text, status.ErrNotFound, strings.Join(names, ", "))
	}
	return int(n), nil
}

// define finds what attach needs to know of a port: in the view when its network is here, else in the store.
func define(ctx context.Context, a *Agent, port string) (*status.Definition, error) {
	return onCoroutine(ctx, a, func(co *coroutine.Co) (*status.Definition, error) {
		d := &status.Definition{Port: port, DB: a.cfg.OVS.DB, Bridge: a.cfg.OVS.Bridge, DatapathType: a.cfg.OVS.DatapathType}
		if p, ok := a.view.Port(port); ok {
			n, _ := a.view.Networks.Peek(p.Network)
			d.Network, d.MAC, d.MTU, d.Parent = p.Network, p.MAC, n.MTU, p.Parent
			return d, nil
		}
		if a.st == nil {
			return nil, fmt.Errorf("%w: store: %s", status.ErrUnavailable, a.follower.why)
		}
		p, n, err := lookUp(co, a, port)
		if err != nil {
			return nil, err
		}
		d.Network, d.MAC, d.MTU, d.Parent = p.Network, p.MAC, n.MTU, p.Parent
		return d, nil
	})
}

func lookUp(co *coroutine.Co, a *Agent, port string) (p model.Port, n model.Network, err error) {
	nets, err := call(co, func(ctx context.Context) ([]string, error) { return a.st.Lookup(ctx, indexPort, port) })
	if err != nil {
		return p, n, fmt.Errorf("%w: %w", status.ErrUnavailable, err)
	}
	if nets[0] == "" {
		return p, n, fmt.Errorf("port %s is not defined: vlcp-coordinator port create %s --network NETWORK: %w", port, port,
			status.ErrNotFound)
	}
	scope := store.NetworkScope(nets[0])
	docs, err := call(co, func(ctx context.Context) ([]*store.Doc, error) {
		return a.st.Get(ctx, store.Key{Scope: scope, Kind: string(model.KindPort), ID: port},
			store.Key{Scope: scope, Kind: string(model.KindNetwork), ID: nets[0]})
	})
	if err != nil {
		return p, n, fmt.Errorf("%w: %w", status.ErrUnavailable, err)
	}
	if docs[0] == nil || docs[1] == nil {
		return p, n, fmt.Errorf("port %s was deleted just now: %w", port, status.ErrNotFound)
	}
	return p, n, errors.Join(json.Unmarshal(docs[0].Value, &p), json.Unmarshal(docs[1].Value, &n))
}
