package ofp

import (
	"strconv"

	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// packetIn is a packet that came to the controller, of any version.
type packetIn struct {
	table    uint8
	cookie   uint64 // unknownCookie when it is not known
	total    uint32
	buffer   uint32
	metadata *oxm.Flow
	reason   uint8
	data     []byte
}

const unknownCookie = ^uint64(0)

var packetReasons = [8]string{"no_match", "action", "invalid_ttl", "action_set", "group", "packet_out"}

// packetReason is the name of a reason; two that stand for a miss have an empty one.
func packetReason(r uint8) string {
	if int(r) < len(packetReasons) {
		return packetReasons[r]
	}
	return strconv.Itoa(int(r))
}

// packetInHead writes all but the packet.
func (t *text) packetInHead(p *packetIn) {
	if p.table != 0 {
		t.u(" table_id=", uint64(p.table))
	}
	if p.cookie != unknownCookie {
		t.f(" cookie=0x%x", p.cookie)
	}
	t.f(" total_len=%d ", p.total)
	t.match(p.metadata, defaultPriority)
	t.f(" (via %s) data_len=%d", packetReason(p.reason), len(p.data))
	switch n := uint32(len(p.data)); {
	case p.buffer == of13.NoBuffer && p.total != n:
		t.s(" (unbuffered) (***total_len != data_len***)")
	case p.buffer == of13.NoBuffer:
		t.s(" (unbuffered)")
	case p.total < n:
		t.f(" buffer=0x%08x (***total_len < data_len***)", p.buffer)
	default:
		t.f(" buffer=0x%08x", p.buffer)
	}
	t.s("\n")
}

func (t *text) packetIn10(m *of10.PacketIn) error {
	var w oxm.Flow
	_ = w.Set(oxm.TLV{Field: oxm.NXInPort, Value: []byte{byte(m.InPort >> 8), byte(m.InPort)}})
	t.packetInHead(&packetIn{0, unknownCookie, uint32(m.TotalLen), m.BufferID, &w, uint8(m.Reason), m.Data})
	t.packet(m.Data, 0)
	return nil
}

func (t *text) packetIn13(m *of13.PacketIn) error {
	if m.Match.Standard != nil {
		return spot{packetInLen, "Match"}.refuse(badMatchType, "match of OpenFlow 1.1: expected fields")
	}
	w, err := looseFlow(m.Match.Fields)
	if err != nil {
		return spot{packetInLen + matchHeadLen, "Match"}.refused(err)
	}
	t.packetInHead(&packetIn{m.Table, m.Cookie, uint32(m.TotalLen), m.BufferID, w, uint8(m.Reason), m.Data})
	t.packet(m.Data, packetTypeOf(w))
	return nil
}

// packetTypeOf is the type of the packet that a flow is about.
func packetTypeOf(w *oxm.Flow) uint32 {
	v, _ := w.Uint(packetType)
	return uint32(v)
}
