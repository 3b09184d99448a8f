package nicira

import (
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/ovstest"
)

func ovsPrint(t *testing.T, msg []byte) string {
	t.Helper()
	out, err := exec.Command("ovs-ofctl", "--no-names", "ofp-print", hex.EncodeToString(msg)).CombinedOutput()
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

// printed is what ovs-ofctl prints of each message; all have xid 0x77.
func printed(t *testing.T, messages [][]byte) []string {
	t.Helper()
	var all []byte
	for _, m := range messages {
		// a mark before each: an echo request of its own
		all = append(append(all, 1, 2, 0, 8, 0xff, 0xff, 0xff, 0xff), m...)
	}
	name := filepath.Join(t.TempDir(), "messages")
	require.NoError(t, os.WriteFile(name, all, 0o600))
	out, err := exec.Command("ovs-ofctl", "--no-names", "-vANY:OFF", "ofp-parse", name).CombinedOutput()
	require.NoError(t, err, "%s", out)
	const mark = "OFPT_ECHO_REQUEST (xid=0xffffffff): 0 bytes of payload\n"
	texts := strings.Split(string(out), mark)[1:]
	require.Len(t, texts, len(messages))
	return texts
}

func TestEveryMessage(t *testing.T) {
	var all [][]byte
	for _, s := range samples() {
		s.m.SetXid(0x77)
		b, err := Append(nil, s.m)
		require.NoError(t, err)
		n, err := openflow.Frame(b)
		require.NoError(t, err)
		require.Equal(t, len(b), n)
		require.True(t, Is(b))
		back, err := Decode(b)
		require.NoError(t, err, "%T", s.m)
		require.IsType(t, s.m, back)
		require.Equal(t, uint32(0x77), back.TransactionID())
		require.Equal(t, b, Encode(back))
		text, err := EncodeJSON(back)
		require.NoError(t, err)
		fromText, err := DecodeJSON(text)
		require.NoError(t, err, "%s", text)
		require.Equal(t, b, Encode(fromText), "%s", text)
		require.Contains(t, Dump(back), "subtype: ")
		all = append(all, b)
	}
	for n, text := range printed(t, all) {
		require.Contains(t, text, samples()[n].text, "%T %x", samples()[n].m, all[n])
	}
}

func TestCarriedByBothVersions(t *testing.T) {
	m := &SetControllerID{ID: 5}
	m.SetXid(3)
	e := For13(m)
	require.Equal(t, "0404001800000003"+"0000232000000014"+"0000000000000005", hex.EncodeToString(of13.Encode(e)))
	back, err := From(e)
	require.NoError(t, err)
	require.Equal(t, uint16(5), back.(*SetControllerID).ID)
	v := For10(m)
	require.Equal(t, "0104001800000003"+"0000232000000014"+"0000000000000005", hex.EncodeToString(of10.Encode(v)))
	back, err = From(v)
	require.NoError(t, err)
	require.Equal(t, uint16(5), back.(*SetControllerID).ID)
	_, err = From(&of13.Experimenter{Vendor: openflow.VendorONF})
	require.ErrorIs(t, err, ErrNotNicira)
}

func TestStatsKnowTheirVersion(t *testing.T) {
	r := NewIPFIXFlowRequest(openflow.Version10)
	require.Len(t, Encode(r), 24)
	r.SetVersion(openflow.Version13)
	require.Equal(t, TypeMultipartRequest, r.Type)
	require.Len(t, Encode(r), 24)
	reply := &IPFIXFlowReply{Stats: Stats{Flags: StatsMore}}
	reply.SetVersion(openflow.Version10)
	require.Equal(t, TypeStatsReply, reply.Type)
	require.True(t, reply.More())
}

func TestNotNicira(t *testing.T) {
	for _, b := range [][]byte{nil, of13.Encode(&of13.Hello{}), of10.Encode(&of10.Hello{}), {5, 4, 0, 16, 0, 0, 0, 0, 0, 0,
		0x23, 0x20, 0, 0, 0, 10}, of13.Encode(&of13.DescRequest{}), of13.Encode(&of13.Experimenter{Vendor: 1})} {
		require.False(t, Is(b))
		_, err := Decode(b)
		require.ErrorIs(t, err, ErrNotNicira)
	}
	_, err := DecodeJSON([]byte(`{"version":4,"type":"TypeExperimenter","vendor":"0x1","subtype":1}`))
	require.ErrorIs(t, err, ErrNotNicira)
}

func FuzzDecode(f *testing.F) {
	for _, s := range samples() {
		f.Add(Encode(s.m))
	}
	for _, b := range append(ovstest.Captured(f, 1), ovstest.Captured(f, 4)...) {
		if _, err := Decode(b); err == nil {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Decode(b)
		if err != nil {
			return
		}
		out, err := Append(nil, m)
		require.NoError(t, err)
		text, err := EncodeJSON(m)
		require.NoError(t, err)
		fromText, err := DecodeJSON(text)
		require.NoError(t, err, "%s", text)
		require.Equal(t, out, Encode(fromText))
		if c, ok := m.(*CTFlush); ok {
			_, _ = c.Match()
		}
	})
}
