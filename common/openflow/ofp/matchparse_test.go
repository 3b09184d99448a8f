package ofp

import (
	"encoding/binary"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/ovstest"
)

// ovsSends is what ovs-ofctl sends for each text to a switch of OpenFlow 1.3.
func ovsSends(t testing.TB, texts []string) []oxm.Match {
	t.Helper()
	var lines []string
	for _, s := range texts {
		lines = append(lines, s+" actions=drop")
	}
	var out []oxm.Match
	for _, sent := range ovstest.SentFlows(t, byte(openflow.Version13), lines, nil) {
		require.Empty(t, sent.Refused, sent.Line)
		const at = 48 // of the match, with its type and length, in a flow-mod
		b := sent.Message[at:]
		out = append(out, oxm.Match(b[4:binary.BigEndian.Uint16(b[2:])]))
	}
	return out
}

// texts are matches as people write them.
var texts = strings.Fields(`
dp_hash=5 dp_hash=5/0xff actset_output=3 actset_output=LOCAL packet_type=(1,0x800),nw_src=1.2.3.4
packet_type=(1,0x86dd) tcp,tcp_flags=+syn tcp,tcp_flags=syn|ack tcp,tcp_flags=syn tcp,tcp_flags=0
tcp,tcp_flags=0x10/0x12 tcp,tcp_flags=-fin+rst tcp,tcp_flags=18 tcp,tcp_flags=0x12|fin tcp,tcp_flags=* tun_metadata0
tun_metadata1=0x1234 tun_metadata2=0x0012/0x00ff tun_metadata0=0,tun_metadata1=5 tun_metadata63=1
tun_metadata5=0x0102030405060708090a0b0c0d0e0f101112 tun_metadata7=* conj_id=3 in_port=ANY in_port=none in_port=7
in_port=65533 in_port=4294967294 in_port_oxm=local in_port=IN_PORT in_port=65280 in_port=4294967040
NXM_NX_REG0[0..3]=5 reg0[4]=1 reg1[]=7 reg0[0..3]=5,reg0[4..7]=2 xreg0[60..63]=15 xxreg1[100]=1 metadata[0..7]=0xff
tun_id[3]=1 OXM_OF_IPV4_SRC[0..31]=0x01020304,ip NXM_OF_ETH_SRC[]=0x010203040506 ipv6,ipv6_src[0]=1 recirc_id=3
recirc_id=3,ip ct_zone=5 tun_gbp_flags=0x2/0x3 tun_gbp_id=7 tun_flags=oam tun_flags=+oam tun_flags=-oam tun_flags=0
packet_type=(0,0) eth eth,reg0=3 ip,nw_frag=not_later ip,nw_frag=no ip,ip_frag=YES ip,nw_frag=first ip,nw_frag=later
vlan_tci=0x1000/0x1000 vlan_tci=0 vlan_tci=0x1123 vlan_tci=0xf123 vlan_tci=0xe000/0xe000 vlan_tci=0/0x1fff
dl_vlan=0xffff dl_vlan=65535 dl_vlan=5 dl_vlan=0 dl_vlan=0x10,dl_vlan_pcp=7 vlan_vid=4097 vlan_vid=5
vlan_vid=0x1000/0x1000 vlan_vid=0x1001/0x1fff vlan_vid=0 dl_vlan_pcp=3 vlan_pcp=3 dl_vlan=3,vlan_pcp=0 dl_vlan=*
dl_vlan_pcp=* vlan_tci=* vlan_tci=0/0 icmp6,icmp_type=135,icmp_code=0,nd_target=fe80::1,nd_sll=00:11:22:33:44:55
icmp6,icmpv6_type=136,icmpv6_code=0,nd_target=fe80::1/64,nd_tll=00:11:22:33:44:55/ff:ff:ff:00:00:00
icmp6,icmp_type=136,icmp_code=0,nd_reserved=5,nd_options_type=2 icmp6,icmp_type=135 icmp,icmp_type=8,icmp_code=0
tcp,tp_src=0x10/0xfff0 udp,tp_src=5,tp_dst=6 udp,tcp_src=5 tcp,udp_dst=6 sctp,tp_src=5,sctp_dst=6 tcp6,tcp_src=80
udp6,tp_dst=53 sctp6,tp_dst=1 dl_type=0x800 dl_type=2048,nw_proto=6,tp_src=5 eth_type=0x86dd,ip_proto=58 ip,nw_proto=0
ip,ip_proto=6 ip,nw_src=1.2.3.4/255.0.255.0 ip,nw_src=10.1.2.3/8 ip,ip_src=10.1.2.3,ip_dst=10.0.0.1/32
ip,nw_dst=0.0.0.0/0 ipv4 ip4 ip6 ipv6 reg0 dl_src=* ct_state=+new+trk,ct_nw_src=1.2.3.4,ct_nw_proto=6,ct_tp_src=4,ip
ct_state=trk|new ct_state=0x21/0x31 ct_state=+trk-inv-snat ct_state=0 ct_state=*
ct_state=+trk+est,ipv6,ct_ipv6_src=::1,ct_ipv6_dst=fe80::/10,ct_nw_proto=17,ct_tp_dst=0x10/0xfff0 ct_label=0x12/0xff
ct_label=0x112233445566778899aabbccddeeff00 ct_label=-1 ct_label=7 ct_mark=1/0xf arp,nw_src=1.2.3.4
arp,arp_spa=1.2.3.4,arp_tpa=1.2.3.0/24,arp_op=2,arp_sha=00:11:22:33:44:55,arp_tha=* rarp,arp_op=3
dl_type=0x894f,nsh_mdtype=1,nsh_c1=5,nsh_spi=0x123,nsh_si=4,nsh_flags=1/2
dl_type=0x894f,nsp=7,nsi=3,nshc2=5/0xf,nsh_ttl=4,nsh_np=1 ipv6,ipv6_label=0x5/0x7 ipv6,ipv6_label=0xfffff
ipv6,ipv6_label=5/0xfffff ipv6,ipv6_src=::1/ffff:: ipv6,ipv6_dst=2001:db8::/32 ipv6,ipv6_src=::ffff:1.2.3.4
ip,nw_tos=7 ip,nw_tos=0xfc ip,ip_dscp=63 ip,nw_ecn=3 ip,ip_ecn=1 ip,nw_ttl=64
mpls,mpls_label=1048575,mpls_tc=7,mpls_bos=1,mpls_ttl=9 mplsm,mpls_bos=0 tun_id=5/0xf,tun_id=3 tunnel_id=7
xreg0=0x100000002,xxreg1=5 xreg3=5/0xff00000000 reg15=010 dl_src=1:2:3:4:5:6
dl_dst=01:00:00:00:00:00/01:00:00:00:00:00 eth_src=*,eth_dst=ff:ff:ff:ff:ff:ff metadata=0x1/-1 metadata=-1
tun_src=1.2.3.4,tun_dst=1.2.0.0/16 tun_ipv6_src=::1,tun_ipv6_dst=fe80::/64 pkt_mark=1/1 reg3=5,,,reg4=6 reg3:5 reg3(5)
tcp,tp_src=80,reg0=1,in_port=LOCAL
`)

