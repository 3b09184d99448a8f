package controller

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/vlcp-go/vlcp/common/controller/flow"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/ofconn"
	"github.com/vlcp-go/vlcp/common/openflow"
)

// sentBit is in the cookies of flows that were sent, and not in those of flows that are wanted.
const sentBit = 1 << (48 - moduleBits - 1)

// ErrGone is the error of what is done to a switch that is not connected any more.
var ErrGone = errors.New("switch is not connected")

// ErrUnloaded is the error of what a module does to a switch after it was unloaded.
var ErrUnloaded = errors.New("module is unloaded")

// Switch is a connected switch in the hands of a module. When the switch connects again, that is another Switch.
type Switch struct {
	in *Instance
	dp *datapath
	p  PacketIn // the one being delivered
}

// Port is a port of a switch.
type Port struct {
	Number uint32
	Name   string
	MAC    model.MAC
	Up     bool // neither it nor its link is down
}

// PortChange is what happened to a port.
type PortChange struct {
	Port
	Kind PortChangeKind
}

// PortChangeKind is in which way a port changed.
type PortChangeKind uint8

// The kinds.
const (
	PortAdded PortChangeKind = iota
	PortRemoved
	PortModified
)

// FlowRemoved tells that a flow has ended which the module sent with TellRemoved.
type FlowRemoved struct {
	Table          string
	Priority       uint16
	Match          flow.Match
	Idle           bool // because of its idle timeout
	Packets, Bytes uint64
	Seconds        uint32 // it lived
}

// ID is the datapath id.
func (sw *Switch) ID() uint64 { return sw.dp.id }

// String is the datapath id as Open vSwitch writes it.
func (sw *Switch) String() string { return sw.dp.name() }

// Version is the version of OpenFlow that the switch speaks.
func (sw *Switch) Version() openflow.Version { return sw.dp.enc.version() }

// Connected reports whether the switch is still there.
func (sw *Switch) Connected() bool { return !sw.dp.gone }

// Session is the connection, for what has no method here: requests of one's own, groups, meters.
func (sw *Switch) Session() *ofconn.Session { return sw.dp.sess }

// Ports are the ports, by number.
func (sw *Switch) Ports() []Port {
	var out []Port
	for _, n := range slices.Sorted(maps.Keys(sw.dp.ports)) {
		out = append(out, sw.dp.ports[n])
	}
	return out
}

// usable is why nothing can be done, if so.
func (sw *Switch) usable() error {
	switch {
	case sw.dp.gone:
		return ErrGone
	case sw.in.status.State == Unloaded:
		return ErrUnloaded
	}
	return nil
}

// Want says which flows an owner wants the switch to have: exactly these, from now on, in place of those it wanted
// before; none removes them. An owner is any name that the module chooses, for example that of a port. The flows are
// made to be there and kept; what the switch has already is not touched. An error names flows that cannot be.
func (sw *Switch) Want(owner string, flows ...flow.Flow) error {
	if err := sw.usable(); err != nil {
		return err
	}
	return sw.dp.want(sw.in, "owner/"+owner, flows)
}

// Complete says that the module has said which flows it wants, see Module.Late.
func (sw *Switch) Complete() {
	if sw.usable() == nil {
		sw.dp.complete(sw.in)
	}
}

// Sync waits until the switch has everything that is wanted now. The error names a flow that it refused.
func (sw *Switch) Sync(co *coroutine.Co) error {
	if err := sw.usable(); err != nil {
		return err
	}
	f := coroutine.NewFuture[struct{}]()
	sw.dp.waiting = append(sw.dp.waiting, f)
	sw.dp.wake.Notify()
	_, err := f.Wait(co)
	return err
}

// Counts are how the switch stands to what all modules want of it.
type Counts struct {
	Wanted, Installed, Refused int
	Foreign                    int    // flows that are not the program's, or were sent
	Changes                    uint64 // flow-mods since it connected, not counting those of flows that were sent
}

