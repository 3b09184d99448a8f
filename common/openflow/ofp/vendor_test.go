package ofp

import (
	"encoding/binary"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/action"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/of14"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// Messages of Nicira: one of each kind, to be filled.
var (
	niciraList = []nicira.Message{&nicira.RoleRequest{}, &nicira.RoleReply{}, &nicira.FlowModTableID{},
		&nicira.SetPacketInFormat{}, &nicira.FlowAge{}, &nicira.SetControllerID{}, &nicira.SetAsyncConfig{},
		&nicira.SetAsyncConfig2{}, &nicira.FlowMod{}, &nicira.FlowRemoved{}, &nicira.TLVTableMod{}, &nicira.TLVTableRequest{},
		&nicira.TLVTableReply{}, &nicira.CTFlushZone{}, &nicira.CTFlush{}, &nicira.PacketInNX{}, &nicira.PacketIn2{},
		&nicira.Resume{}, &nicira.IPFIXBridgeRequest{}, &nicira.IPFIXBridgeReply{}, &nicira.IPFIXFlowRequest{},
		&nicira.IPFIXFlowReply{}}
	niciraList10 = []nicira.Message{&nicira.SetFlowFormat{}, &nicira.RequestForward{}, &nicira.FlowMonitorCancel{},
		&nicira.FlowMonitorPaused{}, &nicira.FlowMonitorResumed{}, &nicira.FlowStatsRequest{}, &nicira.FlowStatsReply{},
		&nicira.AggregateRequest{}, &nicira.AggregateReply{}, &nicira.FlowMonitorRequest{}, &nicira.FlowMonitorReply{},
		&nicira.GroupMod{}, &nicira.GroupStatsRequest{}, &nicira.GroupStatsReply{}, &nicira.GroupDescRequest{},
		&nicira.GroupDescReply{}, &nicira.GroupFeaturesRequest{}, &nicira.GroupFeaturesReply{}}
	onfList = []of13.Message{&of13.BundleControl{}, &of13.BundleAdd{}, &of13.RoleStatus{}, &of13.RequestForward{},
		&of13.FlowMonitorCancel{}, &of13.FlowMonitorPaused{}, &of13.FlowMonitorResumed{}, &of13.FlowMonitorRequest{},
		&of13.FlowMonitorReply{}}
	list14 = []of14.Message{&of14.BundleControl{}, &of14.BundleAdd{}}
)

func (g gen) randomNicira(like nicira.Message, v openflow.Version) []byte {
	m := reflect.New(reflect.TypeOf(like).Elem()).Interface().(nicira.Message)
	g.fill(reflect.ValueOf(m).Elem(), "")
	switch m := m.(type) {
	case *nicira.IPFIXBridgeReply:
		m.Stats = nicira.Stats{Type: nicira.TypeStatsReply}
	case *nicira.IPFIXFlowReply:
		m.Stats = nicira.Stats{Type: nicira.TypeStatsReply, Flags: nicira.StatsFlags(g.IntN(2))}
	case *nicira.IPFIXBridgeRequest:
		m.Stats = nicira.Stats{Type: nicira.TypeStatsRequest}
	case *nicira.IPFIXFlowRequest:
		m.Stats = nicira.Stats{Type: nicira.TypeStatsRequest, Flags: nicira.StatsFlags(g.IntN(3))}
	}
	m.SetVersion(v)
	m.SetXid(g.Uint32())
	g.adjustNicira(m, v)
	return nicira.Encode(m)
}

// adjustNicira makes a message such as Open vSwitch mostly takes.
func (g gen) adjustNicira(m nicira.Message, v openflow.Version) {
	switch m := m.(type) {
	case *nicira.RoleRequest:
		m.Role = nicira.Role(g.IntN(3))
	case *nicira.SetFlowFormat:
		m.Format = nicira.FlowFormat(g.IntN(4))
	case *nicira.SetPacketInFormat:
		m.Format = nicira.PacketInFormat(g.IntN(4))
	case *nicira.SetAsyncConfig2:
		m.Properties = g.asyncProperties()
	case *nicira.TLVTableMod:
		g.adjustMaps(m.Maps)
	case *nicira.TLVTableReply:
		m.MaxFields = 64
		g.adjustMaps(m.Maps)
	case *nicira.CTFlush:
		m.Zero, m.Proto, m.Properties = [7]byte{}, pick[uint8](g, 6, 17, 1, 58, 0), g.tuples()
	case *nicira.RequestForward:
		m.Request = g.randomNicira(&nicira.GroupMod{}, v)
	case *nicira.PacketInNX:
		m.Metadata = g.metadata()
	case *nicira.PacketIn2:
		m.Properties = g.packetInProperties(v, true)
	case *nicira.Resume:
		m.Properties = g.packetInProperties(v, false)
	default:
		g.adjustNiciraFlow(m, v)
	}
}

func (g gen) adjustNiciraFlow(m nicira.Message, v openflow.Version) {
	switch m := m.(type) {
	case *nicira.FlowMod:
		m.Command = nicira.FlowCommand(g.IntN(5))
		m.Actions = g.listed(v)
		if m.Command != nicira.FlowAdd && g.IntN(2) == 0 {
			m.Match = append(m.Match, g.cookieField()...)
		}
	case *nicira.FlowStatsRequest:
		if g.IntN(3) == 0 {
			m.Match = append(g.cookieField(), m.Match...)
		}
	case *nicira.FlowStatsReply:
		for n := range m.Flows {
			m.Flows[n].Actions = g.listed(v)
		}
	case *nicira.FlowMonitorRequest:
		for n := range m.Monitors {
			m.Monitors[n].Zero = [5]byte{}
			m.Monitors[n].Flags = nicira.MonitorFlags(g.IntN(64)) | pick[nicira.MonitorFlags](g, 2, 4, 8)
		}
	case *nicira.FlowMonitorReply:
		for n := range m.Updates {
			g.adjustUpdate(&m.Updates[n])
		}
	case *nicira.GroupMod:
		g.adjustNiciraGroup(m)
	case *nicira.GroupDescReply:
		for n := range m.Groups {
			r := &m.Groups[n]
			r.Type = nicira.GroupType(g.IntN(6))
			r.Buckets, r.Properties = g.niciraBuckets(r.Type), g.selection(r.Type)
		}
	}
}

func (g gen) adjustUpdate(u *nicira.FlowUpdate) {
	match := g.needs(oxm.Prereq(g.IntN(int(oxm.NeedNDAdvert) + 1)))
	u.Event = nicira.UpdateEvent(g.IntN(4))
	u.MatchLen, u.Body = uint16(len(match)), append(padded(match), g.listed(openflow.Version10)...)
	if u.Event == nicira.UpdateAbbrev {
		u.Body = nil
	}
}

func padded(b []byte) []byte {
	out := append([]byte(nil), b...)
	for len(out)%8 != 0 {
		out = append(out, 0)
	}
	return out
}

// someActions are actions that every version has and every match can have.
var someActions = []string{"output:3", "resubmit(,5)", "load:0x5->NXM_NX_REG0[]", "ct(commit,zone=5)", "LOCAL",
	"move:NXM_NX_REG1[0..15]->NXM_NX_REG2[16..31]", "learn(table=3,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[])", "note:01.02",
	"controller(userdata=01.02,pause)", "set_tunnel:0x7", "fin_timeout(idle_timeout=3)", "push:NXM_NX_REG0[]",
	"multipath(eth_src,50,modulo_n,1,0,NXM_NX_REG0[])", "sample(probability=5)", "mod_dl_src:02:00:00:00:00:01",
	"conjunction(1,1/2)", "exit", "clone(output:4)", "controller(reason=no_match,max_len=9,id=7)", "group:7"}

// list is a list of actions in the form of a version.
func (g gen) list(v openflow.Version) []byte {
	var texts []string
	for range g.IntN(4) {
		texts = append(texts, someActions[g.IntN(len(someActions))])
	}
	b, err := action.Parse(v, strings.Join(texts, ","))
	if err != nil { // two that do not go together
		return nil
	}
	return b
}

// listed is what a flow does, in the form of a version.
func (g gen) listed(v openflow.Version) nicira.Actions {
	if v == openflow.Version10 {
		return g.list(v)
	}
	return nicira.Actions(of13.Instructions(nil).Apply(g.list(v)))
}

func (g gen) cookieField() oxm.Match {
	b := binary.BigEndian.AppendUint32(nil, cookieHeader)
	value, mask := g.Uint64(), g.Uint64()
	if g.IntN(2) == 0 {
		return binary.BigEndian.AppendUint64(b, value)
	}
	b = binary.BigEndian.AppendUint32(nil, cookieMasked)
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, value&mask), mask)
}

