package view

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/vport"
	"github.com/vlcp-go/vlcp/common/incremental"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// Place is where a defined port is, as seen from this host.
type Place struct {
	Network string
	Subnet  string
	MAC     model.MAC
	IP      netip.Addr
	More    []netip.Addr // addresses besides IP, IPv6 ones too
	OFPort  uint32       // local OpenFlow port; 0 when it is not here
	// Host is the id of the other host that has it; "" when it is here or nowhere. A port with both migrates to here: it
	// is ready, and the other host has it until its guest speaks.
	Host string
	// Secured and Allowed are PortSecurity and AllowedAddresses of the port.
	Secured bool
	Allowed []model.AllowedAddress
	Limits  model.Limits
	Meter   uint32 // number of the meters for them
	// Trunk says that others are behind the same OpenFlow port. Parent is that of a sub-port, and VLAN its tag.
	Trunk  bool
	Parent string
	VLAN   uint16
	Need   Need
	// MirrorIn and MirrorOut say that what is delivered to it, and what it sends, is copied.
	MirrorIn, MirrorOut bool
}

// Way is how frames get to a port that is here.
func (p Place) Way() pipeline.Way {
	w := pipeline.WayTo(p.OFPort, p.VLAN, p.Limits.In != 0)
	if p.MirrorIn {
		w = pipeline.ToMirrored(w)
	}
	if p.Trunk && p.VLAN == 0 {
		return pipeline.ToParent(w)
	}
	return w
}

// From asks for frames of the guest of a port that is here, in tables behind classify.
func (p Place) From() pipeline.Matcher {
	m := pipeline.Match().InPort(p.OFPort)
	if p.Trunk {
		m = m.FromVLAN(p.VLAN)
	}
	return m
}

func (p Place) equal(o Place) bool {
	return p.Network == o.Network && p.Subnet == o.Subnet && p.MAC == o.MAC && p.IP == o.IP && p.OFPort == o.OFPort &&
		slices.Equal(p.More, o.More) && p.Limits == o.Limits && p.Meter == o.Meter && p.Trunk == o.Trunk &&
		p.Parent == o.Parent && p.VLAN == o.VLAN && p.Need == o.Need && p.MirrorIn == o.MirrorIn &&
		p.MirrorOut == o.MirrorOut &&
		p.Host == o.Host && p.Secured == o.Secured && slices.Equal(p.Allowed, o.Allowed)
}

// IPs are the addresses of p, the one that DHCP hands out first.
func (p Place) IPs(yield func(netip.Addr) bool) {
	if p.IP.IsValid() && !yield(p.IP) {
		return
	}
	for _, a := range p.More {
		if !yield(a) {
			return
		}
	}
}

// Self is what rules need to know of this host.
type Self struct {
	Host       string // our host id
	TunnelPort uint32 // OpenFlow port of the tunnel, 0 while there is none
	IPv6       bool   // tunnels are between addresses of IPv6
	Metered    Metered
}

// Metered says of what flows go through a meter of their port: what is limited, where the switch has meters. Limits are
// those of ports.
type Metered struct{ Agent, Flood, Limits bool }

// Meter is the meter of a kind for flows of a local OpenFlow port, 0 for none while the switch refuses it.
func (v *View) Meter(ctx *incremental.Ctx, kind pipeline.Kind, port uint32) uint32 {
	meter := kind.Of(port)
	if refused, _ := v.Refused.Get(ctx, meter); refused {
		return 0
	}
	return meter
}

// BindingDoc is a binding and the revision that wrote it.
type BindingDoc struct {
	model.Binding
	Rev int64
}

// View is the inputs. It is used on the scheduler only.
type View struct {
	Graph    *incremental.Graph
	Networks *incremental.Table[string, model.Network]
	Subnets  *incremental.Table[string, model.Subnet]
	PhysNets *incremental.Table[string, model.PhysNet]
	Uplinks  *incremental.Table[string, uint32]     // by physical network, the OpenFlow port
	Tunnels  *incremental.Table[string, uint32]     // by physical network, where it is not that of Self: 0 while missing
	Refused  *incremental.Table[uint32, bool]       // meters that the switch does not take: true
	Lazies   *incremental.Table[string, bool]       // networks whose flows are on demand: true
	Hosts    *incremental.Table[string, model.Host] // by host id
	Places   *incremental.Table[string, Place]      // by port name
	Self     *incremental.Table[struct{}, Self]

	Mirrors    *incremental.Table[string, model.Mirror] // of ports of followed networks
	MirrorEnds *incremental.Table[string, model.Mirror] // that copy to ports of followed networks

	LocalPorts  *incremental.Index[string, Place, string, uint32] // network → ways to local ports
	RemoteHosts *incremental.Index[string, Place, string, string] // network → ids of hosts that have ports of it
	NetSubnets  *incremental.Index[string, model.Subnet, string, string]
	MirrorsOf   *incremental.Index[string, model.Mirror, string, string] // port → mirrors that copy from it

	physPorts map[string]model.PhysPort
	ports     map[string]model.Port
	bindings  map[string]BindingDoc
	locals    map[string]vport.Local
	docs      docs
	byWay     map[pipeline.Way]string
	subs      subPorts
	demand    demand
	arrived   map[string]string // port → row of the interface that its guest speaks on
	touched   map[string]bool   // see TakeTouched
}

