package vswitch

import (
	"net/netip"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// tableCount is how many tables a switch has; 255 means all of them.
const tableCount = 254

// Port is a port of the switch.
type Port struct {
	Number uint32
	Name   string
	MAC    [6]byte
	Down   bool // it has no link: buckets that watch it are not alive
	Tunnel bool // frames go where tun_dst says, with the key of tun_id
}

// Tunnel is the outside of a frame in a tunnel.
type Tunnel struct {
	Key      uint64
	Src, Dst netip.Addr
}

// Out is a frame that leaves by a port.
type Out struct {
	Port   uint32
	Frame  []byte
	Tunnel *Tunnel // of a tunnel port
}

// PacketIn is a packet for the controllers.
type PacketIn struct {
	Frame    []byte
	Table    uint8
	Cookie   uint64
	Reason   uint8
	Metadata oxm.Match
	UserData []byte
	Full     int // length of the frame, of which Frame may be the beginning
	most     int // bytes that are sent; 0 for all
}

// Options of New.
type Options struct {
	DatapathID uint64
	Software   string           // version in the description
	Now        func() time.Time // of counters and meters
	Emit       func(Out)        // takes what leaves
	// Trace is told of every flow that a frame takes; nil for nobody.
	Trace func(*Flow)
}

// Switch is an OpenFlow switch. It is used by one goroutine.
type Switch struct {
	o        Options
	tables   [tableCount]*table
	groups   map[uint32]*group
	meters   map[uint32]*meter
	ports    map[uint32]*Port
	conns    tracker
	controls []*Control
	by       *Control // whose message is being done, nil for nobody's
	byXid    uint32
	ports1st bool // the first fragment of a packet has its transport ports, as in Nicira's way to treat fragments
}

// New returns a switch without ports and flows, which drops everything.
func New(o Options) *Switch {
	s := &Switch{o: o, ports: map[uint32]*Port{}}
	s.Clear()
	return s
}

// Clear forgets flows, groups, meters and connections, as a switch does that was restarted.
func (s *Switch) Clear() {
	for i := range s.tables {
		s.tables[i] = newTable()
	}
	s.groups, s.meters, s.conns = map[uint32]*group{}, map[uint32]*meter{}, tracker{}
}

// SetPort adds a port or changes it. Controllers are told.
func (s *Switch) SetPort(p Port) {
	reason := of13.PortAdd
	if _, there := s.ports[p.Number]; there {
		reason = of13.PortModify
	}
	s.ports[p.Number] = &p
	s.tell(&of13.PortStatus{Reason: reason, Port: p.describe()})
}

// RemovePort removes a port. Controllers are told.
func (s *Switch) RemovePort(number uint32) {
	if p := s.ports[number]; p != nil {
		delete(s.ports, number)
		s.tell(&of13.PortStatus{Reason: of13.PortDelete, Port: p.describe()})
	}
}

// Ports lists the ports by number.
func (s *Switch) Ports() []Port {
	out := make([]Port, 0, len(s.ports))
	for _, p := range s.ports {
		out = append(out, *p)
	}
	slices.SortFunc(out, func(a, b Port) int { return int(int64(a.Number) - int64(b.Number)) })
	return out
}

// Flows lists the flows by table, priority and match.
func (s *Switch) Flows() []*Flow {
	var out []*Flow
	for _, t := range s.tables {
		out = append(out, t.list...)
	}
	return out
}

func (p *Port) describe() of13.Port {
	d := of13.Port{Number: p.Number, HWAddr: p.MAC, State: of13.PortLive}
	if p.Down {
		d.State = of13.PortLinkDown
	}
	copy(d.Name[:len(d.Name)-1], p.Name)
	return d
}

func (s *Switch) tell(m of13.Message) {
	for _, c := range s.controls {
		c.reply(m)
	}
}

// Receive takes a frame that came in by a port; of a tunnel port, with what was around it.
func (s *Switch) Receive(port uint32, frame []byte, t *Tunnel) {
	if s.ports[port] == nil {
		return
	}
	p := parse(frame)
	p.setPort(port)
	if t != nil {
		p.fields.Set(first(oxm.Match(nil).Uint(oxm.TunnelID, t.Key)))  //nolint:errcheck // a value of its length
		p.fields.Set(first(oxm.Match(nil).IPv4(oxm.TunnelSrc, t.Src))) //nolint:errcheck // as above
		p.fields.Set(first(oxm.Match(nil).IPv4(oxm.TunnelDst, t.Dst))) //nolint:errcheck // as above
	}
	x := &execution{s: s, p: p}
	x.table(0)
	x.finish()
}

func first(m oxm.Match) oxm.TLV {
	t, _, _ := m.Next() // of one field that was just made
	return t
}

func (p *packet) setPort(port uint32) {
	p.fields.Set(first(oxm.Match(nil).Uint(oxm.InPort, uint64(port)))) //nolint:errcheck // a value of its length
}

func (p *packet) port() uint32 {
	v, _ := p.fields.Uint(oxm.InPort.Info())
	return uint32(v)
}
