package vswitch

import (
	"encoding/binary"
	"net"
	"net/netip"

	"github.com/vlcp-go/vlcp/common/openflow/action"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// Bounds of what one frame may cause, those of Open vSwitch.
const (
	depthMax    = 64
	resubmitMax = 4096
)

// execution is one frame on its way through the tables.
type execution struct {
	s         *Switch
	p         *packet
	flow      *Flow
	depth     int
	resubmits int
	exit      bool // no more actions, those of the callers included, but the action set
	halt      bool // no more actions of this list
	dropped   bool // by a meter
	set       []member
	learnt    []func() // flows that are made when the packet has gone
}

// op is one action, compiled.
type op func(x *execution)

// program is the instructions of a flow, compiled.
type program struct {
	meter uint32 // 0: none
	apply []op
	clear bool
	write []member
	next  int // table; -1: none
}

// table looks the packet up in a table and does what the flow says; a miss drops it.
func (x *execution) table(number uint8) {
	if x.depth > depthMax || x.resubmits > resubmitMax || int(number) >= tableCount {
		return
	}
	x.depth++
	defer func() { x.depth-- }()
	for next := int(number); next >= 0 && !x.exit && !x.dropped; {
		f := x.s.lookup(next, x.p)
		if f == nil {
			return
		}
		if x.s.o.Trace != nil {
			x.s.o.Trace(f)
		}
		f.Packets++
		f.Bytes += uint64(len(x.p.frame))
		f.Used = x.s.o.Now()
		outer := x.flow
		x.flow = f
		next = x.instructions(&f.run)
		x.flow = outer
	}
}

// instructions does those of a flow, and returns the table to go on in, -1 for none.
func (x *execution) instructions(r *program) int {
	if m := x.s.meters[r.meter]; r.meter != 0 && m != nil && !m.pass(x.p.frame, x.s.o.Now()) {
		x.dropped = true
		return -1
	}
	if !x.do(r.apply) {
		return -1
	}
	if r.clear {
		x.set = nil
	}
	x.write(r.write)
	return r.next
}

// do does a list of actions, and reports whether it came to its end.
func (x *execution) do(ops []op) bool {
	for _, o := range ops {
		if x.exit || x.dropped {
			return false
		}
		o(x)
		if x.halt {
			x.halt = false
			return false
		}
	}
	return true
}

// output sends the packet out of a port as it is now.
func (x *execution) output(port uint32) {
	switch port {
	case of13.PortInPort:
		x.emit(x.p.port())
	case of13.PortController:
		x.controller(&PacketIn{Reason: action.ReasonAction})
	case of13.PortAll, of13.PortFlood:
		for _, p := range x.s.Ports() {
			if p.Number != x.p.port() && p.Number < of13.PortMax {
				x.emit(p.Number)
			}
		}
	case of13.PortTable:
		x.table(0)
	case of13.PortNormal:
	default:
		if port != x.p.port() { // never back out of where it came from, but by IN_PORT
			x.emit(port)
		}
	}
}

func (x *execution) emit(port uint32) {
	p := x.s.ports[port]
	if p == nil || x.s.o.Emit == nil {
		return
	}
	out := Out{Port: port, Frame: x.p.render()}
	if p.Tunnel {
		dst := x.p.fields.Value(oxm.TunnelDst)
		out.Tunnel = &Tunnel{Key: binary.BigEndian.Uint64(x.p.fields.Value(oxm.TunnelID)),
			Dst: netip.AddrFrom4([4]byte(dst)), Src: netip.AddrFrom4([4]byte(x.p.fields.Value(oxm.TunnelSrc)))}
		if six := x.p.fields.Value(oxm.TunnelIPv6Dst); out.Tunnel.Dst.IsUnspecified() && len(six) == net.IPv6len {
			out.Tunnel.Dst = netip.AddrFrom16([16]byte(six))
		}
		if !out.Tunnel.Dst.IsValid() || out.Tunnel.Dst.IsUnspecified() {
			return // nobody knows where to
		}
	}
	x.s.o.Emit(out)
}

// controller sends the packet to the controllers.
func (x *execution) controller(in *PacketIn) {
	in.Frame = x.p.render()
	if in.Full = len(in.Frame); in.most > 0 {
		in.Frame = in.Frame[:min(in.Full, in.most)]
	}
	if x.flow != nil {
		in.Table, in.Cookie = x.flow.Table, x.flow.Cookie
	}
	in.Metadata = x.p.metadata()
	for _, c := range x.s.controls {
		c.packetIn(in)
	}
}

// metadata is what a packet-in says of a packet besides its bytes: the fields that are not in them and not zero.
func (p *packet) metadata() oxm.Match {
	m := oxm.Match(nil).Uint(oxm.InPort, uint64(p.port()))
	fields := []oxm.Field{oxm.TunnelID, oxm.TunnelSrc, oxm.TunnelDst, oxm.Metadata}
	for n := range oxm.RegCount {
		fields = append(fields, oxm.Reg(n))
	}
	for _, f := range fields {
		if v := p.fields.Value(f); !zero(v) {
			m = m.Bytes(f, v)
		}
	}
	return m
}

func zero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// onCopy runs fn on a copy of the packet.
func (x *execution) onCopy(fn func()) {
	was := x.p
	x.p = was.clone()
	fn()
	x.p, x.exit = was, false
}
