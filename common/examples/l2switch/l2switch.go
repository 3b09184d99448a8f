package main

import (
	"time"

	"github.com/vlcp-go/vlcp/common/controller"
	"github.com/vlcp-go/vlcp/common/controller/flow"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/model"
)

const (
	macMax = 4096            // addresses that are remembered of one switch
	macAge = 5 * time.Minute // after which an address that is not heard of is forgotten
)

// place is where an address was heard of last, and when.
type place struct {
	port uint32
	when time.Time
}

// learner learns in the controller.
type learner struct {
	m    *controller.Instance
	idle uint16                                     // seconds after which a flow that is not used ends
	seen map[*controller.Switch]map[model.MAC]place // on each switch
}

// learning is the module that learns in the controller.
func learning(idle uint16) controller.Module {
	return controller.Module{
		Name:   "l2switch",
		Tables: []controller.Table{{Name: "l2", Miss: controller.MissController}},
		Start: func(m *controller.Instance) error {
			l := &learner{m: m, idle: idle, seen: map[*controller.Switch]map[model.MAC]place{}}
			m.OnSwitch(l.up, l.down)
			m.OnPort(l.port)
			m.OnPacket(l.packet)
			m.Go("forget", l.forget)
			return nil
		},
	}
}

func (l *learner) up(sw *controller.Switch) error {
	l.seen[sw] = map[model.MAC]place{}
	return nil
}

func (l *learner) down(sw *controller.Switch) { delete(l.seen, sw) }

// packet gets every packet that no flow takes.
func (l *learner) packet(p *controller.PacketIn) error {
	places := l.seen[p.Switch]
	if err := l.learn(p, places); err != nil {
		return err
	}
	to, known := places[p.Dst] // never a group address, as nothing is sent from one
	switch {
	case !known:
		return p.Output(flow.Actions{}.Flood())
	case to.port == p.InPort:
		return nil // both are behind one port, and the packet has been there
	}
	return p.Install(flow.Flow{
		Priority:    10,
		Match:       flow.Match{}.InPort(p.InPort).EthSrc(p.Src).EthDst(p.Dst),
		Do:          flow.Actions{}.Output(to.port),
		IdleTimeout: l.idle,
	})
}

// learn notes where the sender is. When it has moved, the flows that lead to its old place are wrong; so they may be
// when it is new to us, as flows can be older than what we know.
func (l *learner) learn(p *controller.PacketIn, places map[model.MAC]place) error {
	if p.Src[0]&1 != 0 { // nobody sends from a group address
		return nil
	}
	old, known := places[p.Src]
	if known || len(places) < macMax {
		places[p.Src] = place{p.InPort, l.m.Now()}
	}
	if known && old.port == p.InPort {
		return nil
	}
	return p.Switch.Delete("l2", flow.Match{}.EthDst(p.Src), 0)
}

// port takes away what is known of a port that is gone.
func (l *learner) port(sw *controller.Switch, p controller.PortChange) {
	if p.Kind != controller.PortRemoved && p.Up {
		return
	}
	for mac, at := range l.seen[sw] {
		if at.port == p.Number {
			delete(l.seen[sw], mac)
		}
	}
	_ = sw.Delete("l2", flow.Match{}, p.Number) // fails only when the switch is gone too
}

// forget drops addresses that were not heard of for long.
func (l *learner) forget(co *coroutine.Co) error {
	for {
		if err := co.Sleep(macAge / 4); err != nil {
			return err
		}
		for _, places := range l.seen {
			for mac, at := range places {
				if co.Now().Sub(at.when) > macAge {
					delete(places, mac)
				}
			}
		}
	}
}
