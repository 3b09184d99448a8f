package ofp

import (
	"github.com/vlcp-go/vlcp/common/openflow/fieldtext"
	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// body10 writes the body of a message of OpenFlow 1.0.
func (t *text) body10() error {
	m, err := of10.DecodeLoose(t.msg)
	if err != nil {
		return err
	}
	switch m := m.(type) {
	case *of10.FeaturesRequest, *of10.GetConfigRequest, *of10.BarrierRequest, *of10.BarrierReply:
		return nil
	case *of10.FeaturesReply:
		return t.features10(m)
	case *of10.GetConfigReply:
		return t.config(uint16(m.Flags), m.MissSendLen, fragBits|invalidTTL, false)
	case *of10.SetConfig:
		return t.config(uint16(m.Flags), m.MissSendLen, fragBits|invalidTTL, true)
	case *of10.PacketIn:
		return t.packetIn10(m)
	case *of10.PacketOut:
		return t.packetOut10(m)
	case *of10.FlowRemoved:
		return t.flowRemoved10(m)
	case *of10.FlowMod:
		return t.flowMod10(m)
	case *of10.PortStatus:
		return t.portStatus(uint8(m.Reason), port10(&m.Port))
	case *of10.PortMod:
		return t.portMod10(m)
	case *of10.QueueConfigRequest:
		return t.queueConfigRequest(oxm.Port32(m.Port))
	case *of10.QueueConfigReply:
		return t.queueConfig10(m)
	}
	return t.stats10(m)
}

// stats10 writes the body of a request for statistics, or of a reply.
func (t *text) stats10(m of10.Message) error {
	s, ok := m.(interface{ Part() *of10.Stats })
	if !ok {
		return spot{1, "Type"}.refuse(badType, "%T: unknown kind", m)
	}
	t.statsFlags(uint16(s.Part().Flags), m.Head().Type == of10.TypeStatsReply)
	switch m := m.(type) {
	case *of10.DescRequest, *of10.TableStatsRequest:
		return nil
	case *of10.DescReply:
		t.desc(m.Manufacturer[:], m.Hardware[:], m.Software[:], m.SerialNumber[:], m.Datapath[:])
		return nil
	case *of10.FlowStatsRequest:
		return t.flowRequest10(m.Table, m.OutPort, &m.Match)
	case *of10.FlowStatsReply:
		return t.flowStats10(m.Flows)
	case *of10.AggregateRequest:
		return t.flowRequest10(m.Table, m.OutPort, &m.Match)
	case *of10.AggregateReply:
		t.aggregate(m.Packets, m.Bytes, m.Flows)
		return nil
	case *of10.TableStatsReply:
		return t.tableStats10(m.Tables)
	case *of10.PortStatsRequest:
		t.s(" port_no=", fieldtext.FormatPort(oxm.Port32(m.Number)))
		return nil
	case *of10.PortStatsReply:
		return t.portStats10(m.Ports)
	case *of10.QueueStatsRequest:
		return t.queueRequest10(m)
	case *of10.QueueStatsReply:
		return t.queueStats10(m.Queues)
	case *of10.PortDescRequest:
		t.s(" port=ANY")
		return nil
	case *of10.PortDescReply:
		t.s("\n")
		return t.ports10(m.Ports)
	}
	return spot{8, "Kind"}.refuse(badStat, "%T: unknown kind", m)
}

const statsMore = 1

// statsFlags writes the flags of statistics. more says whether there is a flag for more parts.
func (t *text) statsFlags(flags uint16, more bool) {
	if flags == 0 {
		return
	}
	t.s(" flags=")
	if more && flags&statsMore != 0 {
		t.s("[more]")
		flags &^= statsMore
	}
	if flags != 0 {
		t.f("[***unknown flags 0x%04x***]", flags)
	}
}