// New returns an empty view.
func New() *View {
	g := incremental.New()
	v := &View{
		Graph:    g,
		Networks: incremental.NewTable[string](g, "networks", equal[model.Network]),
		Subnets:  incremental.NewTable[string](g, "subnets", deepEqual[model.Subnet]),
		PhysNets: incremental.NewTable[string](g, "physnets", equal[model.PhysNet]),
		Tunnels:  incremental.NewTable[string](g, "tunnels", equal[uint32]),
		Uplinks:  incremental.NewTable[string](g, "uplinks", equal[uint32]),
		Refused:  incremental.NewTable[uint32](g, "refused", equal[bool]),
		Lazies:   incremental.NewTable[string](g, "lazies", equal[bool]),
		Hosts:    incremental.NewTable[string](g, "hosts", equal[model.Host]),
		Places:   incremental.NewTable[string](g, "places", Place.equal),
		Self:     incremental.NewTable[struct{}](g, "self", equal[Self]),

		Mirrors:    incremental.NewTable[string](g, "mirrors", equal[model.Mirror]),
		MirrorEnds: incremental.NewTable[string](g, "mirror-ends", equal[model.Mirror]),

		physPorts: map[string]model.PhysPort{},
		ports:     map[string]model.Port{}, bindings: map[string]BindingDoc{}, locals: map[string]vport.Local{},
		docs: newDocs(), subs: newSubPorts(), demand: newDemand(),
		byWay: map[pipeline.Way]string{}, arrived: map[string]string{}, touched: map[string]bool{},
	}
	v.LocalPorts = incremental.NewIndex(v.Places, "local-ports", localPorts, less[uint32])
	v.RemoteHosts = incremental.NewIndex(v.Places, "remote-hosts", remoteHosts, less[string])
	v.NetSubnets = incremental.NewIndex(v.Subnets, "network-subnets", netSubnets, less[string])
	v.MirrorsOf = incremental.NewIndex(v.Mirrors, "mirrors-of", mirrorsOf, less[string])
	return v
}

func localPorts(_ string, p Place) []incremental.Pair[string, uint32] {
	if p.OFPort == 0 {
		return nil
	}
	return []incremental.Pair[string, uint32]{{Group: p.Network, Member: p.Way()}}
}

func remoteHosts(_ string, p Place) []incremental.Pair[string, string] {
	if p.Host == "" {
		return nil
	}
	return []incremental.Pair[string, string]{{Group: p.Network, Member: p.Host}}
}

func netSubnets(name string, s model.Subnet) []incremental.Pair[string, string] {
	return []incremental.Pair[string, string]{{Group: s.Network, Member: name}}
}

func equal[T comparable](a, b T) bool     { return a == b }
func deepEqual[T any](a, b T) bool        { return reflect.DeepEqual(a, b) }
func less[T uint32 | string](a, b T) bool { return a < b }

// Expect makes room for n documents of a kind, unless there are some: what grows to its size by itself is copied again
// and again.
func (v *View) Expect(kind string, n int) {
	v.docs.expect(kind, n)
	switch model.Kind(kind) {
	case model.KindPort:
		v.Places.Expect(n)
		if len(v.ports) == 0 {
			v.ports = make(map[string]model.Port, n)
		}
	case model.KindBinding:
		if len(v.bindings) == 0 {
			v.bindings = make(map[string]BindingDoc, n)
		}
	}
}