// unreadable are texts that ovs-ofctl prints and does not read, or reads as something else: tun_erspan_* and
// tun_gtpu_*, where it takes the value for the mask; ct_nw_proto=0, which it forgets; a fragment for which there is no
// name; and a mask of IPv6 whose first digits it takes for a prefix length.
var unreadable = regexp.MustCompile(`erspan|gtpu|<error>|ct_nw_proto=0,|(ipv6_[a-z]+|nd_target)=[^,/]*/\d[0-9a-f]*:`)

// Texts of people and of ourselves mean the bytes that ovs-ofctl sends for them.
func TestParsedMatchIsWhatOVSSends(t *testing.T) {
	all := append([]string{"", "  tcp tp_dst=80\treg0=5 , reg1=6"}, texts...)
	g := newGen(3)
	for _, m := range append(g.all(3), g.mixes(400, "gtpu")...) {
		s := FormatMatch(m)
		if unreadable.MatchString(s) {
			continue
		}
		all = append(all, s)
	}
	wrong := 0
	for n, want := range ovsSends(t, all) {
		got, err := ParseMatch(all[n])
		if err != nil || string(got) != string(want) {
			if wrong++; wrong < 40 {
				t.Errorf("%s\n ovs %x %s\n got %x %v", all[n], []byte(want), FormatMatch(want), []byte(got), err)
			}
		}
	}
	require.Zero(t, wrong, "of %d", len(all))
	t.Logf("%d texts", len(all))
}

// lossy are texts that say less than the match: fields that are printed without their mask, a tag of which
// OpenFlow 1.3 has two fields that cannot say everything, and a mask of flags that there are not.
var lossy = regexp.MustCompile(`erspan|gtpu|gbp_flags|<error>|vlan_tci|tcp_flags=0/0`)

// What is printed is read again, also where ovs-ofctl does not.
func TestMatchTextIsReadAgain(t *testing.T) {
	g := newGen(4)
	for _, m := range append(g.all(3), g.mixes(400, "tun_e")...) {
		s := FormatMatch(m)
		if lossy.MatchString(s) {
			continue
		}
		again, err := ParseMatch(s)
		require.NoError(t, err, s)
		require.Equal(t, s, FormatMatch(again))
	}
}

