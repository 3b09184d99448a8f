package main

import (
	"fmt"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

const badExperimenter = 3 // OFPBRC_BAD_VENDOR, OFPBRC_BAD_EXPERIMENTER

// reply is what a switch without flows says to a request, nil to what is none.
func (s *fakeSwitch) reply(m openflow.Message) openflow.Message {
	if s.o.Version == openflow.Version10 {
		return s.reply10(m)
	}
	return s.reply13(m)
}

func (s *fakeSwitch) reply10(m openflow.Message) openflow.Message {
	switch m := m.(type) {
	case *of10.EchoRequest:
		return &of10.EchoReply{Data: m.Data}
	case *of10.FeaturesRequest:
		r := &of10.FeaturesReply{DatapathID: s.datapathID(), Buffers: s.buffers(), Tables: 1,
			Actions: 1 << of10.ActionOutput}
		for i := range ports {
			p := of10.Port{Number: uint16(i + 1)}
			putMAC(p.HWAddr[:], s.index, hostsMax+i)
			copy(p.Name[:], fmt.Sprintf("p%d", i+1))
			r.Ports = append(r.Ports, p)
		}
		return r
	case *of10.GetConfigRequest:
		return &of10.GetConfigReply{MissSendLen: 128}
	case *of10.BarrierRequest:
		return &of10.BarrierReply{}
	case *of10.DescRequest:
		return &of10.DescReply{}
	case *of10.FlowStatsRequest:
		return &of10.FlowStatsReply{}
	case *of10.Vendor:
		return &of10.Error{Class: of10.ErrBadRequest, Code: badExperimenter}
	}
	return nil
}

func (s *fakeSwitch) reply13(m openflow.Message) openflow.Message {
	switch m := m.(type) {
	case *of13.EchoRequest:
		return &of13.EchoReply{Data: m.Data}
	case *of13.FeaturesRequest:
		return &of13.FeaturesReply{DatapathID: s.datapathID(), Buffers: s.buffers(), Tables: 254}
	case *of13.GetConfigRequest:
		return &of13.GetConfigReply{MissSendLen: 128}
	case *of13.BarrierRequest:
		return &of13.BarrierReply{}
	case *of13.DescRequest:
		return &of13.DescReply{}
	case *of13.FlowStatsRequest:
		return &of13.FlowStatsReply{}
	case *of13.PortDescRequest:
		r := &of13.PortDescReply{}
		for i := range ports {
			p := of13.Port{Number: uint32(i + 1)}
			putMAC(p.HWAddr[:], s.index, hostsMax+i)
			copy(p.Name[:], fmt.Sprintf("p%d", i+1))
			r.Ports = append(r.Ports, p)
		}
		return r
	case *of13.RoleRequest:
		return &of13.RoleReply{Role: m.Role, GenerationID: m.GenerationID}
	case *of13.Experimenter, *of13.BundleControl:
		return &of13.Error{Class: of13.ErrBadRequest, Code: badExperimenter}
	}
	return nil
}

func (s *fakeSwitch) datapathID() uint64 { return 0x0fbe_0000_0000 + uint64(s.index) + 1 }

func (s *fakeSwitch) buffers() uint32 {
	if s.o.Buffers {
		return 256
	}
	return 0
}