// Apply takes a batch in. Documents older than what the view has are passed over, so re-reading is harmless. An error
// names documents that could not be read; the others are applied.
func (v *View) Apply(b store.Batch) error {
	var bad []string
	for _, c := range b.Changes {
		var seen map[store.Key]bool // nil: there is nothing that may have to go
		if c.Full && v.docs.any(c.Scope) {
			seen = make(map[store.Key]bool, len(c.Docs))
		}
		for _, d := range c.Docs {
			if seen != nil {
				seen[d.Key] = true
			}
			if err := v.Put(d); err != nil {
				bad = append(bad, err.Error())
			}
		}
		for _, k := range c.Deleted {
			if rev, _ := v.docs.rev(k); rev <= c.Rev { // else it is one that we committed ourselves since
				v.Remove(k)
			}
		}
		if seen != nil {
			v.prune(c.Scope, seen, c.Rev)
		}
	}
	if bad != nil {
		return fmt.Errorf("read documents: %s", strings.Join(bad, "; "))
	}
	return nil
}

// prune removes what a whole read of a scope at rev did not contain, except what is newer than that read.
func (v *View) prune(scope store.Scope, seen map[store.Key]bool, rev int64) {
	for k := range v.docs.in(scope) {
		if r, _ := v.docs.rev(k); !seen[k] && r <= rev {
			v.Remove(k)
		}
	}
}

// Drop forgets a scope that is no longer followed.
func (v *View) Drop(scope store.Scope) {
	for k := range v.docs.in(scope) {
		v.Remove(k)
	}
	v.docs.drop(scope)
}

// Put takes in one document: of a batch, or one that we committed ourselves, ahead of the log.
func (v *View) Put(d store.Doc) error {
	have, elsewhere := v.docs.standing(d.Key)
	if have >= d.Rev {
		return nil
	}
	if elsewhere > d.Rev {
		v.docs.set(d.Key, d.Rev, false)
		return nil
	}
	if err := v.set(d); err != nil {
		return fmt.Errorf("%s %s: %w", d.Key.Kind, d.Key.ID, err)
	}
	v.docs.set(d.Key, d.Rev, true)
	return nil
}

func (v *View) set(d store.Doc) error {
	switch model.Kind(d.Key.Kind) {
	case model.KindNetwork:
		n, err := decode[model.Network](d)
		if err == nil {
			v.Networks.Set(d.Key.ID, n)
			v.fitLazy(d.Key.ID)
		}
		return err
	case model.KindPhysNet:
		p, err := decode[model.PhysNet](d)
		if err == nil {
			v.PhysNets.Set(d.Key.ID, p)
		}
		return err
	case model.KindPhysPort:
		p, err := decode[model.PhysPort](d)
		if err == nil {
			v.physPorts[d.Key.ID] = p
		}
		return err
	case model.KindSubnet:
		s, err := decode[model.Subnet](d)
		if err == nil {
			v.Subnets.Set(d.Key.ID, s)
		}
		return err
	case model.KindHost:
		h, err := decode[model.Host](d)
		if err == nil {
			v.Hosts.Set(d.Key.ID, h)
		}
		return err
	case model.KindPort:
		p, err := decodePort(d)
		if err == nil {
			v.setPort(d.Key.ID, &p)
		}
		return err
	case model.KindSubPort:
		s, err := decode[model.SubPort](d)
		if err == nil {
			v.setNeed(d.Key.ID, &s)
		}
		return err
	case model.KindMirror, model.KindMirrorEnd:
		return v.putMirror(d)
	case model.KindBinding:
		b, err := decodeBinding(d)
		if err == nil {
			v.bindings[d.Key.ID] = BindingDoc{Binding: b, Rev: d.Rev}
			v.placeAll(d.Key.ID)
		}
		return err
	}
	return nil // kinds of a later version are none of our business
}

// Remove drops one document: of a batch, or one that we deleted ourselves, ahead of the log.
func (v *View) Remove(k store.Key) {
	if !v.docs.remove(k) {
		return
	}
	switch model.Kind(k.Kind) {
	case model.KindPhysNet:
		v.PhysNets.Delete(k.ID)
	case model.KindPhysPort:
		delete(v.physPorts, k.ID)
	case model.KindNetwork:
		v.Networks.Delete(k.ID)
		v.fitLazy(k.ID)
	case model.KindSubnet:
		v.Subnets.Delete(k.ID)
	case model.KindHost:
		v.Hosts.Delete(k.ID)
	case model.KindPort:
		v.setPort(k.ID, nil)
	case model.KindSubPort:
		v.setNeed(k.ID, nil)
	case model.KindMirror, model.KindMirrorEnd:
		v.setMirror(k, nil)
	case model.KindBinding:
		delete(v.bindings, k.ID)
		v.placeAll(k.ID)
	}
}
