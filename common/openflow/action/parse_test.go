package action

import (
	"encoding/binary"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/ovstest"
)

// matchText is what a flow matches, as text and as fields.
type matchText struct {
	text  string
	match oxm.Match
}

func m() oxm.Match { return nil }

var (
	matchList  = matches()
	matchTexts = map[string]matchText{}
)

func matches() []matchText {
	eth := func(t uint64) oxm.Match { return m().Uint(oxm.EthType, t) }
	return []matchText{
		{"", nil}, {"ip", eth(0x800)}, {"ipv6", eth(0x86dd)}, {"arp", eth(0x806)}, {"mpls", eth(0x8847)},
		{"tcp", eth(0x800).Uint(oxm.IPProto, 6)}, {"udp", eth(0x800).Uint(oxm.IPProto, 17)},
		{"sctp", eth(0x800).Uint(oxm.IPProto, 132)}, {"tcp6", eth(0x86dd).Uint(oxm.IPProto, 6)},
		{"icmp", eth(0x800).Uint(oxm.IPProto, 1)}, {"dl_vlan=5", m().Uint(oxm.VLANVID, 0x1005)},
		{"dl_type=0x894f", eth(0x894f)},
		{"ip,ct_state=+trk+new", eth(0x800).UintMasked(oxm.CTState, 0x21, 0x21)},
		{"ip,ct_state=+trk+inv", eth(0x800).UintMasked(oxm.CTState, 0x30, 0x30)},
	}
}

func init() {
	for _, x := range matchList {
		matchTexts[x.text] = x
	}
}

// sentActions are the actions, or the instructions, of a flow-mod.
func sentActions(b []byte) []byte {
	const head10, headNXM, head13 = 72, 48, 48
	switch {
	case b == nil:
		return nil
	case b[0] == byte(openflow.Version10) && b[1] == 14:
		return b[head10:]
	case b[0] == byte(openflow.Version10):
		return b[headNXM+(int(binary.BigEndian.Uint16(b[40:]))+7)/8*8:]
	}
	return b[head13+(int(binary.BigEndian.Uint16(b[50:]))+7)/8*8:]
}

func rulesFor(v openflow.Version, match oxm.Match) Rules {
	var w oxm.Flow
	for t := range match.All() {
		if err := w.Set(t); err != nil {
			panic(err)
		}
	}
	return Rules{Version: v, Instructions: true, Match: &w, Table: TableAny}
}

// parseFlow parses the actions of a flow as ovs-ofctl has it.
func parseFlow(v openflow.Version, flow string) ([]byte, error) {
	match, actions, _ := strings.Cut(flow, " actions=")
	b, _, err := rulesFor(v, matchTexts[match].match).Parse(actions)
	return b, err
}

// compareSent parses flows, each a match and actions, for both versions and expects what ovs-ofctl sends, or an error
// where it refuses. Where it does not, we may if we are to be stricter.
func compareSent(t *testing.T, flows []string, stricter bool) {
	t.Helper()
	for _, v := range []openflow.Version{openflow.Version13, openflow.Version10} {
		wrong, refused, strict := 0, 0, 0
		doubtful := func(flow string) bool {
			_, err := parseFlow(v, flow)
			return err != nil
		}
		var left []string
		for _, sent := range ovstest.SentFlows(t, byte(v), flows, doubtful) {
			got, err := parseFlow(v, sent.Line)
			switch {
			case sent.Refused != "" && err != nil:
				refused++
			case sent.Refused == "" && err != nil && stricter:
				strict++
			case sent.Refused != "" || err != nil || string(got) != string(sentActions(sent.Message)):
				wrong++
				t.Errorf("%s %q\n ovs %s %x\n got %x %v", v, sent.Line, sent.Refused, sentActions(sent.Message), got, err)
			}
			if _, err := parseFlow(openflow.Version10, sent.Line); !sent.Never || err == nil {
				left = append(left, sent.Line)
			}
		}
		require.Zero(t, wrong, "of %d", len(flows))
		t.Logf("%s: %d flows, %d refused, %d here only", v, len(flows), refused, strict)
		flows = left // what is refused in every version is not tried again
	}
}

