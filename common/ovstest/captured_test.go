package ovstest

import (
	"encoding/binary"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "capture the messages of testdata anew")

const (
	perKind    = 8    // messages that are kept of each kind
	longestMsg = 1600 // bytes of one that is kept
)

// tap stands between a program and a bridge, and keeps the messages that pass.
type tap struct {
	sync.Mutex
	msgs    [][]byte
	have    map[string]int // by kind
	version byte
}

// TestCaptured looks whether the captured messages are whole, and with -update captures them.
func TestCaptured(t *testing.T) {
	for _, v := range []byte{1, 4} {
		if *update {
			capture(t, v)
			continue
		}
		kinds := map[string]bool{}
		for _, m := range Captured(t, v) {
			require.Equal(t, v, m[0])
			require.Len(t, m, int(binary.BigEndian.Uint16(m[2:])))
			kinds[kind(m)] = true
		}
		require.Greater(t, len(kinds), 40, "of OpenFlow 1.%d", v-1)
	}
}

// kind is what a message is, as far as its first bytes say: statistics and extensions have types of their own.
func kind(m []byte) string {
	const errorType, vendor = 1, 4
	stats := map[byte]byte{1: 16, 4: 18}[m[0]]
	switch {
	case m[1] == errorType && len(m) >= 12:
		return hex.EncodeToString(m[1:2]) + hex.EncodeToString(m[8:12])
	case m[1] == vendor && len(m) >= 16:
		return hex.EncodeToString(m[1:2]) + hex.EncodeToString(m[8:16])
	case (m[1] == stats || m[1] == stats+1) && len(m) >= 12:
		k := hex.EncodeToString(m[1:2]) + hex.EncodeToString(m[8:10])
		if m[8] == 0xff && len(m) >= 24 { // a vendor's
			k += hex.EncodeToString(m[12:24])
		}
		return k
	}
	return hex.EncodeToString(m[1:2])
}

func capture(t *testing.T, v byte) {
	sw := Start(t)
	sw.Bridge("br0")
	for n := range 3 {
		name := fmt.Sprintf("p%d", n+1)
		sw.Vsctl("add-port", "br0", name, "--", "set", "interface", name, "type=dummy",
			fmt.Sprintf("ofport_request=%d", n+1))
	}
	c := &tap{version: v, have: map[string]int{}}
	l, err := net.Listen("unix", sw.path("tap"))
	require.NoError(t, err)
	go c.serve(l, sw.path("br0.mgmt"))
	c.exercise(sw, v)
	require.NoError(t, l.Close())
	c.Lock()
	defer c.Unlock()
	var out strings.Builder
	fmt.Fprintf(&out, "# OpenFlow 1.%d between ovs-ofctl and ovs-vswitchd: "+
		"go test ./common/ovstest -run Captured -update\n", v-1)
	for _, m := range c.msgs {
		out.WriteString(hex.EncodeToString(m) + "\n")
	}
	require.NoError(t, os.WriteFile(capturedFile(v), []byte(out.String()), 0o644))
}

func (c *tap) serve(l net.Listener, to string) {
	for {
		near, err := l.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("unix", to)
		if err != nil {
			return
		}
		go c.pass(near, far)
		go c.pass(far, near)
	}
}

func (c *tap) pass(from, to net.Conn) {
	defer func() { _ = to.Close() }()
	for {
		m := make([]byte, 8)
		if _, err := io.ReadFull(from, m); err != nil {
			return
		}
		m = append(m, make([]byte, max(8, binary.BigEndian.Uint16(m[2:]))-8)...)
		if _, err := io.ReadFull(from, m[8:]); err != nil {
			return
		}
		c.keep(m)
		_, _ = to.Write(m)
	}
}

func (c *tap) keep(m []byte) {
	c.Lock()
	defer c.Unlock()
	if k := kind(m); m[0] == c.version && len(m) <= longestMsg && c.have[k] < perKind {
		c.have[k]++
		c.msgs = append(c.msgs, m)
	}
}

// exercise has ovs-ofctl do all that it can. Some commands are for one version, and some are refused, which is told in
// messages too.
func (c *tap) exercise(sw *Switch, v byte) {
	version, at := fmt.Sprintf("OpenFlow1%d", v-1), "unix:"+sw.path("tap")
	ofctl := func(stdin string, args ...string) {
		cmd := exec.Command("ovs-ofctl", append([]string{"-O", version, "--timeout=10"}, args...)...)
		cmd.Stdin = strings.NewReader(stdin)
		_ = cmd.Run()
	}
	for _, line := range strings.Split(strings.TrimSpace(commands), "\n") {
		command, stdin, _ := strings.Cut(line, " <<< ")
		words := strings.Fields(command)
		ofctl(strings.ReplaceAll(stdin, "; ", "\n")+"\n", append([]string{words[0]}, append(flagsOf(words[1:]),
			append([]string{at}, argsOf(words[1:])...)...)...)...)
	}
	for _, how := range []string{"-P standard monitor AT 65535", "-P nxt_packet_in monitor AT 65535",
		"monitor AT 65535 resume", "monitor AT 65535 watch:"} {
		words := strings.Fields(strings.ReplaceAll(how, "AT", at))
		watch := exec.Command("ovs-ofctl", append([]string{"-O", version}, words...)...)
		watch.Env = append(os.Environ(), "OVS_RUNDIR="+sw.Dir)
		if watch.Start() != nil {
			continue
		}
		time.Sleep(300 * time.Millisecond)
		for _, frame := range frames {
			sw.Appctl("netdev-dummy/receive", "p1", frame)
		}
		ofctl("", "add-flow", at, "priority=7,send_flow_rem,udp,tp_dst=7,actions=2")
		ofctl("", "mod-port", at, "3", "down")
		ofctl("", "del-flows", at, "udp")
		time.Sleep(300 * time.Millisecond)
		_ = watch.Process.Kill()
		_ = watch.Wait()
	}
}

