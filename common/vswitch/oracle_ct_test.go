package vswitch

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/ofp"
	pkt "github.com/vlcp-go/vlcp/common/packet"
)

// ctShare is how many pipelines of TestModelIsTheSwitch there are for one that tracks connections, whose frames have to
// be sent one by one.
const ctShare = 5

// TestModelTracksAsTheSwitch sends frames of a few connections, in both directions, through random pipelines that track
// them, in the model and in Open vSwitch with its userspace datapath, and compares what comes out.
func TestModelTracksAsTheSwitch(t *testing.T) {
	seed, rounds := oracleSeed(t)
	r := newReal(t)
	out := 0
	for i := range max(rounds/ctShare, 1) {
		g := &gen{Rand: rand.New(rand.NewPCG(seed, uint64(i)))}
		mods, frames := g.ctPipeline(t), g.frames(0)
		for n := range 2 * perPackets {
			frames = append(frames, g.ctFrame(n))
		}
		r.program(mods)
		r.sw.Appctl("revalidator/purge")
		r.sw.Appctl("dpctl/flush-conntrack")
		for _, f := range frames { // each has to be through before the next one comes
			r.sw.Appctl("netdev-dummy/receive", fmt.Sprintf("p%d", f.port), hex.EncodeToString(f.frame))
		}
		want := r.send(nil)
		got := model(t, mods, frames)
		for p := range uint32(ports) {
			require.True(t, slices.Equal(want[p+1], got[p+1]), "VLCP_TEST_SEED=%d, pipeline %d, port %d\n%s%s\n%s\n%s", seed, i,
				p+1, only("Open vSwitch", want[p+1], got[p+1]), only("the model", got[p+1], want[p+1]),
				strings.Join(g.texts, "\n"), sent(frames))
			out += len(want[p+1])
		}
	}
	require.NotZero(t, out)
	t.Logf("%d frames came out", out)
}

// only lists the frames that one of the two sends and the other does not.
func only(who string, has, other []string) string {
	var b strings.Builder
	for _, f := range has {
		if !slices.Contains(other, f) {
			fmt.Fprintf(&b, "only %s: %s\n", who, f)
		}
	}
	return b.String()
}

func sent(frames []injected) string {
	var b strings.Builder
	for _, f := range frames {
		fmt.Fprintf(&b, "%d %x\n", f.port, f.frame)
	}
	return b.String()
}

// ctPipeline tracks in table 0 and again in table 1, and shows in table 2 what the tracker said.
func (g *gen) ctPipeline(t *testing.T) [][]byte {
	mods := g.pipeline()[:2] // which clear the switch
	flow := func(format string, args ...any) {
		text := fmt.Sprintf(format, args...)
		g.texts = append(g.texts, text)
		m, err := ofp.ParseFlow(openflow.Version13, text, of13.FlowAdd)
		require.NoError(t, err, text)
		mods = append(mods, of13.Encode(m.(of13.Message)))
	}
	flow("table=0,priority=60000,dl_type=0x7777,actions=in_port")
	for table, zones := range [][]int{{1, 2}, {3}} {
		for n := range 4 {
			match := []string{"", fmt.Sprintf("nw_dst=10.0.0.%d,", g.IntN(3)), fmt.Sprintf("in_port=%d,", 1+g.IntN(ports)),
				"ct_state=" + strings.Replace(g.ctState(), "+inv", "-inv", 1) + ",", fmt.Sprintf("reg0=%d,", g.IntN(2))}[g.IntN(5)]
			flow("table=%d,priority=%d,ip,%sactions=%s", table, 100+n, match, g.ctActions(table+1, zones[g.IntN(len(zones))]))
		}
		flow("table=%d,priority=1,ip,actions=ct(table=%d,zone=%d)", table, table+1, zones[0])
	}
	for n := range 8 {
		flow("table=2,priority=%d,ip,ct_state=%s,%sactions=output:%d", 100+n, g.ctState(),
			[]string{"", fmt.Sprintf("ct_mark=%d/%d,", g.IntN(4), 3), "ct_zone=3,", "nw_src=10.0.9.9,", "nw_dst=10.0.0.1,",
				"ct_label=0x5,"}[g.IntN(6)], 1+g.IntN(ports))
	}
	flow("table=2,priority=1,actions=output:%d", 1+g.IntN(ports))
	return mods
}

func (g *gen) ctState() string {
	return []string{"+trk+new", "+trk+est", "+trk-new", "+trk+rpl", "-trk", "+trk+inv", "+trk-rpl", "+trk+snat",
		"+trk+dnat", "+trk+est-rpl"}[g.IntN(10)]
}

func (g *gen) ctActions(next, zone int) string {
	ct := fmt.Sprintf("zone=%d", zone)
	nat := "" // what is translated has no other zone
	if zone != 3 {
		nat = []string{"", "", ",nat(src=10.0.9.9)", ",nat(src=10.0.9.9:3000)", ",nat(dst=10.0.0.1)",
			",nat(dst=10.0.0.1:1001)"}[g.IntN(6)]
	}
	switch g.IntN(4) {
	case 0:
		if nat != "" {
			ct += ",nat"
		}
	case 1:
		ct = "commit," + ct + nat
	case 2:
		ct = "commit," + ct + nat + []string{",exec(set_field:0x2->ct_mark)", ",exec(set_field:0x1/0x1->ct_mark)",
			",exec(set_field:0x5->ct_label)"}[g.IntN(3)]
	case 3:
		ct = "commit,force," + ct + nat
	}
	actions := fmt.Sprintf("set_field:%d->reg0,ct(%s,table=%d)", g.IntN(2), ct, next)
	if g.IntN(4) == 0 {
		actions = fmt.Sprintf("ct(%s),output:%d", ct, 1+g.IntN(ports))
	}
	return actions
}

// ctFrame is a packet of one of a few connections, or of what is none.
func (g *gen) ctFrame(n int) injected {
	e := &pkt.Ethernet{Src: g.mac(), Dst: g.mac(), Type: pkt.EtherTypeIPv4}
	b := pkt.AppendEthernet(nil, e)
	if g.IntN(3) == 0 {
		b = g.appendEcho(b)
	} else {
		b = g.appendIP(b)
	}
	if bytes.Equal(b[26:30], b[30:34]) { // who talks to itself may be its own answer
		return g.ctFrame(n)
	}
	b[len(b)-1], b[len(b)-2] = byte(n), byte(n>>8)
	return injected{uint32(1 + g.IntN(ports)), b}
}

// appendEcho appends an ICMP request or answer.
func (g *gen) appendEcho(b []byte) []byte {
	icmp := []byte{byte(8 * g.IntN(2)), 0, 0, 0, 0, byte(g.IntN(2)), 0, 1, 1, 2, 3, 4}
	switch g.IntN(8) {
	case 0:
		icmp[0] = byte(13 + g.IntN(2)) // a time stamp
	case 1:
		icmp[0] = 17 // a mask request, which is not tracked
	}
	sum := checksum(0, icmp)
	icmp[2], icmp[3] = byte(sum>>8), byte(sum)
	b = pkt.AppendIPv4(b, &pkt.IPv4{Src: g.ip(), Dst: g.ip(), Protocol: protoICMP, TTL: 9}, len(icmp))
	return append(append(b, icmp...), make([]byte, 20)...)
}
