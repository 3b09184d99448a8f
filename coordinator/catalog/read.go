package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// The states of a port.
const (
	PortUp      = "up"         // a live host has it, with its flows in the switch
	PortDown    = "down"       // no host has it
	PortUnknown = "unknown"    // the host that had it last does not report
	PortOff     = "admin-down" // an operator took it out of its network
)

// Port is a port with what is known of where it is.
type Port struct {
	model.Port
	State string `json:"state"`
	Host  string `json:"host,omitempty"` // name of the host
	// MigratesTo is the host that it is said to migrate to; Standby are those that have it ready, and get it when its
	// guest speaks there. Both are names.
	MigratesTo string   `json:"migrates_to,omitempty"`
	Standby    []string `json:"standby,omitempty"`
}

// snapshot is one consistent read of many objects.
type snapshot struct {
	File
	bindings map[string]model.Binding
	hosts    map[string]model.Host
}

// snapshot reads these networks with all that is in them, or everything if none is named. The physical networks and
// hosts are always in it.
func (c *Catalog) snapshot(ctx context.Context, networks ...string) (*snapshot, error) {
	if len(networks) == 0 {
		all, err := c.s.List(ctx, string(model.KindNetwork))
		if err != nil {
			return nil, err
		}
		networks = slices.Collect(maps.Keys(all))
	}
	cur := store.Cursor{Scopes: map[store.Scope]int64{store.ScopePhysNets: 0, store.ScopeHosts: 0}}
	for _, n := range networks {
		cur.Scopes[store.NetworkScope(n)] = 0
	}
	b, err := c.s.Poll(ctx, cur)
	if err != nil {
		return nil, err
	}
	s := &snapshot{bindings: map[string]model.Binding{}, hosts: map[string]model.Host{}}
	for _, ch := range b.Changes {
		for i := range ch.Docs {
			if err := s.add(&ch.Docs[i]); err != nil {
				return nil, err
			}
		}
	}
	s.sort()
	return s, nil
}

func (s *snapshot) add(d *store.Doc) error {
	switch kind := model.Kind(d.Key.Kind); kind {
	case model.KindHost:
		var h model.Host
		if err := unmarshal(d, &h); err != nil {
			return err
		}
		s.hosts[d.Key.ID] = h
	case model.KindBinding:
		var b model.Binding
		if err := unmarshal(d, &b); err != nil {
			return err
		}
		s.bindings[d.Key.ID] = b
	case model.KindPhysNet, model.KindPhysPort, model.KindNetwork, model.KindSubnet, model.KindPort,
		model.KindMirror:
		o, err := decode(kind, d)
		if err != nil {
			return err
		}
		s.File.add(o)
	}
	return nil // other kinds are of later releases
}

func unmarshal(d *store.Doc, into any) error {
	if err := json.Unmarshal(d.Value, into); err != nil {
		return fmt.Errorf("%s %s in the store cannot be read: %w", d.Key.Kind, d.Key.ID, err)
	}
	return nil
}

func (f *File) add(o Object) {
	switch o := o.(type) {
	case *model.PhysNet:
		f.PhysNets = append(f.PhysNets, *o)
	case *model.PhysPort:
		f.PhysPorts = append(f.PhysPorts, *o)
	case *model.Network:
		f.Networks = append(f.Networks, *o)
	case *model.Subnet:
		f.Subnets = append(f.Subnets, *o)
	case *model.Port:
		f.Ports = append(f.Ports, *o)
	case *model.Mirror:
		f.Mirrors = append(f.Mirrors, *o)
	}
}

func (f *File) sort() {
	slices.SortFunc(f.PhysNets, func(a, b model.PhysNet) int { return compare(a.Name, b.Name) })
	slices.SortFunc(f.PhysPorts, func(a, b model.PhysPort) int { return compare(a.Name, b.Name) })
	slices.SortFunc(f.Networks, func(a, b model.Network) int { return compare(a.Name, b.Name) })
	slices.SortFunc(f.Subnets, func(a, b model.Subnet) int { return compare(a.Name, b.Name) })
	slices.SortFunc(f.Ports, func(a, b model.Port) int { return compare(a.Name, b.Name) })
	slices.SortFunc(f.Mirrors, func(a, b model.Mirror) int { return compare(a.Name, b.Name) })
}

