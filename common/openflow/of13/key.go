package of13

import (
	"encoding/binary"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

const keyHeadLen = 3 // table, priority

// FlowKey is what tells a flow from others in a switch: its table, its priority and its match in canonical form. Two
// flows that a switch takes for the same have the same bytes.
func FlowKey(table uint8, priority uint16, m oxm.Match) string {
	var room [128]byte // of nearly all
	return string(AppendFlowKey(room[:0], table, priority, m))
}

// AppendFlowKey appends the bytes of FlowKey to b.
func AppendFlowKey(b []byte, table uint8, priority uint16, m oxm.Match) []byte {
	b = binary.BigEndian.AppendUint16(append(b, table), priority)
	return m.AppendCanonical(b)
}

// SplitFlowKey takes a FlowKey apart. The match is ready to be sent.
func SplitFlowKey(key string) (table uint8, priority uint16, m string) {
	if len(key) < keyHeadLen {
		return 0, 0, ""
	}
	return key[0], uint16(key[1])<<8 | uint16(key[2]), key[keyHeadLen:]
}

// FlowSend is a flow-mod in the form that reconcilers keep it in.
type FlowSend struct {
	Command      FlowCommand
	Key          string // FlowKey
	Instructions string // instruction bytes
	Cookie       uint64
	CookieMask   uint64
	Flags        FlowFlags
	IdleTimeout  uint16
	HardTimeout  uint16
}

// AppendFlow appends the flow-mod f with transaction id xid to b, without allocation when b has room. Key and
// Instructions must be from a flow that fits into a message.
func AppendFlow(b []byte, xid uint32, f *FlowSend) []byte {
	table, priority, fields := SplitFlowKey(f.Key)
	start := len(b)
	b = append(b, byte(openflow.Version13), byte(TypeFlowMod), 0, 0)
	b = binary.BigEndian.AppendUint32(b, xid)
	b = binary.BigEndian.AppendUint64(b, f.Cookie)
	b = binary.BigEndian.AppendUint64(b, f.CookieMask)
	b = append(b, table, byte(f.Command))
	b = binary.BigEndian.AppendUint16(b, f.IdleTimeout)
	b = binary.BigEndian.AppendUint16(b, f.HardTimeout)
	b = binary.BigEndian.AppendUint16(b, priority)
	b = binary.BigEndian.AppendUint32(b, NoBuffer)
	b = binary.BigEndian.AppendUint32(b, PortAny)
	b = binary.BigEndian.AppendUint32(b, AnyGroup)
	b = binary.BigEndian.AppendUint16(b, uint16(f.Flags))
	b = append(b, 0, 0)
	b = appendMatch(b, fields)
	b = append(b, f.Instructions...)
	binary.BigEndian.PutUint16(b[start+2:], uint16(len(b)-start))
	return b
}