func (g gen) asyncProperties() (out []nicira.AsyncProperty) {
	for range g.IntN(6) {
		typ := g.IntN(12)
		v := g.Uint32() & asyncKinds[typ/2].known
		out = append(out, nicira.AsyncProperty{Type: nicira.AsyncType(typ), Value: binary.BigEndian.AppendUint32(nil, v)})
	}
	switch g.IntN(12) {
	case 0:
		out = append(out, nicira.AsyncProperty{Type: nicira.AsyncType(g.IntN(20)), Value: g.bytes(4)})
	case 1:
		out = append(out, nicira.AsyncProperty{Type: pick[nicira.AsyncType](g, 0xfffe, 0xffff), Value: g.bytes(12)})
	}
	return out
}

func (g gen) adjustMaps(maps []nicira.TLVMap) {
	for n := range maps {
		maps[n].Len, maps[n].Index = uint8(g.IntN(31)*4), uint16(g.IntN(64))
	}
}

// tuples are properties of a ct_flush.
func (g gen) tuples() (out []nicira.CTProperty) {
	for _, typ := range []nicira.CTType{nicira.CTOrigTuple, nicira.CTReplyTuple} {
		tuple := nicira.CTTuple{SrcPort: uint16(g.Uint32()), DstPort: uint16(g.IntN(2)), ICMPID: uint16(g.Uint32()),
			ICMPType: uint8(g.IntN(20)), ICMPCode: uint8(g.IntN(3))}
		addr := func() netip.Addr {
			if g.IntN(12) > 0 {
				return netip.AddrFrom4([4]byte(g.bytes(4)))
			}
			return netip.AddrFrom16([16]byte(g.bytes(16)))
		}
		if g.IntN(4) > 0 {
			tuple.Src = addr()
		}
		if g.IntN(4) > 0 {
			tuple.Dst = addr()
		}
		if g.IntN(5) > 0 {
			out = append(out, tuple.Property(typ, g.IntN(2) == 0))
		}
	}
	if g.IntN(2) == 0 {
		out = append(out, nicira.CTProperty{Type: nicira.CTZone, Value: append(g.bytes(2), 0, 0)})
	}
	if g.IntN(9) == 0 {
		out = append(out, nicira.CTProperty{Type: nicira.CTType(g.IntN(9)), Value: g.bytes(g.IntN(9))})
	}
	return out
}

