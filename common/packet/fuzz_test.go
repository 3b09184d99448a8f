package packet_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/ovstest"
	"github.com/vlcp-go/vlcp/common/packet"
)

func FuzzEthernet(f *testing.F) {
	for _, b := range ovstest.Frames(f) {
		f.Add(b)
	}
	f.Add(packet.AppendEthernet(nil, &packet.Ethernet{Type: packet.EtherTypeIPv4}))
	f.Add(packet.AppendEthernet(nil, &packet.Ethernet{
		Tags: [2]packet.VLAN{{TPID: packet.EtherTypeQinQ, TCI: 1}, {TPID: packet.EtherTypeVLAN, TCI: 2}}, Type: 0x0806,
	}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if e, err := packet.ParseEthernet(b); err == nil {
			require.True(t, bytes.Equal(b, append(packet.AppendEthernet(nil, &e), e.Payload...)))
		}
	})
}

// addPayloads adds what is in the captured frames of a type.
func addPayloads(f *testing.F, typ uint16) {
	f.Helper()
	for _, b := range ovstest.Frames(f) {
		if e, err := packet.ParseEthernet(b); err == nil && e.Type == typ {
			f.Add(e.Payload)
		}
	}
}

func FuzzARP(f *testing.F) {
	addPayloads(f, packet.EtherTypeARP)
	f.Add(packet.AppendARP(nil, &packet.ARP{Op: packet.ARPRequest, SenderMAC: macA, SenderIP: ipA, TargetIP: ipB}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if a, err := packet.ParseARP(b); err == nil {
			require.True(t, bytes.HasPrefix(b, packet.AppendARP(nil, &a)))
		}
	})
}

func FuzzIPv4(f *testing.F) {
	addPayloads(f, packet.EtherTypeIPv4)
	f.Add(udpPacket("payload"))
	f.Add(append(udpPacket(""), 0, 0, 0))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := packet.ParseIPv4(b)
		if err != nil {
			return
		}
		again, err := packet.ParseIPv4(append(packet.AppendIPv4(nil, &p, len(p.Payload)), p.Payload...))
		require.NoError(t, err)
		require.True(t, bytes.Equal(p.Payload, again.Payload))
		p.Options, p.Payload, again.Options, again.Payload = nil, nil, nil, nil
		require.Equal(t, p, again)
	})
}

func FuzzUDP(f *testing.F) {
	f.Add(udpPacket("payload")[packet.IPv4Len:])
	f.Add([]byte{0, 68, 0, 67, 0, 9, 0, 0, 'x', 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		p := packet.IPv4{Protocol: packet.ProtoUDP, Src: ipA, Dst: ipB, Payload: b}
		u, err := packet.ParseUDP(&p)
		if err != nil {
			return
		}
		if len(u.Payload) > 65507 {
			return // more than IPv4 carries
		}
		p.Payload = packet.AppendUDP(nil, &u, ipA, ipB)
		again, err := packet.ParseUDP(&p)
		require.NoError(t, err)
		require.True(t, bytes.Equal(u.Payload, again.Payload))
	})
}

func FuzzDHCPv4(f *testing.F) {
	const ipAndUDP = 20 + 8
	for _, b := range ovstest.Frames(f) {
		if e, err := packet.ParseEthernet(b); err == nil && len(e.Payload) > ipAndUDP {
			f.Add(e.Payload[ipAndUDP:])
		}
	}
	f.Add(rawDHCP([]byte{53, 1, 1, 255}, nil, nil))
	f.Add(rawDHCP([]byte{0, 53, 1, 3, 52, 1, 3, 255}, []byte{12, 1, 'a', 255}, []byte{12, 1, 'b', 255}))
	f.Add(rawDHCP([]byte{121, 200}, nil, nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		m, err := packet.ParseDHCPv4(b)
		require.True(t, bytes.Equal(before, b), "the input is only read")
		if err != nil {
			return
		}
		out, leftOut := packet.AppendDHCPv4(nil, &m, 2*len(b)+packet.DHCPLenMin)
		require.Zero(t, leftOut)
		again, err := packet.ParseDHCPv4(out)
		require.NoError(t, err)
		require.Len(t, again.Options, len(m.Options))
		for i, o := range m.Options {
			require.Equal(t, o.Code, again.Options[i].Code)
			require.True(t, bytes.Equal(o.Data, again.Options[i].Data))
		}
		small, _ := packet.AppendDHCPv4(nil, &m, packet.DHCPLenMin)
		require.Len(t, small, packet.DHCPLenMin)
		_, err = packet.ParseDHCPv4(small)
		require.NoError(t, err)
	})
}
