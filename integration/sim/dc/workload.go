package dc

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/packet"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

// Bounds of what is defined at a time.
const (
	networksMax  = 6
	portsPerHost = 4
)

// The physical networks, one of each type.
const (
	physnet = "dc"     // vxlan
	far     = "far"    // geneve
	office  = "office" // vlan
	street  = "street" // flat
	inside  = "inside" // local
)

// vlansMax is how many VLANs there are: enough for none to be used again soon.
const vlansMax = 1000

// define makes the store ready.
func (w *World) define() error {
	if _, err := w.db.mem.Init(context.Background()); err != nil {
		return err
	}
	w.operator("physical networks created", definePhysNets)
	return w.run(time.Second)
}

func definePhysNets(c *catalog.Changes) {
	c.Apply(&model.PhysNet{Name: physnet, Type: model.TypeVXLAN, VNI: model.Range{Lo: 10000, Hi: 20000}})
	c.Apply(&model.PhysNet{Name: far, Type: model.TypeGeneve, VNI: model.Range{Lo: 10000, Hi: 20000}})
	c.Apply(&model.PhysNet{Name: office, Type: model.TypeVLAN, VLAN: model.Range{Lo: 100, Hi: 100 + vlansMax}})
	c.Apply(&model.PhysNet{Name: street, Type: model.TypeFlat})
	c.Apply(&model.PhysNet{Name: inside, Type: model.TypeLocal})
	c.Apply(&model.PhysPort{Name: trunk, PhysNet: office})
	c.Apply(&model.PhysPort{Name: access, PhysNet: street})
}

// anyPhysNet is one for a new network: mostly vxlan.
func (w *World) anyPhysNet() string {
	switch n := w.rand.IntN(100); {
	case n < 40:
		return physnet
	case n < 50:
		return far
	case n < 75:
		return office
	case n < 90:
		return street
	}
	return inside
}

// operations are what operators do, and what happens to guests.
var operations = []action{
	{"create network", 2, (*World).createNetwork}, {"delete network", 1, (*World).deleteNetwork},
	{"update subnet", 1, (*World).updateSubnet}, {"renumber network", 1, (*World).updateVNI},
	{"update learning", 1, (*World).updateLearning}, {"strangers", 1, (*World).strangers},
	{"answer for others", 1, (*World).updateAnswers}, {"update strategy", 1, (*World).updateStrategy},
	{"create port", 4, (*World).createPort}, {"create ports", 1, (*World).createPorts},
	{"update port", 2, (*World).updatePort}, {"delete port", 2, (*World).deletePort},
	{"update security", 3, (*World).updateSecurity}, {"port up or down", 2, (*World).switchPort},
	{"create sub-port", 3, (*World).createSubPort}, {"retag", 1, (*World).retag},
	{"create mirror", 3, (*World).createMirror}, {"update mirror", 2, (*World).updateMirror},
	{"replace port", 1, (*World).replacePort}, {"use spare uplink", 1, (*World).useSpare},
	{"attach", 8, (*World).attachPort}, {"detach", 2, (*World).detachPort}, {"move", 3, (*World).movePort},
	{"migrate", 2, (*World).migratePort}, {"change iface-id", 2, (*World).changeID},
	{"attach undefined", 1, (*World).attachUndefined},
}

// withoutOperators are those of operations that define nothing: operators wait until what the store lost is settled.
var withoutOperators = []action{{"attach", 2, (*World).attachPort}, {"detach", 1, (*World).detachPort},
	{"move", 1, (*World).movePort}}

// subnetOf makes the addresses of a network's subnet; those of other networks overlap.
func (w *World) subnetOf(network string) *model.Subnet {
	bits := 29 - w.rand.IntN(6)
	cidr := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(w.rand.IntN(3)), 0, 0}), bits)
	s := &model.Subnet{Name: network + "-v4", Network: network, CIDR: cidr, Gateway: cidr.Addr().Next()}
	if w.chance(30) {
		s.ProxyAddresses = w.proxies(s)
	}
	return s
}

func (w *World) createNetwork() string {
	if len(w.defs.networks) >= networksMax {
		return ""
	}
	name := fmt.Sprintf("net%d", w.step)
	if w.chance(20) {
		name = fmt.Sprintf("net%d", w.rand.IntN(3)) // names come again
	}
	s, on := w.subnetOf(name), w.anyPhysNet()
	n := &model.Network{Name: name, PhysNet: on, SuppressARP: inTunnels(on) && w.chance(40), Strategy: w.anyStrategy()}
	w.schools(n)
	w.operator("create network "+name, func(c *catalog.Changes) {
		c.Create(n)
		c.Create(s)
	})
	return fmt.Sprintf("create network %s on %s", name, on)
}