// lineOf splits "match | actions", or actions alone.
func lineOf(line string) (match, actions string) {
	match, actions, ok := strings.Cut(line, " | ")
	if !ok {
		return "", line
	}
	return match, actions
}

// flowOf turns such a line into a flow of ovs-ofctl.
func flowOf(line string) string {
	match, actions := lineOf(line)
	return match + " actions=" + actions
}

// actionTexts are actions as people write them, some after what the flow matches.
func actionTexts(t testing.TB) []string {
	file, err := os.ReadFile("testdata/actions.txt")
	require.NoError(t, err)
	return strings.Split(strings.TrimSuffix(string(file), "\n"), "\n")
}

func TestParsedActionsAreWhatOVSSends(t *testing.T) {
	var flows []string
	for _, line := range actionTexts(t) {
		flows = append(flows, flowOf(line))
	}
	compareSent(t, flows, false)
}

// stricter are texts that ovs-ofctl takes and we refuse: what it reads as something else, and what the switch refuses.
var stricter = map[string]string{
	"load:5->NXM_OF_ETH_TYPE[]":        "offset 8: load: field eth_type cannot be set",
	"load:5->ct_state[]":               "offset 8: load: field ct_state cannot be set",
	"tcp | load:5->NXM_NX_TCP_FLAGS[]": "offset 8: load: field tcp_flags cannot be set",
	"load:08->reg0":                    `offset 5: load: value: "08": expected a number`,
	"load:0x->reg0":                    `offset 5: load: value: "0x": expected a number`,
	"learn(priority=0x10)":             `offset 15: learn: priority: "0x10": expected a decimal number from 0 to 65535`,
	"learn(limit=x)":                   `offset 12: learn: limit: "x": expected a decimal number from 0 to 4294967295`,
	"ip | dec_ttl(1,x)":                `offset 10: dec_ttl: "x": expected a decimal number from 0 to 65535`,
	"group:0x1ffffffff":                `offset 6: group: "0x1ffffffff": expected a number of 32 bits`,
	"mod_dl_src:00:11:22:33:44:55:66":  `offset 11: mod_dl_src: "00:11:22:33:44:55:66": expected an Ethernet address`,
	"output:xxreg0[]":                  "offset 7: output: field xxreg0: expected no more than 64 bits",
	"ip | ct(zone=reg0[0..7])":         `offset 8: ct: zone: "reg0[0..7]": expected 16 bits`,
}

func TestWhatOVSMisreadsIsRefused(t *testing.T) {
	var flows []string
	for line := range stricter {
		flows = append(flows, flowOf(line))
	}
	for _, sent := range ovstest.SentFlows(t, byte(openflow.Version13), flows, nil) {
		require.Empty(t, sent.Refused, sent.Line)
	}
	for line, want := range stricter {
		match, actions := lineOf(line)
		_, _, err := rulesFor(openflow.Version13, matchTexts[match].match).Parse(actions)
		require.EqualError(t, err, "actions at "+want, line)
	}
}

// OpenFlow 1.0 has no action for some bits of a field. Where ovs-ofctl forgets the mask, we load the bits.
func TestSetFieldUnderMaskIsLoadInOpenFlow10(t *testing.T) {
	sent := ovstest.SentFlows(t, byte(openflow.Version10), []string{"ip actions=set_field:10.0.0.0/8->ip_src",
		"ip actions=load:10->NXM_OF_IP_SRC[24..31]"}, nil)
	require.NotEqual(t, sentActions(sent[0].Message), sentActions(sent[1].Message))
	got, err := Parse(openflow.Version10, "set_field:10.0.0.0/8->ip_src")
	require.NoError(t, err)
	require.Equal(t, sentActions(sent[1].Message), got)
}