// PhysNets lists the physical networks by name.
func (c *Catalog) PhysNets(ctx context.Context) ([]model.PhysNet, error) {
	s, err := c.physical(ctx)
	return s.PhysNets, err
}

// PhysPorts lists the uplinks by name; physnet "" means of all physical networks.
func (c *Catalog) PhysPorts(ctx context.Context, physnet string) ([]model.PhysPort, error) {
	if physnet != "" {
		if err := c.exists(ctx, ref{model.KindPhysNet, physnet}); err != nil {
			return nil, err
		}
	}
	s, err := c.physical(ctx)
	other := func(p model.PhysPort) bool { return physnet != "" && p.PhysNet != physnet }
	return slices.DeleteFunc(s.PhysPorts, other), err
}

// physical reads the physical networks and their uplinks.
func (c *Catalog) physical(ctx context.Context) (*snapshot, error) {
	s := &snapshot{}
	docs, err := c.s.Read(ctx, store.ScopePhysNets)
	if err != nil {
		return s, err
	}
	for i := range docs {
		if err := s.add(&docs[i]); err != nil {
			return s, err
		}
	}
	s.sort()
	return s, nil
}

// Networks lists the networks by name; physnet "" means of all physical networks.
func (c *Catalog) Networks(ctx context.Context, physnet string) ([]model.Network, error) {
	index := string(model.KindNetwork)
	if physnet != "" {
		if err := c.exists(ctx, ref{model.KindPhysNet, physnet}); err != nil {
			return nil, err
		}
		index = indexIn(ref{model.KindPhysNet, physnet})
	}
	f, err := c.listed(ctx, model.KindNetwork, index)
	return f.Networks, err
}

// Subnets lists the subnets by name; network "" means of all networks.
func (c *Catalog) Subnets(ctx context.Context, network string) ([]model.Subnet, error) {
	index := string(model.KindSubnet)
	if network != "" {
		if err := c.exists(ctx, ref{model.KindNetwork, network}); err != nil {
			return nil, err
		}
		index = indexSubnets(network)
	}
	f, err := c.listed(ctx, model.KindSubnet, index)
	return f.Subnets, err
}

// Mirrors lists the mirrors by name; port "" means of all ports, else only those that copy from it or to it.
func (c *Catalog) Mirrors(ctx context.Context, port string) ([]model.Mirror, error) {
	if port != "" {
		if err := c.exists(ctx, ref{model.KindPort, port}); err != nil {
			return nil, err
		}
	}
	f, err := c.listed(ctx, model.KindMirror, string(model.KindMirror))
	other := func(m model.Mirror) bool { return port != "" && m.From != port && m.To != port }
	return slices.DeleteFunc(f.Mirrors, other), err
}

// listed reads the objects whose names are the keys of an index.
func (c *Catalog) listed(ctx context.Context, kind model.Kind, index string) (*File, error) {
	f := new(File)
	names, err := c.s.List(ctx, index)
	if err != nil {
		return f, err
	}
	w := c.reader(ctx)
	for n := range names {
		w.refs = append(w.refs, ref{kind, n})
	}
	if err := w.load(w.refs...); err != nil {
		return f, err
	}
	for _, r := range w.refs {
		if o := w.entries[r].old; o != nil {
			f.add(o)
		}
	}
	f.sort()
	return f, nil
}

// reader is a work that only reads.
type reader struct {
	work
	refs []ref
}

func (c *Catalog) reader(ctx context.Context) *reader {
	return &reader{work: work{ctx: ctx, c: c, entries: map[ref]*entry{}}}
}

func (c *Catalog) exists(ctx context.Context, r ref) error {
	_, err := c.Get(ctx, r.kind, r.name)
	return err
}