func TestParseMatchSaysWhereAndWhat(t *testing.T) {
	for text, want := range map[string]string{
		"ip,nw_src=1.2.3":        `match at 3: "nw_src": "1.2.3": expected an IPv4 address`,
		"ip,bogus=1":             `match at 3: "bogus": expected the name of a field or a protocol`,
		"nw_src=1.2.3.4":         `match at 0: "nw_src": what the field needs is not before it: expected ip`,
		"reg0=1, tcp_flags=+syn": `match at 8: "tcp_flags": what the field needs is not before it: expected tcp or tcp6`,
		"reg0=0x123456789":       `match at 0: "reg0": "0x123456789": too large for the field of 4 bytes`,
		"reg0=-1":                `match at 0: "reg0": "-1": too large for the field of 4 bytes`,
		"mpls,mpls_bos=2":        `match at 5: "mpls_bos": value 2: value that the field cannot have`,
		"dl_vlan=5000":           `match at 0: "dl_vlan": value 5000: value that the field cannot have`,
		"ct_zone=1/3":            `match at 0: "ct_zone": value 1/3: field cannot be masked`,
		"ip,nw_src=1.2.3.4/33":   `match at 3: "nw_src": prefix length 33: expected 0 to 32`,
		"in_port=bogus":          `match at 0: "in_port": port "bogus": expected a number or the name of a reserved port`,
		"reg0[30..40]=1":         `match at 0: "reg0[30..40]": expected [], [bit] or [first..last] within 32 bits`,
		"reg0[0..1]=5":           `match at 0: "reg0[0..1]": value 5: expected no more than 2 bits`,
		"ct_state=+foo":          `match at 0: "ct_state": flag "foo": expected one of those that may be matched`,
		"in_phy_port=1":          `match at 0: "in_phy_port": expected the name of a field or a protocol`,
		"packet_type=1":          `match at 0: "packet_type": "1": expected (namespace,type)`,
		"tun_ttl=3":              `match at 0: "tun_ttl": expected the name of a field or a protocol`,
	} {
		_, err := ParseMatch(text)
		require.EqualError(t, err, want, text)
	}
}

// What a switch would refuse is printed too.
func TestOddMatchIsPrinted(t *testing.T) {
	for want, m := range map[string]oxm.Match{
		"nw_src=1.2.3.4":                   oxm.Match(nil).Uint(oxm.IPv4Src, 0x01020304),
		"tcp,tp_dst=80":                    oxm.Match(nil).Uint(oxm.TCPDst, 80).Uint(oxm.IPProto, 6).Uint(oxm.EthType, 0x800),
		"reg0=0x1,reg0=0x2":                oxm.Match(nil).Uint(oxm.Reg(0), 1).Uint(oxm.Reg(0), 2),
		"in_phy_port=3":                    oxm.Match(nil).Uint(oxm.InPhyPort, 3),
		"field_0x80007e0200000000=0x7":     oxm.Match(nil).Uint(oxm.Field(0x80007e0200000000), 7),
		"reg1=0x1,malformed(8000)":         append(oxm.Match(nil).Uint(oxm.Reg(1), 1), 0x80, 0),
		"ct_state=+new+trk,ct_nw_proto=0":  oxm.Match(nil).UintMasked(oxm.CTState, 0x21, 0x21).Uint(oxm.CTNwProto, 0),
		"ct_state=+new+trk,ct_tp_src=1024": oxm.Match(nil).UintMasked(oxm.CTState, 0x21, 0x21).Uint(oxm.CTTpSrc, 1024),
		"tun_erspan_idx=0x5":               oxm.Match(nil).Uint(oxm.ERSPANIdx, 5),
	} {
		require.Equal(t, want, FormatMatch(m))
	}
}

func FuzzFormatMatch(f *testing.F) {
	for _, m := range newGen(5).all(1) {
		f.Add([]byte(m))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s := FormatMatch(b)
		if again, err := ParseMatch(s); err == nil {
			_ = FormatMatch(again)
		}
		_ = oxm.Match(b).Check()
	})
}

func FuzzParseMatch(f *testing.F) {
	for _, s := range texts {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := ParseMatch(s)
		if err != nil || m.Check() != nil {
			return
		}
		var w oxm.Flow
		for tlv := range m.All() {
			require.NoError(t, w.Set(tlv), s)
		}
		require.Equal(t, FormatMatch(m), FormatMatch(w.AppendMatch(nil)), "what %s says is said in one way", s)
	})
}
