package nicira

import (
	"encoding/hex"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

func ovsPrint(t *testing.T, msg []byte) string {
	t.Helper()
	out, err := exec.Command("ovs-ofctl", "-O", "OpenFlow13", "--no-names", "ofp-print",
		hex.EncodeToString(msg)).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return string(out)
}

func TestActionsReadRightForOVS(t *testing.T) {
	a := Move(nil, oxm.EthSrc, oxm.EthDst)
	a = Load(a, oxm.Reg(3), 4, 8, 0x7)
	a = Controller(a, []byte("dhcp"))
	require.NoError(t, a.Check())
	got := ovsPrint(t, of13.Encode(&of13.PacketOut{BufferID: of13.NoBuffer, InPort: of13.PortController, Actions: a,
		Data: make([]byte, 60)}))
	require.Contains(t, got, "actions=move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],load:0x7->NXM_NX_REG3[4..11],"+
		"controller(userdata=64.68.63.70)")
}

func TestFormatReadsRightForOVS(t *testing.T) {
	require.Contains(t, ovsPrint(t, Encode(&SetPacketInFormat{Format: PacketInNXM2})), "nxt_packet_in2")
}

// A packet-in as ovs-vswitchd sent it: one from a flow with userdata.
func packetIn() *of13.Experimenter {
	prop := func(typ byte, v ...byte) []byte {
		b := append([]byte{0, typ, 0, byte(4 + len(v))}, v...)
		for len(b)%8 != 0 {
			b = append(b, 0)
		}
		return b
	}
	var d []byte
	d = append(d, prop(0, make([]byte, 60)...)...)
	d = append(d, prop(3, 10)...)
	d = append(d, prop(4, 0, 0, 0, 0, 0x56, 0x4c, 0, 0, 0, 0, 0, 9)...)
	d = append(d, prop(5, 1)...)
	d = append(d, prop(6, oxm.Match(nil).Uint(oxm.InPort, 7).Uint(oxm.Reg(0), 5)...)...)
	d = append(d, prop(7, []byte("dhcp")...)...)
	return &of13.Experimenter{Vendor: openflow.VendorNicira, Subtype: uint32(SubtypePacketIn2), Data: d}
}

func TestPacketIn(t *testing.T) {
	e := packetIn()
	got := ovsPrint(t, of13.Encode(e))
	for _, want := range []string{"table_id=10 cookie=0x564c000000000009", "reg0=0x5,in_port=7", "userdata=64.68.63.70"} {
		require.Contains(t, got, want)
	}
	p, err := DecodePacketIn(e)
	require.NoError(t, err)
	require.Equal(t, uint32(7), p.InPort())
	require.Equal(t, "dhcp", string(p.UserData))
	require.Equal(t, uint64(0x564c000000000009), p.Cookie)
	require.Equal(t, uint8(10), p.Table)
	require.Len(t, p.Packet, 60)
}

func FuzzPacketIn(f *testing.F) {
	f.Add(packetIn().Data)
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := DecodePacketIn(&of13.Experimenter{Vendor: openflow.VendorNicira, Subtype: uint32(SubtypePacketIn2), Data: b})
		if err == nil {
			p.InPort()
		}
	})
}