// bundledMessage is one that can be in a bundle, with the xid.
func (g gen) bundledMessage(xid uint32) []byte {
	m := pick[of13.Message](g, &of13.FlowMod{}, &of13.FlowMod{}, &of13.GroupMod{}, &of13.PortMod{}, &of13.PacketOut{})
	b := g.randomMessage13(m)
	for len(b) > 60000 {
		b = g.randomMessage13(m)
	}
	switch g.IntN(20) {
	case 0:
		b = of13.Encode(&of13.BarrierRequest{})
	case 1:
		b = b[:len(b)-1]
	}
	openflow.SetXid(b, xid)
	return b
}

func (g gen) randomONF(like of13.Message) []byte {
	m := reflect.New(reflect.TypeOf(like).Elem()).Interface().(of13.Message)
	g.fill(reflect.ValueOf(m).Elem(), "")
	xid := g.Uint32()
	m.SetXid(xid)
	switch m := m.(type) {
	case *of13.BundleControl:
		m.Control, m.Properties = of13.BundleType(g.IntN(9)), make([]byte, 8*g.IntN(3))
	case *of13.BundleAdd:
		m.Message = g.bundledMessage(xid)
		if g.IntN(4) == 0 {
			m.Message = append(padded(m.Message), 0xff, 0xff, 0, 12, 0, 0, 0, 1, 0, 0, 0, 0)
		}
	case *of13.RoleStatus:
		m.Role, m.Reason, m.Properties = of13.Role(g.IntN(5)), of13.RoleReason(g.IntN(5)), make([]byte, 8*g.IntN(3))
	case *of13.RequestForward:
		m.Request = g.randomMessage13(pick[of13.Message](g, &of13.GroupMod{}, &of13.MeterMod{}))
	case *of13.FlowMonitorRequest:
		m.Multipart.Flags = of13.MultipartFlags(g.IntN(4))
		for n := range m.Monitors {
			m.Monitors[n].Zero = [3]byte{}
			m.Monitors[n].Flags = of13.MonitorFlags(g.IntN(64)) | pick[of13.MonitorFlags](g, 2, 4, 8)
		}
	case *of13.FlowMonitorReply:
		for n := range m.Updates {
			u := &m.Updates[n]
			u.Event = of13.UpdateEvent(g.IntN(4))
			u.Instructions = of13.Instructions(g.listed(openflow.Version13))
			if u.MatchLen = uint16(4 + len(u.Match.Fields)); u.Event == of13.UpdateAbbrev {
				u.Instructions = nil
			}
		}
	}
	return of13.Encode(m)
}