// Get returns a definition.
func (c *Catalog) Get(ctx context.Context, kind model.Kind, name string) (Object, error) {
	w := c.reader(ctx)
	r := ref{kind, name}
	if err := w.load(r); err != nil {
		return nil, err
	}
	if e := w.entries[r]; e != nil && e.old != nil {
		return e.old, nil
	}
	return nil, &NotFound{Kind: kind, Name: name}
}

// Names lists the names of a kind's objects, sorted; for completion of command lines.
func (c *Catalog) Names(ctx context.Context, kind model.Kind) ([]string, error) {
	all := map[string]string{}
	if kind == model.KindHost {
		hosts, err := c.s.Read(ctx, store.ScopeHosts)
		if err != nil {
			return nil, err
		}
		for _, d := range hosts {
			all[d.Key.ID] = ""
		}
		return slices.Sorted(maps.Keys(all)), nil
	}
	all, err := c.s.List(ctx, string(kind))
	return slices.Sorted(maps.Keys(all)), err
}

// Ports lists the ports by name, with their state; network "" means of all networks.
func (c *Catalog) Ports(ctx context.Context, network string) ([]Port, error) {
	var only []string
	if network != "" {
		if err := c.exists(ctx, ref{model.KindNetwork, network}); err != nil {
			return nil, err
		}
		only = []string{network}
	}
	s, err := c.snapshot(ctx, only...)
	if err != nil {
		return nil, err
	}
	pulse, err := c.pulse(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Port, 0, len(s.Ports))
	ready := standby(pulse)
	for _, p := range s.Ports {
		out = append(out, s.state(p, pulse, ready))
	}
	return out, nil
}

// state says where a port is.
func (s *snapshot) state(p model.Port, pulse map[string]Pulse, ready map[string][]string) Port {
	b, bound := s.bindings[p.Name]
	if !bound {
		state := PortDown
		if p.Down() {
			state = PortOff
		}
		return Port{Port: p, State: state}
	}
	out := Port{Port: p, State: PortUnknown, Host: s.nameOf(b.Host), MigratesTo: s.nameOf(b.To)}
	for _, id := range ready[p.Name] {
		out.Standby = append(out.Standby, s.nameOf(id))
	}
	switch {
	case p.Down():
		out.State = PortOff
	case pulse[b.Host].Live:
		out.State = PortUp
	}
	return out
}

// nameOf is the name of a host, or its id when it has none.
func (s *snapshot) nameOf(id string) string {
	if h, ok := s.hosts[id]; ok && h.Name != "" {
		return h.Name
	}
	return id
}

// standby lists the ids of the live hosts that have a port on standby, by port.
func standby(pulse map[string]Pulse) map[string][]string {
	out := map[string][]string{}
	for _, id := range slices.Sorted(maps.Keys(pulse)) {
		if p := pulse[id]; p.Live {
			for _, port := range p.Standby {
				out[port] = append(out[port], id)
			}
		}
	}
	return out
}

// Port returns a port with its state.
func (c *Catalog) Port(ctx context.Context, name string) (Port, error) {
	o, err := c.Get(ctx, model.KindPort, name)
	if err != nil {
		return Port{}, err
	}
	p := *o.(*model.Port)
	docs, err := c.s.Get(ctx, bindingKey(p.Network, name))
	if err != nil {
		return Port{}, err
	}
	s := &snapshot{bindings: map[string]model.Binding{}, hosts: map[string]model.Host{}}
	if docs[0] == nil {
		return s.state(p, nil, nil), nil
	}
	if err := s.add(docs[0]); err != nil {
		return Port{}, err
	}
	pulse, err := c.pulse(ctx)
	if err != nil {
		return Port{}, err
	}
	ready := standby(pulse)
	b := s.bindings[name]
	keys := []store.Key{hostKey(b.Host), hostKey(b.To)}
	for _, id := range ready[name] {
		keys = append(keys, hostKey(id))
	}
	hosts, err := c.s.Get(ctx, keys...)
	if err != nil {
		return Port{}, err
	}
	for _, h := range hosts {
		if h == nil {
			continue
		}
		if err := s.add(h); err != nil {
			return Port{}, err
		}
	}
	return s.state(p, pulse, ready), nil
}
