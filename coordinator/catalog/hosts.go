package catalog

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// A host is live while its last heartbeat is younger than livePeriods times the interval it announced, and than liveMin
// in any case: a busy host may be late.
const (
	liveMin     = 15 * time.Second
	livePeriods = 3
)

// The states of a host.
const (
	HostLive   = "live"
	HostSilent = "silent"
)

// Pulse is what a host's heartbeat says.
type Pulse struct {
	model.Beat
	Age  time.Duration // by the store's clock
	Live bool
}

// Host is a hypervisor and its heartbeat.
type Host struct {
	model.Host
	State   string         `json:"state"`
	Age     model.Duration `json:"age,omitempty"` // since the last heartbeat
	Ports   int            `json:"ports"`
	Applied int64          `json:"applied"`         // revision of the store whose flows are in the switch
	Holds   bool           `json:"holds,omitempty"` // it keeps what the store does not have, see Holds
}

// pulse reads all heartbeats, by host id.
func (c *Catalog) pulse(ctx context.Context) (map[string]Pulse, error) {
	beats, err := c.s.Beats(ctx)
	if err != nil {
		return nil, err
	}
	info, err := c.s.Info(ctx)
	if err != nil {
		return nil, err
	}
	out := make(map[string]Pulse, len(beats))
	for _, b := range beats {
		p := Pulse{Age: max(0, info.Time.Sub(b.At))}
		if json.Unmarshal(b.Value, &p.Beat) != nil {
			out[b.Host] = p // what cannot be read says nothing: the host counts as silent
			continue
		}
		p.Live = p.Age < max(liveMin, livePeriods*time.Duration(p.IntervalMS)*time.Millisecond)
		out[b.Host] = p
	}
	return out, nil
}

// Hosts lists the hosts by id, with their state. A heartbeat without a host document counts too: its agent is about to
// write it, or it was deleted.
func (c *Catalog) Hosts(ctx context.Context) ([]Host, error) {
	docs, err := c.s.Read(ctx, store.ScopeHosts)
	if err != nil {
		return nil, err
	}
	pulse, err := c.pulse(ctx)
	if err != nil {
		return nil, err
	}
	var out []Host
	seen := map[string]bool{}
	for i := range docs {
		if docs[i].Key.Kind != string(model.KindHost) {
			continue
		}
		var h model.Host
		if err := unmarshal(&docs[i], &h); err != nil {
			return nil, err
		}
		out = append(out, hostOf(h, pulse))
		seen[h.ID] = true
	}
	for id := range pulse {
		if !seen[id] {
			out = append(out, hostOf(model.Host{ID: id, Name: id}, pulse))
		}
	}
	slices.SortFunc(out, func(a, b Host) int { return cmp.Or(compare(a.Name, b.Name), compare(a.ID, b.ID)) })
	return out, nil
}

func hostOf(h model.Host, pulse map[string]Pulse) Host {
	out := Host{Host: h, State: HostSilent}
	if p, ok := pulse[h.ID]; ok {
		out.Age, out.Ports, out.Applied = model.Duration(p.Age.Truncate(time.Millisecond)), p.Ports, p.Applied
		out.Holds = p.Hold != nil
		if p.Live {
			out.State = HostLive
		}
	}
	return out
}

// Host finds a host by id, or by name if only one has it.
func (c *Catalog) Host(ctx context.Context, name string) (Host, error) {
	all, err := c.Hosts(ctx)
	if err != nil {
		return Host{}, err
	}
	var found []Host
	for _, h := range all {
		if h.ID == name {
			return h, nil
		}
		if h.Name == name {
			found = append(found, h)
		}
	}
	switch len(found) {
	case 0:
		return Host{}, &NotFound{Kind: model.KindHost, Name: name}
	case 1:
		return found[0], nil
	}
	return Host{}, refuse(ref{model.KindHost, name}, fieldName, "%d hosts have this name: give the id, host list shows it",
		len(found))
}

// DeleteHost forgets a host that is gone. A live one is refused, it would announce itself again.
func (c *Catalog) DeleteHost(ctx context.Context, name string) (Host, error) {
	h, err := c.Host(ctx, name)
	if err != nil {
		return h, err
	}
	if h.State == HostLive {
		return h, refuse(ref{model.KindHost, h.ID}, "state", "is live, its last heartbeat was %s ago: stop its agent first",
			h.Age)
	}
	t := store.Txn{ID: c.o.NewID(), Author: c.o.Author, Note: "delete host " + h.ID, Deletes: []store.Key{hostKey(h.ID)}}
	if _, err := c.s.Commit(ctx, t); err != nil {
		return h, err
	}
	return h, c.s.RemoveBeat(ctx, h.ID)
}
