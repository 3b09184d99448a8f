package vswitch

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/ofp"
	pkt "github.com/vlcp-go/vlcp/common/packet"
)

func (b *bench) flow(text string) {
	b.t.Helper()
	m, err := ofp.ParseFlow(openflow.Version13, text, of13.FlowAdd)
	require.NoError(b.t, err, text)
	b.c.Handle(of13.Encode(m.(of13.Message)))
}

// udp sends a packet in by port 1 and returns the port that it comes out of, and its addresses.
func (b *bench) udp(src, dst string, sport, dport uint16) (port uint32, from, to string) {
	b.t.Helper()
	s, d := netip.MustParseAddr(src), netip.MustParseAddr(dst)
	seg := pkt.AppendUDP(nil, &pkt.UDP{SrcPort: sport, DstPort: dport}, s, d)
	f := pkt.AppendEthernet(nil, &pkt.Ethernet{Type: pkt.EtherTypeIPv4})
	f = append(pkt.AppendIPv4(f, &pkt.IPv4{Src: s, Dst: d, Protocol: pkt.ProtoUDP, TTL: 9}, len(seg)), seg...)
	b.out = nil
	b.s.Receive(1, f, nil)
	require.Len(b.t, b.out, 1)
	p := parse(b.out[0].Frame)
	k, ok := p.ctKey(0)
	require.True(b.t, ok)
	return b.out[0].Port, netip.AddrPortFrom(k.src, k.sport).String(), netip.AddrPortFrom(k.dst, k.dport).String()
}

// firewall lets connections out of 10.0.0.0/24 and their answers in: 2 for new ones, 3 for established, 4 for others.
func firewall(t *testing.T, nat string) *bench {
	b := newBench(t)
	for p := uint32(3); p <= 4; p++ {
		b.s.SetPort(Port{Number: p})
	}
	b.flow("table=0,ip,actions=load:7->NXM_NX_REG0[],ct(zone=NXM_NX_REG0[0..15],nat,table=1)")
	b.flow("table=1,priority=2,ip,ct_state=+trk+new,nw_src=10.0.0.0/24,actions=ct(commit,zone=7" + nat + ",table=2)")
	b.flow("table=1,priority=2,ip,ct_state=+trk+est,ct_zone=7,actions=output:3")
	b.flow("table=1,priority=1,ip,actions=output:4")
	b.flow("table=2,actions=output:2")
	return b
}

func TestConnectionsAreTrackedByZone(t *testing.T) {
	b := firewall(t, "")
	send := func(src, dst string, sport, dport uint16) uint32 {
		port, _, _ := b.udp(src, dst, sport, dport)
		return port
	}
	require.EqualValues(t, 4, send("10.9.9.9", "10.0.0.1", 53, 1000), "nobody asked")
	require.EqualValues(t, 2, send("10.0.0.1", "10.9.9.9", 1000, 53))
	require.EqualValues(t, 2, send("10.0.0.1", "10.9.9.9", 1000, 53), "no answer yet")
	require.EqualValues(t, 3, send("10.9.9.9", "10.0.0.1", 53, 1000))
	require.EqualValues(t, 3, send("10.0.0.1", "10.9.9.9", 1000, 53))
	require.EqualValues(t, 4, send("10.9.9.9", "10.0.0.1", 54, 1000))
	b.now = b.now.Add(ctBriefLife - time.Second)
	require.EqualValues(t, 3, send("10.9.9.9", "10.0.0.1", 53, 1000))
	b.now = b.now.Add(ctBriefLife)
	require.EqualValues(t, 4, send("10.9.9.9", "10.0.0.1", 53, 1000), "forgotten")
	require.EqualValues(t, 2, send("10.0.0.1", "10.9.9.9", 1000, 53))
	b.c.Handle(nicira.Encode(&nicira.CTFlushZone{Header: nicira.Header{Version: openflow.Version13}, Zone: 8}))
	require.EqualValues(t, 3, send("10.9.9.9", "10.0.0.1", 53, 1000), "another zone")
	b.c.Handle(nicira.Encode(&nicira.CTFlushZone{Header: nicira.Header{Version: openflow.Version13}, Zone: 7}))
	require.EqualValues(t, 4, send("10.9.9.9", "10.0.0.1", 53, 1000))
	require.Empty(t, b.s.conns)
}

func TestAddressesAreTranslatedBothWays(t *testing.T) {
	b := firewall(t, ",nat(src=192.0.2.1)")
	check := func(port uint32, from, to string) func(uint32, string, string) {
		return func(p uint32, f, d string) {
			t.Helper()
			require.Equal(t, []any{port, from, to}, []any{p, f, d})
		}
	}
	check(2, "192.0.2.1:1000", "10.9.9.9:53")(b.udp("10.0.0.1", "10.9.9.9", 1000, 53))
	check(2, "192.0.2.1:1001", "10.9.9.9:53")(b.udp("10.0.0.2", "10.9.9.9", 1000, 53))
	check(3, "10.9.9.9:53", "10.0.0.2:1000")(b.udp("10.9.9.9", "192.0.2.1", 53, 1001))
	check(3, "10.9.9.9:53", "10.0.0.1:1000")(b.udp("10.9.9.9", "192.0.2.1", 53, 1000))
	check(3, "192.0.2.1:1001", "10.9.9.9:53")(b.udp("10.0.0.2", "10.9.9.9", 1000, 53))

	b = firewall(t, ",nat(dst=10.9.9.1:8080)")
	check(2, "10.0.0.1:1000", "10.9.9.1:8080")(b.udp("10.0.0.1", "192.0.2.1", 1000, 80))
	check(3, "192.0.2.1:80", "10.0.0.1:1000")(b.udp("10.9.9.1", "10.0.0.1", 8080, 1000))

	b = firewall(t, ",nat(src=192.0.2.1:5000-5001)")
	for n, want := range []string{"192.0.2.1:5000", "192.0.2.1:5001"} {
		_, from, _ := b.udp("10.0.0.1", "10.9.9.9", uint16(1000+n), 53)
		require.Equal(t, want, from)
	}
	check(2, "10.0.0.1:1002", "10.9.9.9:53")(b.udp("10.0.0.1", "10.9.9.9", 1002, 53)) // all are taken
}

// What the model does not do is refused, and not passed over.
func TestActionsThatAreNotInTheModel(t *testing.T) {
	for _, actions := range []string{"ct(commit,alg=ftp)", "learn(table=1,delete_learned)",
		"learn(table=1,fin_idle_timeout=5)", "learn(table=1,limit=5,result_dst=reg0[0])",
		"ct(commit,exec(move:NXM_OF_IN_PORT[]->NXM_NX_CT_MARK[0..15]))"} {
		b := newBench(t)
		b.said = nil
		b.flow("tcp,actions=" + actions)
		require.Len(t, b.said, 1)
		require.Equal(t, of13.ErrBadAction, b.said[0].(*of13.Error).Class, actions)
		require.Empty(t, b.s.Flows())
	}
}
