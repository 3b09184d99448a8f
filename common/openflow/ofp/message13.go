package ofp

import (
	"github.com/vlcp-go/vlcp/common/openflow/fieldtext"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

// body13 writes the body of a message of OpenFlow 1.3.
func (t *text) body13() error {
	m, err := of13.DecodeLoose(t.msg)
	if err != nil && t.deletesMeter() {
		return nil
	}
	if err != nil {
		return err
	}
	switch m := m.(type) {
	case *of13.FeaturesRequest, *of13.GetConfigRequest, *of13.BarrierRequest, *of13.BarrierReply, *of13.GetAsyncRequest:
		return nil
	case *of13.FeaturesReply:
		t.features13(m)
		return nil
	case *of13.GetConfigReply:
		return t.config(uint16(m.Flags), m.MissSendLen, fragBits, false)
	case *of13.SetConfig:
		return t.config(uint16(m.Flags), m.MissSendLen, fragBits, true)
	case *of13.PacketIn:
		return t.packetIn13(m)
	case *of13.PacketOut:
		return t.packetOut13(m)
	case *of13.FlowRemoved:
		return t.flowRemoved13(m)
	case *of13.FlowMod:
		return t.flowMod13(m)
	case *of13.GroupMod:
		return t.groupMod(m)
	case *of13.PortStatus:
		return t.portStatus13(m)
	case *of13.PortMod:
		return t.portMod13(m)
	case *of13.TableMod:
		t.tableMod(m)
		return nil
	case *of13.MeterMod:
		return t.meterMod(m)
	}
	return t.rest13(m)
}

// rest13 writes the bodies of rarer messages.
func (t *text) rest13(m of13.Message) error {
	switch m := m.(type) {
	case *of13.QueueConfigRequest:
		return t.queueConfigRequest(m.Port)
	case *of13.QueueConfigReply:
		return t.queueConfig13(m)
	case *of13.RoleRequest:
		return t.role(spot{8, "Role"}, m.Role, m.GenerationID, m.Role == of13.RoleNoChange)
	case *of13.RoleReply:
		return t.role(spot{8, "Role"}, m.Role, m.GenerationID, false)
	case *of13.GetAsyncReply:
		t.async13(&m.Async)
		return nil
	case *of13.SetAsync:
		t.async13(&m.Async)
		return nil
	case interface{ Part() *of13.Multipart }:
		t.statsFlags(uint16(m.Part().Flags), true)
		if m.Part().Type == of13.TypeMultipartReq {
			return t.request13(m)
		}
		return t.reply13(m)
	}
	return spot{1, "Type"}.refuse(badType, "%T: unknown kind", m)
}

// request13 writes the body of a multipart request.
func (t *text) request13(m any) error {
	switch m := m.(type) {
	case *of13.DescRequest, *of13.TableStatsRequest, *of13.GroupFeaturesRequest, *of13.MeterFeaturesRequest:
		return nil
	case *of13.FlowStatsRequest:
		return t.flowRequest13(m.Table, m.OutPort, &m.Match)
	case *of13.AggregateRequest:
		return t.flowRequest13(m.Table, m.OutPort, &m.Match)
	case *of13.PortStatsRequest:
		t.s(" port_no=", fieldtext.FormatPort(m.Number))
		return spot{16, "Number"}.checkPort(m.Number)
	case *of13.QueueStatsRequest:
		return t.queueStatsRequest(spot{16, "Port"}, m.Port, m.Queue)
	case *of13.GroupStatsRequest:
		t.s(" group_id=", groupName(m.Group))
		return nil
	case *of13.GroupDescRequest:
		t.s(" group_id=ALL")
		return nil
	case *of13.MeterStatsRequest:
		t.s(" ", meterName("=", m.Meter))
		return nil
	case *of13.MeterConfigRequest:
		t.s(" ", meterName("=", m.Meter))
		return nil
	case *of13.TableFeaturesRequest:
		return t.tableFeatures(m.Tables)
	case *of13.PortDescRequest:
		t.s(" port=ANY")
		return nil
	}
	return spot{8, "Kind"}.refuse(badStat, "%T: unknown kind", m)
}

// reply13 writes the body of a multipart reply.
func (t *text) reply13(m any) error {
	switch m := m.(type) {
	case *of13.DescReply:
		t.desc(m.Manufacturer[:], m.Hardware[:], m.Software[:], m.SerialNumber[:], m.Datapath[:])
	case *of13.FlowStatsReply:
		return t.flowStats13(m.Flows)
	case *of13.AggregateReply:
		t.aggregate(m.Packets, m.Bytes, m.Flows)
	case *of13.TableStatsReply:
		t.tableStats13(m.Tables)
	case *of13.PortStatsReply:
		return t.portStats13(m.Ports)
	case *of13.QueueStatsReply:
		return t.queueStats13(m.Queues)
	case *of13.GroupStatsReply:
		t.groupStats(m.Groups)
	case *of13.GroupDescReply:
		return t.groupDesc(m.Groups)
	case *of13.GroupFeaturesReply:
		t.groupFeatures(m, actionNames13)
	case *of13.MeterStatsReply:
		t.meterStats(m.Meters)
	case *of13.MeterConfigReply:
		return t.meterConfig(m.Meters)
	case *of13.MeterFeaturesReply:
		t.meterFeatures(m)
	case *of13.TableFeaturesReply:
		return t.tableFeatures(m.Tables)
	case *of13.PortDescReply:
		t.s("\n")
		return t.ports13(m.Ports)
	default:
		return spot{8, "Kind"}.refuse(badStat, "%T: unknown kind", m)
	}
	return nil
}

func (t *text) portStatus13(m *of13.PortStatus) error {
	if int(m.Reason) >= len(portReasons) {
		return t.portStatus(uint8(m.Reason), portDesc{})
	}
	p, err := port13(&m.Port)
	if err != nil {
		return spot{16, "Port"}.refused(err)
	}
	return t.portStatus(uint8(m.Reason), p)
}
