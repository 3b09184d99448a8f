package agent

import (
	"cmp"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/ofconn"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/sorted"
)

// learning asks the switch what it has learnt of machines outside, as often as for dropped frames, and only where a
// network that is here learns. It asks how many they are, and not who: whoever wants to know that asks for the flows.
type learning struct {
	a     *Agent
	count map[uint32]learntCount // by the network's tag
}

// learntCount is what the switch said of a network.
type learntCount struct {
	machines       uint32
	known, unknown uint64 // frames
}

func newLearning(a *Agent) *learning { return &learning{a: a} }

func (l *learning) watch(co *coroutine.Co) error {
	for {
		if err := co.Sleep(dropsInterval); err != nil {
			return err
		}
		if err := l.ask(co); err != nil && co.Err() == nil {
			l.a.log.Debug("what the switch has learnt is not known", "error", err) // the next time, or the next session
		}
	}
}

// here are the networks that learn and have ports here, in one order.
func (l *learning) here() (out []model.Network) {
	l.a.view.Networks.Each(func(name string, n model.Network) {
		if _, uplink := l.a.view.Uplinks.Peek(n.PhysNet); n.Learning && uplink && len(l.a.view.LocalPorts.Peek(name)) > 0 {
			out = append(out, n)
		}
	})
	sorted.Func(out, func(x, y model.Network) int { return cmp.Compare(x.Name, y.Name) })
	return out
}

func (l *learning) ask(co *coroutine.Co) error {
	networks, x := l.here(), l.a.engine.sess
	if x == nil || len(networks) == 0 {
		l.count = nil
		return nil
	}
	count, err := framesOutside(co, x)
	if err != nil {
		return err
	}
	for _, n := range networks {
		r, err := ofconn.Ask[*of13.AggregateReply](co, x, &of13.AggregateRequest{Table: pipeline.Learnt,
			OutPort: of13.PortAny, OutGroup: of13.AnyGroup, Cookie: pipeline.LearntCookie(n.Tag), CookieMask: ^uint64(0)})
		if err != nil {
			return err
		}
		c := count[n.Tag]
		c.machines = r.Flows
		count[n.Tag] = c
	}
	l.count = count
	return nil
}

// framesOutside reads the counters of the table outside, by tag.
func framesOutside(co *coroutine.Co, x *ofconn.Session) (map[uint32]learntCount, error) {
	parts, err := x.Multipart(co, &of13.FlowStatsRequest{Table: pipeline.Outside, OutPort: of13.PortAny,
		OutGroup: of13.AnyGroup})
	count := map[uint32]learntCount{}
	for _, p := range parts {
		r, _ := p.(*of13.FlowStatsReply)
		for i := 0; r != nil && i < len(r.Flows); i++ {
			m := r.Flows[i].Match.Fields
			tag, _ := m.GetUint(oxm.Reg(pipeline.RegNetwork))
			c := count[uint32(tag)]
			if _, known := m.GetUint(oxm.Reg(pipeline.RegKnown)); known {
				c.known = r.Flows[i].Packets
			} else {
				c.unknown = r.Flows[i].Packets
			}
			count[uint32(tag)] = c
		}
	}
	return count, err
}

func (l *learning) status() (out []status.Learning) {
	for _, n := range l.here() {
		c := l.count[n.Tag]
		out = append(out, status.Learning{Network: n.Name, Machines: c.machines, Max: n.LearntMax(), Unknown: n.Unknown(),
			UnknownFrames: c.unknown, KnownFrames: c.known})
	}
	return out
}

func (l *learning) problems(add addProblem) {
	for _, s := range l.status() {
		if s.Machines < s.Max {
			continue
		}
		becomes := "goes to the uplink"
		if s.Unknown == model.UnknownDrop {
			becomes = "is dropped"
		}
		add("learning_full", s.Network, "the switch knows %d machines outside, as many as it learns, and what guests send "+
			"to others %s: vlcp-coordinator network update %s --learning-max %d", s.Machines, becomes, s.Network,
			min(2*s.Max, model.LearningMaxMax))
	}
}

// learntOwner is the object that a flow is about which the switch has made, "" when it is nobody's any more.
func (a *Agent) learntOwner(table uint8, m oxm.Match) (owner string) {
	if table != pipeline.Learnt {
		return a.counterOwner(m)
	}
	tag, _ := m.GetUint(oxm.Reg(pipeline.RegNetwork))
	a.view.Networks.Each(func(name string, n model.Network) {
		if uint64(n.Tag) == tag {
			owner = "network/" + name
		}
	})
	return owner
}
