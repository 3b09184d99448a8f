package ofp

import (
	"encoding/hex"
	"net/netip"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// Everything is printed as ovs-ofctl prints it; fields may be in another order.
func TestTextIsThatOfOVS(t *testing.T) {
	ip, mac := netip.MustParseAddr("10.0.0.9"), [6]byte{10, 1, 2, 3, 4, 5}
	arp := nicira.Move(nil, oxm.EthSrc, oxm.EthDst).SetField(oxm.Match(nil).MAC(oxm.EthSrc, mac)).
		SetField(oxm.Match(nil).Uint(oxm.ARPOp, 2)).SetField(oxm.Match(nil).IPv4(oxm.ARPSPA, ip)).Output(of13.PortInPort, 0)
	for _, c := range []struct {
		m     oxm.Match
		i     of13.Instructions
		match string
		does  string
	}{
		{oxm.Match(nil).Uint(oxm.Reg(0), 7).Uint(oxm.EthType, 0x806).IPv4(oxm.ARPTPA, ip).Uint(oxm.ARPOp, 1),
			of13.Instructions(nil).Apply(arp), "arp,reg0=0x7,arp_tpa=10.0.0.9,arp_op=1",
			"move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],set_field:0a:01:02:03:04:05->eth_src,set_field:2->arp_op," +
				"set_field:10.0.0.9->arp_spa,IN_PORT"},
		{oxm.Match(nil).Uint(oxm.TunnelID, 10000).Uint(oxm.InPort, 4), of13.Instructions(nil).
			Apply(of13.Actions(nil).SetField(oxm.Match(nil).Uint(oxm.Reg(0), 7))).Goto(30),
			"tun_id=0x2710,in_port=4", "set_field:0x7->reg0,goto_table:30"},
		{oxm.Match(nil).Uint(oxm.EthType, 0x800).Uint(oxm.IPProto, 17).Uint(oxm.UDPSrc, 68).Uint(oxm.UDPDst, 67),
			of13.Instructions(nil).Apply(nicira.Controller(nil, []byte("dhcp"))), "udp,tp_src=68,tp_dst=67",
			"controller(userdata=64.68.63.70)"},
		{oxm.Match(nil).BytesMasked(oxm.EthDst, []byte{1, 0, 0, 0, 0, 0}, []byte{1, 0, 0, 0, 0, 0}), nil,
			"dl_dst=01:00:00:00:00:00/01:00:00:00:00:00", "drop"},
		{oxm.Match(nil).Uint(oxm.EthType, 0x800).Prefix(oxm.IPv4Dst, netip.MustParsePrefix("10.0.0.0/8")),
			of13.Instructions(nil).Apply(nicira.Load(of13.Actions(nil).SetField(oxm.Match(nil).IPv4(oxm.TunnelDst, ip)),
				oxm.Reg(3), 4, 8, 7).Output(3, 0)),
			"ip,nw_dst=10.0.0.0/8", "set_field:10.0.0.9->tun_dst,load:0x7->NXM_NX_REG3[4..11],output:3"},
	} {
		require.Equal(t, c.does, FormatInstructions(c.i))
		b := of13.Encode(&of13.FlowMod{BufferID: of13.NoBuffer, OutPort: of13.PortAny, OutGroup: of13.AnyGroup,
			Match: of13.Match{Fields: c.m}, Instructions: c.i})
		out, err := exec.Command("ovs-ofctl", "-O", "OpenFlow13", "--no-names", "ofp-print",
			hex.EncodeToString(b)).CombinedOutput()
		require.NoError(t, err)
		require.Contains(t, string(out), c.match)
		require.Contains(t, string(out), "actions="+c.does)
		require.Equal(t, c.match, FormatMatch(c.m))
	}
}
