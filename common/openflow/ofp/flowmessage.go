package ofp

import (
	"math/bits"
	"net/netip"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/action"
	"github.com/vlcp-go/vlcp/common/openflow/fieldtext"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// message is the flow-mod for what was read: in OpenFlow 1.0 the standard one if that can have it.
func (f *flow) message() (openflow.Message, error) {
	switch {
	case f.version != openflow.Version10:
		return f.message13()
	case f.formats&action.FormatOF10 != 0:
		return f.message10(), nil
	}
	return f.messageNXM(), nil
}

func (f *flow) message13() (openflow.Message, error) {
	m, err := f.match.Match()
	if err != nil {
		return nil, err
	}
	deletes := !f.acts()
	table, cookie := f.table, f.cookie&f.cookieMask
	if table == action.TableAny && !deletes {
		table = 0
	}
	if f.command == of13.FlowAdd {
		cookie = f.newCookie
	}
	return &of13.FlowMod{Cookie: cookie, CookieMask: f.cookieMask, Table: table, Command: f.command,
		IdleTimeout: f.idle, HardTimeout: f.hard, Priority: f.priority, BufferID: of13.NoBuffer, OutPort: f.outPort,
		OutGroup: f.outGroup, Flags: f.flags, Match: of13.Match{Fields: m}, Instructions: f.actions}, nil
}

// cookie10 is the cookie of a flow-mod of OpenFlow 1.0, where one of all ones leaves that of a flow as it is.
func (f *flow) cookie10() uint64 {
	if f.command == of13.FlowModify || f.command == of13.FlowModifyStrict {
		if !f.hasNewCookie && f.cookieMask != 0 {
			return ^uint64(0)
		}
	}
	return f.newCookie
}

func (f *flow) message10() openflow.Message {
	command := of10.FlowCommand(f.command)
	if f.table != action.TableAny {
		command |= of10.FlowCommand(f.table) << 8
	}
	return &of10.FlowMod{Match: match10(&f.match.flow), Cookie: f.cookie10(), Command: command, IdleTimeout: f.idle,
		HardTimeout: f.hard, Priority: f.priority, BufferID: of13.NoBuffer, OutPort: uint16(f.outPort),
		Flags: of10.FlowFlags(f.flags), Actions: f.actions}
}

func (f *flow) messageNXM() openflow.Message {
	m := f.match.flow.AppendNXM(nil)
	if f.cookieMask != 0 {
		t := oxm.Match(nil).Uint(oxm.Cookie, f.cookie&f.cookieMask)
		if f.cookieMask != ^uint64(0) {
			t = oxm.Match(nil).UintMasked(oxm.Cookie, f.cookie, f.cookieMask)
		}
		m = append(m, t...)
	}
	table := f.table
	if table == action.TableAny {
		table = 0
	}
	return &nicira.FlowMod{Header: nicira.Header{Version: openflow.Version10}, Cookie: f.cookie10(), Table: table,
		Command: nicira.FlowCommand(f.command), IdleTimeout: f.idle, HardTimeout: f.hard, Priority: f.priority,
		BufferID: of13.NoBuffer, OutPort: uint16(f.outPort), Flags: nicira.FlowFlags(f.flags), MatchLen: uint16(len(m)),
		Match: m, Actions: f.actions}
}

// match10 is a flow as a match of OpenFlow 1.0, which has a part of what a flow can match.
func match10(w *oxm.Flow) of10.Match {
	m := of10.MatchAll()
	number := func(f oxm.Field) (uint64, bool) {
		v, mask := w.Uint(f.Info())
		return v, mask != 0
	}
	if v, ok := number(oxm.InPort); ok {
		m.SetInPort(uint16(v))
	}
	mac := func(f oxm.Field) ([6]byte, bool) {
		v, _ := w.Bytes(f.Info())
		return [6]byte(v), !w.Wild(f.Info())
	}
	if v, ok := mac(oxm.EthSrc); ok {
		m.SetDLSrc(v)
	}
	if v, ok := mac(oxm.EthDst); ok {
		m.SetDLDst(v)
	}
	if v, ok := number(oxm.EthType); ok {
		m.SetDLType(uint16(v))
	}
	if v, ok := number(oxm.NXIPTOS); ok {
		m.SetNwTOS(uint8(v))
	}
	if v, ok := number(oxm.IPProto); ok {
		m.SetNwProto(uint8(v))
	}
	if v, ok := number(oxm.TCPSrc); ok {
		m.SetTpSrc(uint16(v))
	}
	if v, ok := number(oxm.TCPDst); ok {
		m.SetTpDst(uint16(v))
	}
	_ = m.SetNwSrc(prefixOf(w, oxm.IPv4Src)) // of IPv4, as it has to be
	_ = m.SetNwDst(prefixOf(w, oxm.IPv4Dst))
	tagVLAN10(w, &m)
	return m
}

// prefixOf is the network that an address of the flow is in.
func prefixOf(w *oxm.Flow, f oxm.Field) netip.Prefix {
	ip, mask := w.Bytes(f.Info())
	return netip.PrefixFrom(netip.AddrFrom4([4]byte(ip)), bits.OnesCount64(fieldtext.Number(mask)))
}

func tagVLAN10(w *oxm.Flow, m *of10.Match) {
	tci, mask := w.Uint(oxm.NXVLANTCI.Info())
	switch {
	case mask == 0:
	case mask&vlanCFI != 0 && tci&vlanCFI == 0:
		m.SetVLAN(of10.VLANNone)
		m.Wildcards &^= of10.WildVLANPCP
	default:
		if mask&vidMask != 0 {
			m.SetVLAN(uint16(tci & vidMask))
		}
		if mask&pcpMask != 0 {
			m.SetVLANPCP(uint8(tci >> pcpShift))
		}
	}
}
