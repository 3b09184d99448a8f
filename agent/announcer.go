package agent

import (
	"maps"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/packet"
)

const (
	announceBatch = 20                    // ports at a time: a thousand a second
	announcePause = 20 * time.Millisecond // between two of them
	announceNum   = 1 + len(announceAgain)
	etherTypeRARP = 0x8035 // RFC 903
	rarpRequest   = 3      //
)

// announceAgain is how long after a frame the same is sent once more. A switch may see what the guest had sent by
// another way after the first, and take it for the newest (Open vSwitch does even of what came before: it learns from
// the counters of its cached flows), and one may be lost. The last is ANNOUNCE_INTERVAL of RFC 5227 section 1.1.
var announceAgain = [...]time.Duration{20 * time.Millisecond, 100 * time.Millisecond, 500 * time.Millisecond,
	2 * time.Second}

// announcer tells the switches of physical networks where guests are, in their names, so that they need not flood or,
// worse, send to where a guest was until it speaks:
//
//	port bound to here ───────────────────────────┐
//	another uplink, or the same under a new number ├─► due ─ some at a time ─► uplink ─► later ─ until told five times
//	link of an uplink came up ────────────────────┘     ▲                                  │
//	                                                    └──────────────────────────────────┘
//
// A guest with addresses of IPv4 has a gratuitous ARP for each (RFC 5227 section 3), which neighbours outside take
// notice of, too; another has a RARP request, as hypervisors send after a migration, which concerns only switches.
//
// At an agent's start nothing is sent: nothing has moved. What is due is a set, so that an uplink that flaps costs no
// more than the ports that there are. All but the first are left out while the store is not current: another host may
// have the port by then, and be contradicted.
type announcer struct {
	a     *Agent
	wake  *coroutine.Signal
	due   map[string]int       // port → how often yet
	later map[string]time.Time // of those that have to wait → until when
	turn  []string             // of what is due, those whose turn is next, sorted
	new   map[string]bool      // physical networks that have another uplink, whose flows are on their way
	up    map[uint32]bool      // uplinks that the switch said to have a link
	sent  int64                // frames that a session has taken
}

func newAnnouncer(a *Agent) *announcer {
	return &announcer{a: a, wake: coroutine.NewSignal(a.s), due: map[string]int{}, later: map[string]time.Time{},
		new: map[string]bool{}, up: map[uint32]bool{}}
}

// port has one port announced.
func (n *announcer) port(name string) {
	n.due[name] = announceNum
	delete(n.later, name)
	n.wake.Notify()
}

// moved notes that a physical network has another uplink; it hears of our guests when the switch takes frames from it.
func (n *announcer) moved(physnet string) { n.new[physnet] = n.a.isReady }

// acknowledged is when the switch has the flows for what was noted.
func (n *announcer) acknowledged() {
	for physnet, tell := range n.new {
		if delete(n.new, physnet); tell {
			n.physnet(physnet)
		}
	}
}

// physnet has all ports announced that are here and in networks of a physical network.
func (n *announcer) physnet(physnet string) {
	n.a.view.Places.Each(func(name string, p view.Place) {
		if net, ok := n.a.view.Networks.Peek(p.Network); ok && p.OFPort != 0 && net.PhysNet == physnet {
			n.port(name)
		}
	})
}

// link takes what the switch says of a port. An uplink that has a link, and of which that is news, is plugged into a
// switch that may have forgotten what it knew, or is another one.
func (n *announcer) link(m *of13.PortStatus) {
	number := m.Port.Number
	was := n.up[number]
	n.up[number] = m.Reason != of13.PortDelete && m.Port.State&of13.PortLinkDown == 0 && m.Port.Config&of13.PortDown == 0
	if !n.up[number] {
		delete(n.up, number)
	} else if !was {
		n.uplink(number)
	}
}

// uplink has the ports announced whose networks leave by it.
func (n *announcer) uplink(number uint32) {
	if !n.a.isReady {
		return
	}
	n.a.view.Uplinks.Each(func(physnet string, port uint32) {
		if port == number {
			n.physnet(physnet)
		}
	})
}

func (n *announcer) run(co *coroutine.Co) error {
	for {
		if err := n.wake.Wait(co); err != nil {
			return err
		}
		for len(n.due) > 0 {
			n.some()
			if err := co.Sleep(announcePause); err != nil {
				return err
			}
		}
	}
}

// some announces the first of those that are due.
func (n *announcer) some() {
	if len(n.turn) == 0 { // and not for each few: there may be thousands
		n.turn = slices.Sorted(maps.Keys(n.due))
	}
	names := n.turn[:min(len(n.turn), announceBatch)]
	n.turn = n.turn[len(names):]
	now := n.a.s.Now()
	var again [announceNum][]string // by how often yet
	for _, name := range names {
		left := n.due[name] - 1
		if delete(n.due, name); n.announce(name) && left > 0 {
			n.later[name], again[left] = now.Add(pauseBefore(left)), append(again[left], name)
		}
	}
	for left, names := range again {
		if len(names) > 0 {
			at := now.Add(pauseBefore(left))
			n.a.s.After(pauseBefore(left), func() { n.once(names, left, at) })
		}
	}
}

func pauseBefore(left int) time.Duration { return announceAgain[announceNum-1-left] }

// once has those ports announced once more for which that was still planned.
func (n *announcer) once(names []string, left int, planned time.Time) {
	for _, name := range names {
		if !n.later[name].Equal(planned) {
			continue
		}
		if delete(n.later, name); n.a.follower.state == storeCurrent {
			n.due[name] = left
		}
	}
	n.wake.Notify()
}

// announce sends what says where a port is, and reports whether there was somebody to tell.
func (n *announcer) announce(port string) bool {
	v := n.a.view
	p, ok := v.Places.Peek(port)
	net, _ := v.Networks.Peek(p.Network)
	on, _ := v.PhysNets.Peek(net.PhysNet)
	uplink, there := v.Uplinks.Peek(net.PhysNet)
	if !ok || p.OFPort == 0 || p.Host != "" || !there || !on.Uplinks() {
		return false
	}
	told := false
	for ip := range p.IPs {
		if !ip.Is4() {
			continue
		}
		n.send(net, uplink, p.MAC, packet.EtherTypeARP, &packet.ARP{Op: packet.ARPRequest, SenderMAC: p.MAC, SenderIP: ip,
			TargetIP: ip})
		told = true
	}
	if !told {
		n.send(net, uplink, p.MAC, etherTypeRARP, &packet.ARP{Op: rarpRequest, SenderMAC: p.MAC, TargetMAC: p.MAC})
	}
	return true
}

func (n *announcer) send(net model.Network, uplink uint32, from model.MAC, kind uint16, a *packet.ARP) {
	frame := packet.AppendEthernet(nil, &packet.Ethernet{Src: from, Dst: packet.Broadcast, Type: kind})
	if n.a.of.send(pipeline.Do().PushVLAN(net.VLAN).Output(uplink), packet.AppendARP(frame, a)) {
		n.sent++
	}
}

// status is nil where there was never anything to tell.
func (n *announcer) status() *status.Announcements {
	due := len(n.due) + len(n.later)
	if n.sent == 0 && due == 0 {
		return nil
	}
	return &status.Announcements{Sent: n.sent, Due: due}
}