func (g gen) random14(like of14.Message) []byte {
	m := reflect.New(reflect.TypeOf(like).Elem()).Interface().(of14.Message)
	g.fill(reflect.ValueOf(m).Elem(), "")
	xid := g.Uint32()
	m.SetXid(xid)
	switch m := m.(type) {
	case *of14.BundleControl:
		m.Control, m.Properties = of14.BundleType(g.IntN(9)), make([]byte, 8*g.IntN(3))
	case *of14.BundleAdd:
		m.Message = g.bundledMessage(xid)
		m.Message[0] = 5
		if openflow.MessageType(m.Message) == uint8(of13.TypeFlowMod) && g.IntN(2) == 0 {
			m.Message[importanceAt+1] = byte(g.IntN(256))
		}
	}
	b, err := of14.Append(nil, m)
	if err != nil {
		panic(err)
	}
	return b
}

// vendorMessages has every kind often.
func (g gen) vendorMessages(times int) (all [][]byte) {
	for range times {
		for _, v := range []openflow.Version{openflow.Version10, openflow.Version13} {
			for _, m := range niciraList {
				all = append(all, g.randomNicira(m, v))
			}
		}
		for _, m := range niciraList10 {
			all = append(all, g.randomNicira(m, openflow.Version10))
		}
		for _, m := range onfList {
			all = append(all, g.randomONF(m))
		}
		for _, m := range list14 {
			all = append(all, g.random14(m))
		}
	}
	return all
}

// Every kind of message of a vendor, with random contents, is printed as ovs-ofctl prints it.
func TestVendorMessagesAreThoseOfOVS(t *testing.T) {
	compare(t, newGen(31).vendorMessages(60))
}

func TestVendorKindsHaveNames(t *testing.T) {
	for k, kind := range vendorKinds {
		require.NotContains(t, kind.name, "_ ")
		require.NotEmpty(t, kind.name, k)
	}
}