// Counts are the numbers as they stand.
func (sw *Switch) Counts() Counts {
	c := sw.dp.set.Counts()
	return Counts{c.Desired, c.Installed, len(sw.dp.refused), c.Foreign, sw.dp.changes}
}

// Send sends a flow that nobody looks after: it replaces one with the same table, priority and match, and ends with its
// timeouts or the module.
func (sw *Switch) Send(f flow.Flow) error { return sw.send(f, noBuffer) }

func (sw *Switch) send(f flow.Flow, buffer uint32) error {
	if err := sw.usable(); err != nil {
		return err
	}
	m, err := sw.dp.enc.appendFlow(sw.dp.buf[:0], sw.sent(f, buffer))
	if err != nil {
		return fmt.Errorf("send flow: %w", err)
	}
	if !sw.dp.enc.tellsFlow() {
		sw.dp.asked.send(sw.in, &f, sw.in.c.s.Now())
	}
	return sw.dp.transmit(m)
}

// sent is a flow of the module, ready to be sent before the next one is.
func (sw *Switch) sent(f flow.Flow, buffer uint32) *sentFlow {
	sw.in.setTable(&f)
	s := &sw.dp.scratch.flow
	*s = sentFlow{Flow: f, tables: &sw.dp.c.layout, cookie: sw.in.sentCookie(), buffer: buffer}
	return s
}

// Delete deletes flows that the module has sent to a table, "" its first: those whose match is m or narrower and which,
// if port is not 0, send packets out of it. A plain switch of OpenFlow 1.0, which is not Open vSwitch, deletes by match
// only, whosever flows they are.
func (sw *Switch) Delete(table string, m flow.Match, port uint32) error {
	if err := sw.usable(); err != nil {
		return err
	}
	b, err := sw.dp.enc.appendDelete(sw.dp.buf[:0], sw.sent(flow.Flow{Table: table, Match: m}, noBuffer), port)
	if err != nil {
		return fmt.Errorf("delete flows: %w", err)
	}
	if port == 0 || port == flow.PortController {
		sw.dp.asked.forget(func(_ *Instance, r request) bool { return m.Covers(r.match) })
	}
	return sw.dp.transmit(b)
}

// PacketOut sends a frame as if it had come in by inPort, which may be flow.PortController.
func (sw *Switch) PacketOut(inPort uint32, do flow.Actions, frame []byte) error {
	return sw.packetOut(noBuffer, inPort, do, frame)
}

func (sw *Switch) packetOut(buffer, inPort uint32, do flow.Actions, frame []byte) error {
	if err := sw.usable(); err != nil {
		return err
	}
	out := &sw.dp.scratch.out
	*out = packetOut{buffer, inPort, do, frame}
	m, err := sw.dp.enc.appendPacketOut(sw.dp.buf[:0], out)
	if err != nil {
		return fmt.Errorf("send packet: %w", err)
	}
	return sw.dp.transmit(m)
}

// setTable names the table of a flow that does not.
func (in *Instance) setTable(f *flow.Flow) {
	if f.Table == "" && len(in.mod.Tables) > 0 {
		f.Table = in.mod.Tables[0].Name
	}
}

// wantCookie is the cookie of flows that an owner wants.
func (in *Instance) wantCookie(owner string) uint64 {
	return in.c.cookies.Of(in.number, owner) &^ sentBit
}

// sentCookie is the cookie of flows that the module sends.
func (in *Instance) sentCookie() uint64 { return in.c.cookies.Base(in.number) | sentBit }

// SentCookie is the cookie of flows that the module sends, for flows that a switch makes by itself (learn).
func (sw *Switch) SentCookie() uint64 { return sw.in.sentCookie() }

// transmit sends a message that was made in dp.buf.
func (dp *datapath) transmit(m []byte) error {
	dp.buf = m
	return dp.sess.SendRaw(m)
}
