package controller

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/common/controller/flow"
	"github.com/vlcp-go/vlcp/common/openflow/action"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/packet"
)

// PacketIn is a packet that came to a module. It is valid while the module's handler runs, and its bytes as long as
// nobody changes them.
type PacketIn struct {
	Switch *Switch
	// InPort is the port that it came in by.
	InPort uint32
	// Frame is the packet as it came, from its Ethernet header on.
	Frame []byte
	// Ethernet is the decoded header, with the payload behind it. If Malformed is set, only what comes before the fault
	// counts.
	packet.Ethernet
	Malformed error
	// UserData is what the flow gave with the packet, see flow.Actions.ControllerWith.
	UserData []byte
	// Metadata are the registers and other fields that the switch told with it.
	Metadata oxm.Match
	// Cookie of the flow that sent it, 0 if unknown.
	Cookie uint64

	table  int // -1: unknown
	missed bool
	nicira bool // it came in Nicira's form
	buffer uint32
}

// Table is the name of the table that the packet came from, "" if the switch does not tell (OpenFlow 1.0).
func (p *PacketIn) Table() string {
	if p.table < 0 {
		return ""
	}
	return p.Switch.dp.c.layout.Name(uint8(p.table))
}

// ARP decodes the packet as ARP.
func (p *PacketIn) ARP() (packet.ARP, error) { return packet.ParseARP(p.Payload) }

// IPv4 decodes the packet as IPv4.
func (p *PacketIn) IPv4() (packet.IPv4, error) { return packet.ParseIPv4(p.Payload) }

// TCP decodes the packet as TCP over IPv4.
func (p *PacketIn) TCP() (packet.TCP, error) {
	ip, err := p.IPv4()
	if err != nil {
		return packet.TCP{}, err
	}
	return packet.ParseTCP(&ip)
}

// UDP decodes the packet as UDP over IPv4.
func (p *PacketIn) UDP() (packet.UDP, error) {
	ip, err := p.IPv4()
	if err != nil {
		return packet.UDP{}, err
	}
	return packet.ParseUDP(&ip)
}

// Output does something with the packet, for example send it out of a port.
func (p *PacketIn) Output(do flow.Actions) error {
	buffer, frame := p.buffer, p.Frame
	p.buffer = noBuffer // a buffer is good for one use
	if buffer != noBuffer {
		frame = nil
	}
	return p.Switch.packetOut(buffer, p.InPort, do, frame)
}

// Next lets the packet go on at the table that follows the one it came from, as a flow with Goto: flow.Next would have
// done, with the registers, the metadata and the tunnel key that it had. At the end of the path it is dropped, too.
// Open vSwitch only: elsewhere the error wraps flow.ErrVersion, as no other switch takes a packet into the middle of
// its tables.
func (p *PacketIn) Next() error {
	if !p.nicira {
		return fmt.Errorf("let a packet go on to the next table: %w", flow.ErrVersion)
	}
	layout := p.Switch.dp.c.layout
	next := layout.Next(p.Table())
	if next == "" {
		return nil
	}
	n, ok := layout.Number(next)
	if !ok {
		return fmt.Errorf("let a packet go on to table %s: %w", next, flow.ErrTable)
	}
	return p.Output(p.restored().Raw(action.LookUp(of13.Actions(nil), n)))
}

// carried are the fields that a packet has beside its bytes.
var carried = func() []oxm.Field {
	fields := []oxm.Field{oxm.Metadata, oxm.TunnelID, oxm.NXTunnelID}
	for n := range oxm.RegCount {
		fields = append(fields, oxm.Reg(n))
	}
	return fields
}()

// restored sets what the packet had beside its bytes, which the switch does not remember.
func (p *PacketIn) restored() (a flow.Actions) {
	for t := range p.Metadata.All() {
		if slices.Contains(carried, t.Field) {
			a = a.Set(t.Field, t.Uint())
		}
	}
	return a
}

// Install sends a flow, and does with the packet what the flow says. If the flow goes on to another table, the packet
// goes through all tables again, where it meets the flow.
func (p *PacketIn) Install(f flow.Flow) error {
	buffer := p.buffer
	if buffer != noBuffer {
		p.buffer = noBuffer
		return p.Switch.send(f, buffer)
	}
	if err := p.Switch.send(f, buffer); err != nil {
		return err
	}
	if f.Goto != "" {
		return p.Output(flow.Actions{}.Output(flow.PortTable))
	}
	return p.Output(f.Do)
}

// Reply sends another frame out of the port that the packet came in by.
func (p *PacketIn) Reply(frame []byte) error {
	return p.Switch.PacketOut(flow.PortController, flow.Actions{}.Output(p.InPort), frame)
}

// deliver gives a packet to the module that asked for it.
func (dp *datapath) deliver(p *PacketIn) {
	in := dp.claimant(p)
	if in == nil || in.onPacket == nil {
		dp.unclaimed(p, in)
		return
	}
	sw := dp.bind(in)
	p.Switch = sw
	p.Ethernet, p.Malformed = packet.ParseEthernet(p.Frame)
	sw.p = *p
	in.packet(&sw.p)
}

// unclaimedInterval bounds how often packets are logged that nobody takes.
const unclaimedInterval = time.Minute

// unclaimed counts a packet that nobody takes, and says what it is: either a flow of somebody else sends it, or a
// module has forgotten its OnPacket.
func (dp *datapath) unclaimed(p *PacketIn, in *Instance) {
	c := dp.c
	c.unclaimed++
	now := c.s.Now()
	if c.unclaimed > 1 && now.Sub(c.saidUnclaimed) < unclaimedInterval {
		return
	}
	c.saidUnclaimed = now
	e, _ := packet.ParseEthernet(p.Frame)
	args := []any{"switch", dp.name(), "port", p.InPort, "src", e.Src, "dst", e.Dst,
		"type", fmt.Sprintf("0x%04x", e.Type), "cookie", fmt.Sprintf("0x%x", p.Cookie), "so far", c.unclaimed}
	if in != nil {
		c.log.Warn("packet for a module without OnPacket", append(args, "module", in.mod.Name)...)
		return
	}
	c.log.Warn("packet that no module has asked for", args...)
}

func (in *Instance) packet(p *PacketIn) {
	defer in.guard("OnPacket")
	if err := in.onPacket(p); err != nil && !errors.Is(err, ErrGone) {
		in.complain(err)
	}
}

// complainInterval bounds how often a module's packet errors are logged: packets are many.
const complainInterval = time.Second

func (in *Instance) complain(err error) {
	in.errors++
	if now := in.c.s.Now(); now.Sub(in.complained) >= complainInterval {
		in.complained = now
		in.c.log.Warn("packet not handled", "module", in.mod.Name, "error", err, "so far", in.errors)
	}
}

// claimant is the module that a packet is for: whose flow sent it, by its cookie, or where the switch does not tell
// that (plain OpenFlow 1.0), by what modules have asked for; else that of the table where it missed, which is the first
// one where the switch does not tell that either.
func (dp *datapath) claimant(p *PacketIn) *Instance {
	c := dp.c
	if c.cookies.Ours(p.Cookie) {
		return c.byNumber[c.cookies.Module(p.Cookie)]
	}
	owner := c.byTable[max(p.table, 0)]
	if dp.enc.tellsFlow() || p.missed || dp.asked.only(owner) {
		return owner
	}
	if in := dp.asked.claimant(flow.FieldsOf(p.InPort, p.Frame), c.s.Now()); in != nil {
		return in
	}
	return owner
}
