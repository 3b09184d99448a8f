package ofp

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// gen makes matches that Open vSwitch takes, from a seed.
type gen struct{ *rand.Rand }

func newGen(seed uint64) gen { return gen{rand.New(rand.NewPCG(seed, 1))} }

func pick[T any](g gen, of ...T) T { return of[g.IntN(len(of))] }

// needs is a match that meets a prerequisite.
func (g gen) needs(p oxm.Prereq) oxm.Match {
	eth := func(types ...uint64) oxm.Match { return oxm.Match(nil).Uint(oxm.EthType, pick(g, types...)) }
	icmp6 := func(types ...uint64) oxm.Match {
		return eth(ethIPv6).Uint(oxm.IPProto, protoICMPv6).Uint(oxm.ICMPv6Type, pick(g, types...)).Uint(oxm.ICMPv6Code, 0)
	}
	switch p {
	case oxm.NeedARP:
		return eth(ethARP, ethRARP)
	case oxm.NeedIPv4:
		return eth(ethIPv4)
	case oxm.NeedIPv6:
		return eth(ethIPv6)
	case oxm.NeedIP:
		return eth(ethIPv4, ethIPv6)
	case oxm.NeedVLAN:
		return oxm.Match(nil).Uint(oxm.VLANVID, 0x1000|g.Uint64N(0x1000))
	case oxm.NeedMPLS:
		return eth(ethMPLS, ethMPLSMany)
	case oxm.NeedNSH:
		return eth(ethNSH)
	case oxm.NeedCT:
		return eth(ethIPv4).UintMasked(oxm.CTState, 0x21, 0x21).Uint(oxm.CTNwProto, pick[uint64](g, 6, 17))
	case oxm.NeedTCP:
		return eth(ethIPv4, ethIPv6).Uint(oxm.IPProto, protoTCP)
	case oxm.NeedUDP:
		return eth(ethIPv4, ethIPv6).Uint(oxm.IPProto, protoUDP)
	case oxm.NeedSCTP:
		return eth(ethIPv4, ethIPv6).Uint(oxm.IPProto, protoSCTP)
	case oxm.NeedICMPv4:
		return eth(ethIPv4).Uint(oxm.IPProto, protoICMP)
	case oxm.NeedICMPv6:
		return eth(ethIPv6).Uint(oxm.IPProto, protoICMPv6)
	case oxm.NeedND:
		return icmp6(135, 136)
	case oxm.NeedNDSolicit:
		return icmp6(135)
	case oxm.NeedNDAdvert:
		return icmp6(136)
	}
	return nil
}

// field adds a value of the field, under a mask if it is to have one and may.
func (g gen) field(m oxm.Match, f oxm.Field, masked bool) oxm.Match {
	i := f.Info()
	n := f.Len()
	if i.Variable {
		n = 1 + g.IntN(16)
		f = oxm.TunMetadata(int(f.Number())-40, n)
	}
	for {
		value, mask := g.bytes(n), g.mask(n)
		if i.Bits < 8*n && !i.Variable { // only the low bits
			for k := range value {
				low := i.Bits - 8*(n-1-k)
				value[k] &= byte(1<<max(0, min(low, 8)) - 1)
			}
		}
		switch i.Name {
		case "in_port_oxm", "actset_output", "in_port":
			value = pick(g, []byte{0, 0, 0, 7}, []byte{0, 0, 0xfe, 1}, []byte{0xff, 0xff, 0xff, byte(g.IntN(256))})[4-n:]
		case "vlan_vid":
			value[0] |= 0x10
		case "arp_op":
			value[0] = 0
		case "tun_erspan_ver", "tun_erspan_dir", "tun_erspan_hwid", "tun_erspan_idx", "tun_gtpu_flags", "tun_gtpu_msgtype":
			value[n-1] |= 1 // Open vSwitch takes the value for the mask
			mask[n-1] |= 1
		case "nd_options_type", "nd_reserved":
			value[n-1] |= 1
		}
		t := oxm.TLV{Field: f, Value: value}
		if masked && i.Maskable {
			t.Mask = mask
			for k := range value {
				value[k] &= mask[k]
			}
		}
		if i.Check(t.Value, t.Mask) == nil {
			return m.Add(t)
		}
	}
}

func (g gen) bytes(n int) []byte {
	b := make([]byte, n)
	for k := range b {
		b[k] = byte(g.Uint32())
		if g.IntN(4) == 0 {
			b[k] = 0
		}
	}
	return b
}

