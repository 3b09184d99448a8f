package dc

import (
	"encoding/json"
	"maps"
	"net/netip"
	"reflect"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// definitions is what operators have said, as their commits reached the store, and what follows from it for what guests
// may see. A guest may see what is defined and, until things have settled, what was: an agent that is cut off goes on
// with what it knows.
type definitions struct {
	w        *World
	networks map[string]*model.Network
	subnets  map[string]*model.Subnet
	ports    map[string]*model.Port
	mirrors  map[string]*model.Mirror
	spares   map[string]*model.PhysPort // uplinks in place of the ordinary ones
	rev      int64                      // of the last commit
	changed  map[string]time.Time       // ports, when they did last
	bound    map[string]int64           // ports, the revision that says where they are

	lately  map[string][]string // port → networks that it was of since all had settled
	was     map[binding]bool    // who had an address since then
	probes  map[uint64]*probe
	last    uint64
	servers map[string][]netip.Addr // network → where DHCP is answered, or was since then
	proxies map[string][]model.ProxyAddress
	vlans   map[lane][]string // networks that are there on uplinks, or were since then
	works   map[pairing]promise
	shifts  map[string]bool      // networks whose number on the wire changed since all had settled
	rewired bool                 // hosts have other uplinks since then
	down    map[string]bool      // ports that are down, or were since then: who is cut off, or holds, may not know better
	watched map[string][]watched // ports that get copies → of whom they do, or did since then
	seats   map[seat]string      // who is in a VLAN of an interface, or was there last
	open    map[string]bool      // ports that may send from any address, or might since all had settled
}

func (d *definitions) init(w *World) {
	*d = definitions{w: w, networks: map[string]*model.Network{}, subnets: map[string]*model.Subnet{},
		ports: map[string]*model.Port{}, probes: map[uint64]*probe{},
		mirrors: map[string]*model.Mirror{},
		changed: map[string]time.Time{}, spares: map[string]*model.PhysPort{}}
	d.settled()
}

// settled forgets what was: everybody knows what is.
func (d *definitions) settled() {
	d.lately, d.was, d.works = map[string][]string{}, map[binding]bool{}, map[pairing]promise{}
	d.shifts, d.servers, d.open = map[string]bool{}, map[string][]netip.Addr{}, map[string]bool{}
	d.bound, d.down, d.proxies = map[string]int64{}, map[string]bool{}, map[string][]model.ProxyAddress{}
	for _, s := range d.subnets {
		d.rememberSubnet(s)
	}
	d.watched, d.seats = map[string][]watched{}, map[seat]string{}
	for _, m := range d.mirrors {
		d.rememberMirror(m)
	}
	clear(d.probes)
	d.rewired = false
	d.vlans = map[lane][]string{}
	for _, name := range slices.Sorted(maps.Keys(d.networks)) {
		d.rememberNetwork(d.networks[name])
	}
	for _, p := range d.ports {
		d.remember(p)
	}
}

func (d *definitions) remember(p *model.Port) {
	d.was[binding{p.Name, p.IP, p.MAC}] = true
	d.open[p.Name] = d.open[p.Name] || !p.Secured()
	d.down[p.Name] = d.down[p.Name] || p.Down()
	for _, ip := range p.MoreIPs {
		d.was[binding{p.Name, ip, p.MAC}] = true
	}
	of := []string{p.Network}
	if n := d.networks[p.Network]; n != nil && n.PhysNet == street {
		of = append(of, "the street") // flat networks that follow each other are one on the wire
	}
	for _, n := range of {
		if !slices.Contains(d.lately[p.Name], n) {
			d.lately[p.Name] = append(d.lately[p.Name], n)
		}
	}
	if p.Parent != "" {
		d.takeSeat(p)
	}
}

// lane is what keeps a network from others on the uplinks of a physical network.
type lane struct {
	physnet string
	vlan    uint16
}

func (d *definitions) rememberNetwork(n *model.Network) {
	if l := (lane{n.PhysNet, n.VLAN}); onUplinks(n) && !slices.Contains(d.vlans[l], n.Name) {
		d.vlans[l] = append(d.vlans[l], n.Name)
	}
}

// rememberSubnet notes who is answered for in its network besides ports.
func (d *definitions) rememberSubnet(s *model.Subnet) {
	d.servers[s.Network] = append(d.servers[s.Network], s.DHCPServer)
	d.proxies[s.Network] = append(d.proxies[s.Network], s.ProxyAddresses...)
}

// onUplinks reports whether frames of a network leave hosts by uplinks.
func onUplinks(n *model.Network) bool { return n.PhysNet == office || n.PhysNet == street }

// committed takes over what a commit of an operator changed. One that happened before, under the same id, did not.
func (d *definitions) committed(t store.Txn, rev int64) {
	if rev <= d.rev {
		return
	}
	d.rev = rev
	touched := map[string]bool{}
	for _, k := range t.Deletes {
		switch model.Kind(k.Kind) {
		case model.KindNetwork:
			delete(d.networks, k.ID)
		case model.KindSubnet:
			delete(d.subnets, k.ID)
		case model.KindPort:
			delete(d.ports, k.ID)
			touched[k.ID] = true
		case model.KindPhysPort:
			d.putSpare(k.ID, nil)
		case model.KindMirror:
			delete(d.mirrors, k.ID)
		}
	}
	for _, first := range []bool{true, false} { // ports after what they are on
		for _, p := range t.Puts {
			if first == (model.Kind(p.Key.Kind) != model.KindPort) {
				d.put(p, touched)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(touched)) {
		d.changed[name] = d.w.clock.Now()
		d.w.redefined(name)
	}
	d.w.expectFresh(&t, rev)
}

func (d *definitions) put(doc store.Doc, touched map[string]bool) {
	var err error
	switch model.Kind(doc.Key.Kind) {
	case model.KindNetwork:
		n := new(model.Network)
		err = json.Unmarshal(doc.Value, n)
		d.shifts[n.Name] = d.networks[n.Name] != nil
		d.networks[n.Name] = n
		d.rememberNetwork(n)
		d.checkNetwork(n)
	case model.KindPhysPort:
		p := new(model.PhysPort)
		err = json.Unmarshal(doc.Value, p)
		d.putSpare(p.Name, p)
	case model.KindSubnet:
		s := new(model.Subnet)
		err = json.Unmarshal(doc.Value, s)
		d.subnets[doc.Key.ID] = s
		d.rememberSubnet(s)
	case model.KindMirror:
		m := new(model.Mirror)
		err = json.Unmarshal(doc.Value, m)
		d.putMirror(m)
	case model.KindPort:
		p := new(model.Port)
		err = json.Unmarshal(doc.Value, p)
		if old := d.ports[p.Name]; old == nil || !sameGuest(old, p) {
			touched[p.Name] = true
		}
		d.ports[p.Name] = p
		d.remember(p)
		d.checkPort(p)
	}
	if err != nil {
		d.w.fail("operator writes what cannot be read: %v: %s", err, doc.Value)
	}
}

// sameGuest reports whether two definitions of a port are the same for its guest, whatever it may send from.
func sameGuest(a, b *model.Port) bool {
	p, q := *a, *b
	p.PortSecurity, p.AllowedAddresses, q.PortSecurity, q.AllowedAddresses = nil, nil, nil, nil
	return reflect.DeepEqual(p, q)
}

// checkNetwork checks that nobody else has the numbers of a network.
func (d *definitions) checkNetwork(n *model.Network) {
	for _, name := range slices.Sorted(maps.Keys(d.networks)) {
		o := d.networks[name]
		if o != nil && name != n.Name && sameNumbers(o, n) && !d.retreatNetwork(o, n) {
			d.w.fail("networks %s and %s are the same on the wire, or have the same tag: %+v, %+v", o.Name, n.Name, *o, *n)
		}
	}
}

func sameNumbers(o, n *model.Network) bool {
	return o.Tag == n.Tag || o.PhysNet == n.PhysNet && n.PhysNet != inside && o.VNI == n.VNI && o.VLAN == n.VLAN
}

// checkPort checks that nobody else in its network has the addresses of a port.
func (d *definitions) checkPort(p *model.Port) {
	for _, name := range d.w.portsOf(p.Network) {
		o := d.ports[name]
		if name != p.Name && sameAddress(o, p) && !d.retreatPort(o, p) {
			d.w.fail("ports %s and %s of network %s have the same address: %v %v and %v %v", o.Name, p.Name, p.Network, o.MAC,
				o.Addresses(), p.MAC, p.Addresses())
		}
	}
	if s := d.subnets[p.Subnet]; s != nil && p.IP.IsValid() && (p.IP == s.Gateway || p.IP == s.DHCPServer) {
		d.w.fail("port %s has the address %v that is reserved in subnet %s", p.Name, p.IP, s.Name)
	}
}

func sameAddress(o, p *model.Port) bool {
	return o.MAC == p.MAC || slices.ContainsFunc(p.Addresses(), o.HasIP)
}

// ip is the address that a port is to have; invalid when there is none.
func (d *definitions) ip(port string) netip.Addr {
	if p := d.ports[port]; p != nil {
		return p.IP
	}
	return netip.Addr{}
}

// neighbours reports whether two guests are of one network, both in it, and it reaches from one to the other.
func (d *definitions) neighbours(a, b *Guest) bool {
	p, q := d.ports[a.port], d.ports[b.port]
	if p == nil || q == nil || a == b || p.Network != q.Network || p.Down() || q.Down() {
		return false
	}
	n := d.networks[p.Network]
	return a.h == b.h || n == nil || n.PhysNet != inside
}