func (w *World) deleteNetwork() string {
	name, ok := choose(w, w.defs.networks)
	if !ok {
		return ""
	}
	all := w.chance(50)
	ports := w.withSubPorts(w.portsOf(name))
	w.operator("delete network "+name, func(c *catalog.Changes) {
		if all {
			w.deleteMirrors(c, ports...)
			for _, p := range ports {
				c.Delete(model.KindPort, p)
			}
		}
		c.Delete(model.KindSubnet, name+"-v4")
		c.Delete(model.KindNetwork, name)
	})
	return "delete network " + name
}

func (w *World) updateSubnet() string {
	name, ok := choose(w, w.defs.subnets)
	if !ok {
		return ""
	}
	w.changeSubnet(name)
	return "update subnet " + name
}

func (w *World) changeSubnet(name string) {
	lease := model.Duration(w.between(2*time.Minute, time.Hour).Truncate(time.Second))
	w.operator("update subnet "+name, func(c *catalog.Changes) {
		c.Update(model.KindSubnet, name, func(o catalog.Object) error {
			s := o.(*model.Subnet)
			s.Lease, s.Domain = lease, "example.org"
			return nil
		})
	})
}

// updateVNI gives a network another number on the wire: until all hosts know, it is in parts.
func (w *World) updateVNI() string {
	name, ok := choose(w, w.defs.networks)
	if !ok || w.chance(50) {
		return ""
	}
	w.operator("renumber network "+name, func(c *catalog.Changes) {
		c.Update(model.KindNetwork, name, func(o catalog.Object) error {
			o.(*model.Network).VNI, o.(*model.Network).VLAN = 0, 0
			return nil
		})
	})
	return "renumber network " + name
}

// updateLearning has a network learn who is outside, or not any more, or forget it sooner.
func (w *World) updateLearning() string {
	name, ok := choose(w, w.defs.networks)
	if !ok || !onUplinks(w.defs.networks[name]) {
		return ""
	}
	n := *w.defs.networks[name]
	w.schools(&n)
	w.operator("update learning of "+name, func(c *catalog.Changes) {
		c.Update(model.KindNetwork, name, func(o catalog.Object) error {
			to := o.(*model.Network)
			to.Learning, to.LearningMax, to.LearningAge, to.UnknownUnicast = n.Learning, n.LearningMax, n.LearningAge,
				n.UnknownUnicast
			return nil
		})
	})
	return fmt.Sprintf("network %s learns: %v, unknown: %s", name, n.Learning, n.Unknown())
}

func (w *World) createPort() string {
	network, ok := choose(w, w.defs.networks)
	if !ok || len(w.defs.ports) >= portsPerHost*len(w.hosts) {
		return ""
	}
	p := &model.Port{Name: w.newName(), Network: network}
	w.secure(p)
	if s := w.defs.subnets[network+"-v4"]; s != nil && w.chance(20) {
		p.IP = s.At(int64(2 + w.rand.IntN(5)))
	}
	if s := w.defs.subnets[network+"-v4"]; s != nil && w.chance(15) {
		p.MoreIPs = []netip.Addr{s.At(int64(2 + w.rand.IntN(5))), netip.AddrFrom16([16]byte{0xfd, 15: byte(w.rand.IntN(4))})}
	}
	w.operator("create port "+p.Name, func(c *catalog.Changes) { c.Create(p) })
	return fmt.Sprintf("create port %s of %s %v", p.Name, network, p.IP)
}

// newName is a name for a port, sometimes one that a port had before, or that a guest is waiting for.
func (w *World) newName() string {
	if w.chance(20) {
		return fmt.Sprintf("port%d", w.rand.IntN(4))
	}
	return fmt.Sprintf("port%d", w.step)
}

func (w *World) createPorts() string {
	network, ok := choose(w, w.defs.networks)
	if !ok || len(w.defs.ports) >= portsPerHost*len(w.hosts) {
		return ""
	}
	n := 2 + w.rand.IntN(8)
	first := w.step
	w.operator(fmt.Sprintf("create %d ports", n), func(c *catalog.Changes) {
		for i := range n {
			c.Create(&model.Port{Name: fmt.Sprintf("port%d-%d", first, i), Network: network})
		}
	})
	return fmt.Sprintf("create %d ports of %s", n, network)
}