// mask is one of a prefix, or of any bits.
func (g gen) mask(n int) []byte {
	if g.IntN(2) == 0 {
		b := g.bytes(n)
		b[g.IntN(n)] |= 1
		return b
	}
	b := make([]byte, n)
	for k := range 1 + g.IntN(8*n) {
		b[k/8] |= 0x80 >> (k % 8)
	}
	return b
}

// all has every field under every header, with and without a mask, often.
func (g gen) all(times int) []oxm.Match {
	var out []oxm.Match
	for _, i := range oxm.Infos() {
		if i.Foreign {
			continue
		}
		for _, f := range i.Fields {
			for k := range 2 * times {
				m := g.needs(i.Prereq)
				if strings.HasPrefix(i.Name, "ct_ipv6") {
					m = append(g.needs(oxm.NeedIPv6), m[6:]...)
				}
				if i.Name == "tun_erspan_idx" {
					m = m.Uint(oxm.ERSPANVer, 1)
				}
				if strings.HasPrefix(i.Name, "tun_erspan_") && (i.Name[11] == 'd' || i.Name[11] == 'h') {
					m = m.Uint(oxm.ERSPANVer, 2)
				}
				if strings.HasPrefix(i.Name, "nsh_c") {
					m = m.Uint(oxm.NSHMDType, 1)
				}
				if m = g.field(m, f, k%2 == 1); m.Check() == nil {
					out = append(out, m)
				}
			}
		}
	}
	return out
}

// mixes has matches of several fields, without those of which skip is part of the name.
func (g gen) mixes(count int, skip string) []oxm.Match {
	var out []oxm.Match
	infos := oxm.Infos()
	for len(out) < count {
		m := g.needs(oxm.Prereq(g.IntN(int(oxm.NeedNDAdvert) + 1)))
		for range 40 {
			i := infos[g.IntN(len(infos))]
			if i.Foreign || hides(m, i) || skip != "" && strings.Contains(i.Name, skip) {
				continue
			}
			if next := g.field(m, i.Field, g.IntN(2) == 0); next.Check() == nil {
				m = next
			}
		}
		if m.Check() == nil {
			out = append(out, m)
		}
	}
	return out
}

// hides says that ovs-ofctl would not print the field in this match; we do.
func hides(m oxm.Match, i *oxm.Info) bool {
	md, _ := m.GetUint(oxm.NSHMDType)
	_, proto := m.Get(oxm.CTNwProto)
	return strings.HasPrefix(i.Name, "tun_erspan") || strings.HasPrefix(i.Name, "nsh_c") && md != 1 ||
		strings.HasPrefix(i.Name, "ct_tp") && !proto
}

func flowMod(m oxm.Match) []byte {
	n := (4 + len(m) + 7) / 8 * 8
	b := make([]byte, 48+n)
	b[0], b[1], b[7] = 4, byte(of13.TypeFlowMod), 1
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	binary.BigEndian.PutUint16(b[30:], 0x8000) // priority
	for k := range 12 {
		b[32+k] = 0xff // no buffer, any port and group
	}
	binary.BigEndian.PutUint16(b[48:], 1)
	binary.BigEndian.PutUint16(b[50:], uint16(4+len(m)))
	copy(b[52:], m)
	return b
}

const printed = "OFPT_FLOW_MOD (OF1.3) (xid=0x1):"

// flowText is the match of a flow, or the error, in what ovs-ofctl prints of a message.
func flowText(s string) string {
	if _, after, ok := strings.Cut(s, "***decode error: "); ok {
		code, _, _ := strings.Cut(after, "***")
		return code
	}
	match, _, _ := strings.Cut(strings.TrimPrefix(s, " ADD "), "actions=drop")
	return strings.TrimSuffix(match, " ")
}

// ovsPrints is what ovs-ofctl prints for each match: its text, or the name of an error.
func ovsPrints(t testing.TB, matches []oxm.Match) []string {
	t.Helper()
	var all []byte
	for _, m := range matches {
		all = append(all, flowMod(m)...)
	}
	name := filepath.Join(t.TempDir(), "messages")
	require.NoError(t, os.WriteFile(name, all, 0o600))
	out, err := exec.Command("ovs-ofctl", "--no-names", "-vANY:OFF", "ofp-parse", name).CombinedOutput()
	require.NoError(t, err, "%s", out[max(0, len(out)-2000):])
	texts := strings.Split(string(out), printed)[1:]
	require.Len(t, texts, len(matches))
	for n, s := range texts {
		texts[n] = flowText(s)
	}
	return texts
}
