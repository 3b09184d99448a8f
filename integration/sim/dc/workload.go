package dc

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/packet"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

// Bounds of what is defined at a time.
const (
	networksMax  = 6
	portsPerHost = 4
)

// define makes the store ready.
func (w *World) define() error {
	if _, err := w.mem.Init(context.Background()); err != nil {
		return err
	}
	return w.commit(func(c *catalog.Changes) {
		c.Create(&model.PhysNet{Name: "dc", Type: "vxlan", VNI: model.Range{Lo: 10000, Hi: 20000}})
	})
}

func (w *World) commit(change func(*catalog.Changes)) error {
	var c catalog.Changes
	change(&c)
	_, err := w.cat.Commit(context.Background(), &c)
	return err
}

// operate makes one change that an operator makes.
func (w *World) operate() {
	ops := []func() string{w.createNetwork, w.createPort, w.createPort, w.createPort, w.deletePort, w.deleteNetwork,
		w.attachPort, w.attachPort, w.attachPort, w.detachPort, w.movePort,
		w.changeID}
	if what := ops[w.rand.IntN(len(ops))](); what != "" {
		w.stats.Changes++
		w.log("%s", what)
	}
}

func (w *World) createNetwork() string {
	if len(w.defs.networks) >= networksMax {
		return ""
	}
	n := len(w.defs.ever) + len(w.defs.networks) + w.stats.Changes
	name := fmt.Sprintf("net%d", n)
	cidr := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(w.rand.IntN(3)), 0, 0}), 24) // they overlap
	err := w.commit(func(c *catalog.Changes) {
		c.Create(&model.Network{Name: name, PhysNet: "dc"})
		c.Create(&model.Subnet{Name: name + "-v4", Network: name, CIDR: cidr, Gateway: cidr.Addr().Next()})
	})
	if err != nil {
		return fmt.Sprintf("network %s refused: %v", name, err)
	}
	w.defs.networks[name] = true
	return "network " + name + " created"
}

func (w *World) deleteNetwork() string {
	name, ok := choose(w, w.defs.networks)
	if !ok || w.chance(70) {
		return ""
	}
	err := w.commit(func(c *catalog.Changes) {
		c.Delete(model.KindSubnet, name+"-v4")
		c.Delete(model.KindNetwork, name)
	})
	if err != nil {
		return ""
	}
	delete(w.defs.networks, name)
	return "network " + name + " deleted"
}

func (w *World) createPort() string {
	network, ok := choose(w, w.defs.networks)
	if !ok || len(w.defs.ports) >= portsPerHost*len(w.hosts) {
		return ""
	}
	name := fmt.Sprintf("port%d", len(w.defs.ever))
	if err := w.commit(func(c *catalog.Changes) { c.Create(&model.Port{Name: name, Network: network}) }); err != nil {
		return fmt.Sprintf("port %s refused: %v", name, err)
	}
	p, err := w.cat.Port(context.Background(), name)
	if err != nil {
		w.fail("port %s was created and cannot be read: %v", name, err)
		return ""
	}
	w.defs.define(&p.Port)
	return fmt.Sprintf("port %s of %s created: %v %v", name, network, p.MAC, p.IP)
}

func (w *World) deletePort() string {
	name, ok := choose(w, w.defs.ports)
	if !ok || w.chance(50) {
		return ""
	}
	if err := w.commit(func(c *catalog.Changes) { c.Delete(model.KindPort, name) }); err != nil {
		return fmt.Sprintf("deletion of port %s refused: %v", name, err)
	}
	delete(w.defs.ports, name)
	if g := w.guest(name); g != nil {
		g.detach() // an operator stops a guest whose port he deletes
	}
	return "port " + name + " deleted"
}

// guest is the one that is a port, nil when none is.
func (w *World) guest(port string) *Guest {
	for _, h := range w.hosts {
		for _, g := range h.guests {
			if g.port == port {
				return g
			}
		}
	}
	return nil
}

func (w *World) attachPort() string {
	name, ok := choose(w, w.defs.ports)
	h := w.hosts[w.rand.IntN(len(w.hosts))]
	if !ok || !h.bridged() || w.guest(name) != nil {
		return ""
	}
	h.attach(name)
	return fmt.Sprintf("%s attached on %s", name, h.name)
}

func (w *World) detachPort() string {
	g := w.anyGuest()
	if g == nil {
		return ""
	}
	g.detach()
	return fmt.Sprintf("%v detached", g)
}

func (w *World) movePort() string {
	g := w.anyGuest()
	if g == nil {
		return ""
	}
	to := w.hosts[w.rand.IntN(len(w.hosts))]
	g.detach()
	w.after(w.between(time.Millisecond, 3*time.Second), func() {
		if w.defs.ports[g.port] != nil && to.bridged() && w.guest(g.port) == nil {
			to.attach(g.port)
			w.log("%s attached on %s", g.port, to.name)
		}
	})
	return fmt.Sprintf("%v moves to %s", g, to.name)
}

// changeID makes an interface another port of the network than it was.
func (w *World) changeID() string {
	g := w.anyGuest()
	name, ok := choose(w, w.defs.ports)
	if g == nil || !ok || w.guest(name) != nil {
		return ""
	}
	what := fmt.Sprintf("%v is now %s", g, name)
	g.port, g.mac, g.ip, g.quiet = name, w.defs.ports[name].MAC, netip.Addr{}, true
	clear(g.arp)
	g.h.setID(g.ifname, name)
	w.after(w.between(time.Millisecond, time.Second), g.discover)
	return what
}

// anyGuest is a guest, nil when there is none.
func (w *World) anyGuest() *Guest {
	h := w.hosts[w.rand.IntN(len(w.hosts))]
	n, ok := choose(w, h.guests)
	if !ok {
		return nil
	}
	return h.guests[n]
}

// talk has a guest send a probe to another of its network, or to an address that nobody has.
func (w *World) talk() {
	g := w.anyGuest()
	if g == nil || g.quiet || !g.ip.IsValid() {
		return
	}
	name, ok := choose(w, w.defs.ports)
	if !ok {
		return
	}
	p := w.defs.ports[name] // mostly one of another network, who must not hear of it
	switch id := w.defs.newProbe(g); {
	case w.chance(20):
		g.sendProbe(id, p.MAC, p.IP) // as if g knew where
	case w.chance(10):
		g.sendProbe(id, packet.Broadcast, broadcast)
	default:
		g.probe(id, p.IP)
	}
}

var broadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})

// choose picks a key, as the seed says.
func choose[K interface{ ~string | ~uint32 }, V any](w *World, m map[K]V) (k K, ok bool) {
	keys := slices.Sorted(maps.Keys(m))
	if len(keys) == 0 {
		return k, false
	}
	return keys[w.rand.IntN(len(keys))], true
}