func flagsOf(words []string) (out []string) {
	for _, w := range words {
		if strings.HasPrefix(w, "--") {
			out = append(out, w)
		}
	}
	return out
}

func argsOf(words []string) (out []string) {
	for _, w := range words {
		if !strings.HasPrefix(w, "--") {
			out = append(out, w)
		}
	}
	return out
}

// commands are what ovs-ofctl is told: the command, then the address of the switch, then the rest.
const commands = `
show
probe
get-frags
set-frags nx-match
dump-desc
dump-tables
dump-table-features
dump-table-desc
dump-ports
dump-ports-desc
queue-stats
queue-get-config 1
add-tlv-map {class=0xffff,type=0,len=4}->tun_metadata0
dump-tlv-map
add-meter meter=1,kbps,burst,stats,bands=type=drop,rate=100,burst_size=10
mod-meter meter=1,pktps,bands=type=drop,rate=10
dump-meters
meter-features
meter-stats
add-group group_id=1,type=select,selection_method=hash,fields(ip_src),bucket=actions=1,bucket=actions=2
insert-buckets group_id=1,command_bucket_id=last,bucket=bucket_id:9,actions=3
mod-group group_id=1,type=all,bucket=actions=1,bucket=actions=set_field:1->reg0,2
dump-groups
dump-group-stats
dump-group-features
add-flow priority=9,ip,nw_dst=10.0.0.0/8,actions=mod_nw_dst:10.0.0.1,2
add-flow priority=8,tcp,tp_dst=23,actions=controller(max_len=100,userdata=01.02.03,pause,id=0)
add-flow arp,arp_tpa=10.0.0.1,actions=move:NXM_NX_ARP_SHA[]->NXM_NX_ARP_THA[],set_field:2->arp_op,in_port
add-flow table=1,ipv6,ipv6_src=fd00::/8,reg1=1/3,actions=ct(commit,zone=3,nat(src=10.0.0.1-10.0.0.9)),resubmit(,2)
add-flow table=2,dl_vlan=3,actions=learn(table=3,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],output:NXM_OF_IN_PORT[])
add-flow table=3,tun_id=7,actions=group:1
add-flow table=4,idle_timeout=1,send_flow_rem,actions=meter:1,clone(2,3),goto_table:5
add-flow table=5,mpls,mpls_label=3,actions=pop_mpls:0x0800,note:01.02,dec_ttl,bundle(eth_src,0,hrw,ofport,slaves:1,2)
add-flow table=6,actions=set_queue:1,enqueue:1:2
add-flows --bundle - <<< table=9,actions=1; table=9,ip,actions=2; delete table=9,ip
add-flow priority=1,actions=controller
add-flow check_overlap,priority=1,in_port=1,actions=2
mod-flows table=9,actions=3
mod-flows --strict table=9,priority=32768,actions=4
dump-flows
dump-flows table=9
dump-aggregate
dump-ipfix-bridge
dump-ipfix-flow
mod-table 1 evict
packet-out in_port=1,packet=ffffffffffff0200000000010806,actions=2
packet-out in_port=controller,packet=ffffffffffff020000000001080045,actions=table
ct-flush zone=3
del-flows table=9
del-groups group_id=1
del-meters
del-tlv-map
mod-port 2 no-flood`

// frames come in by port 1 while somebody watches.
var frames = []string{
	"in_port(1),eth(src=02:00:00:00:00:01,dst=ff:ff:ff:ff:ff:ff),eth_type(0x0806)," +
		"arp(sip=10.0.0.1,tip=10.0.0.2,op=1,sha=02:00:00:00:00:01,tha=00:00:00:00:00:00)",
	"in_port(1),eth(src=02:00:00:00:00:01,dst=02:00:00:00:00:02),eth_type(0x0800)," +
		"ipv4(src=10.0.0.1,dst=192.0.2.1,proto=6,tos=0,ttl=64,frag=no),tcp(src=1,dst=23),tcp_flags(0x002)",
	"in_port(1),eth(src=02:00:00:00:00:01,dst=02:00:00:00:00:02),eth_type(0x8100),vlan(vid=3,pcp=1),encap(" +
		"eth_type(0x0800),ipv4(src=10.0.0.1,dst=192.0.2.1,proto=17,tos=0,ttl=64,frag=no),udp(src=68,dst=67))",
	"in_port(1),eth(src=02:00:00:00:00:01,dst=02:00:00:00:00:02),eth_type(0x86dd)," +
		"ipv6(src=fd00::1,dst=fd00::2,label=0,proto=58,tclass=0,hlimit=255,frag=no),icmpv6(type=128,code=0)",
}