// updatePort gives a port other addresses.
func (w *World) updatePort() string {
	name, ok := choose(w, w.defs.ports)
	if !ok {
		return ""
	}
	mac, ip := w.chance(50), w.chance(70)
	offset := int64(2 + w.rand.IntN(6))
	s := w.defs.subnets[w.defs.ports[name].Subnet]
	w.operator("update port "+name, func(c *catalog.Changes) {
		c.Update(model.KindPort, name, func(o catalog.Object) error {
			p := o.(*model.Port)
			if mac {
				p.MAC = model.MAC{}
			}
			if ip && s != nil {
				p.IP = s.At(offset)
			}
			return nil
		})
	})
	return "update port " + name
}

// switchPort takes a port out of its network, or puts it back.
func (w *World) switchPort() string {
	name, ok := choose(w, w.defs.ports)
	if !ok {
		return ""
	}
	state, limited, limit := "up", w.chance(30), model.Rate(1e9)
	if w.chance(40) {
		state = model.AdminDown
	}
	w.operator("port "+name+" "+state, func(c *catalog.Changes) {
		c.Update(model.KindPort, name, func(o catalog.Object) error {
			p := o.(*model.Port)
			p.Admin = state
			if p.LimitIn = nil; limited { // so high that nothing is lost
				p.LimitIn = &limit
			}
			return nil
		})
	})
	return "port " + name + " " + state
}

func (w *World) deletePort() string {
	name, ok := choose(w, w.defs.ports)
	if !ok {
		return ""
	}
	w.operator("delete port "+name, func(c *catalog.Changes) {
		w.deleteMirrors(c, name)
		c.Delete(model.KindPort, name)
	})
	if w.chance(50) {
		w.detachAll(name) // or the guest is forgotten there
	}
	return "delete port " + name
}

// replacePort deletes a port and creates it in another network.
func (w *World) replacePort() string {
	name, ok := choose(w, w.defs.ports)
	network, there := choose(w, w.defs.networks)
	if !ok || !there {
		return ""
	}
	w.command("replace port "+name, func(co *coroutine.Co, d *desk) error {
		var del, create catalog.Changes
		w.deleteMirrors(&del, name)
		del.Delete(model.KindPort, name)
		create.Create(&model.Port{Name: name, Network: network})
		if _, err := d.catalog().Commit(context.Background(), &del); err != nil {
			return err
		}
		if err := co.Sleep(w.between(time.Millisecond, 2*time.Second)); err != nil {
			return err
		}
		_, err := d.catalog().Commit(context.Background(), &create)
		return err
	})
	return fmt.Sprintf("delete port %s and create it in %s", name, network)
}

// talk has a guest send a probe to another of its network, or to an address that nobody has.
func (w *World) talk() string {
	g := w.anySpeaker()
	if g == nil || g.quiet || !g.ip.IsValid() {
		return ""
	}
	name, ok := choose(w, w.defs.ports) // mostly one of another network, who must not hear of it
	if w.chance(70) {
		name, ok = w.neighbour(g)
	}
	if !ok {
		return ""
	}
	p := w.defs.ports[name]
	if !p.IP.IsValid() {
		return ""
	}
	if def := w.defs.ports[g.port]; def != nil && !w.defs.open[g.port] && w.chance(15) {
		g.forge(p)
		return "talk"
	}
	if w.chance(10) {
		w.outside(g)
		return "talk"
	}
	w.askIPv6(g, p)
	switch id := w.defs.newProbe(g); {
	case w.chance(20):
		g.sendProbe(id, p.MAC, p.IP) // as if g knew where
	case w.chance(10):
		g.sendProbe(id, packet.Broadcast, broadcast)
	default:
		g.probe(id, p.IP)
	}
	return "talk"
}

var broadcastMAC model.MAC = packet.Broadcast

var broadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})

// neighbour is a port of the network of a guest.
func (w *World) neighbour(g *Guest) (string, bool) {
	own := w.defs.ports[g.port]
	if own == nil {
		return "", false
	}
	others := map[string]bool{}
	for _, o := range w.allGuests() {
		if p := w.defs.ports[o.port]; p != nil && o != g && p.Network == own.Network {
			others[o.port] = true
		}
	}
	return choose(w, others)
}
