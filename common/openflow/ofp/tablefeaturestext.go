package ofp

import (
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/vlcp-go/vlcp/common/openflow/fieldtext"
)

// fieldOrder are the fields in the order in which Open vSwitch numbers them.
var fieldOrder = slices.Concat(
	strings.Fields(`dp_hash recirc_id packet_type conj_id tun_id tun_src tun_dst tun_ipv6_src tun_ipv6_dst tun_flags
		tun_gbp_id tun_gbp_flags tun_erspan_idx tun_erspan_ver tun_erspan_dir tun_erspan_hwid tun_gtpu_flags
		tun_gtpu_msgtype`),
	numberedNames("tun_metadata", 64),
	strings.Fields(`metadata in_port in_port_oxm actset_output pkt_mark ct_state ct_zone ct_mark ct_label ct_nw_proto
		ct_nw_src ct_nw_dst ct_ipv6_src ct_ipv6_dst ct_tp_src ct_tp_dst`),
	numberedNames("reg", 16), numberedNames("xreg", 8), numberedNames("xxreg", 4),
	strings.Fields(`eth_src eth_dst eth_type vlan_tci vlan_vid vlan_pcp mpls_label mpls_tc mpls_bos mpls_ttl ip_src ip_dst
		ipv6_src ipv6_dst ipv6_label nw_proto nw_tos ip_dscp nw_ecn nw_ttl ip_frag arp_op arp_spa arp_tpa arp_sha arp_tha
		tcp_src tcp_dst tcp_flags udp_src udp_dst sctp_src sctp_dst icmp_type icmp_code icmpv6_type icmpv6_code nd_target
		nd_sll nd_tll nd_reserved nd_options_type nsh_flags nsh_mdtype nsh_np nsh_spi nsh_si nsh_c1 nsh_c2 nsh_c3 nsh_c4
		nsh_ttl`))

func numberedNames(name string, n int) (out []string) {
	for k := range n {
		out = append(out, name+strconv.Itoa(k))
	}
	return out
}

// equal says whether two tables can do the same. That a table cannot be the next of the one after it does not count.
func (f *features) equal(o *features) bool {
	return f.metaMatch == o.metaMatch && f.metaWrite == o.metaWrite && f.maxEntries == o.maxEntries &&
		sameFlows(f, o) && f.match == o.match
}

func sameFlows(f, o *features) bool {
	return sameCan(&f.some, &o.some, f.table, o.table) && sameCan(&f.miss, &o.miss, f.table, o.table)
}

func sameCan(a, b *can, tableA, tableB uint8) bool {
	return sameNext(a.next, b.next, tableA, tableB) && a.instructions == b.instructions && a.write == b.write &&
		a.apply == b.apply
}

func sameNext(a, b [4]uint64, tableA, tableB uint8) bool {
	if int(tableA) == int(tableB)+1 {
		a, b, tableA, tableB = b, a, tableB, tableA
	}
	bit := uint64(1) << (tableB % 64)
	if int(tableB) == int(tableA)+1 && a[tableB/64]&bit != 0 && b[tableB/64]&bit == 0 {
		a[tableB/64] &^= bit
	}
	return a == b
}

func (c *can) empty() bool { return *c == can{} }

func (f *features) empty() bool {
	return f.metaMatch == 0 && f.metaWrite == 0 && f.maxEntries == 0 && f.some.empty() && f.miss.empty() &&
		f.match == fieldSet{}
}

// tableDetails writes what a table can do that the one before cannot.
func (t *text) tableDetails(f, before *features) {
	if f.metaMatch != 0 || f.metaWrite != 0 {
		t.s("    metadata: match=")
		t.b = fieldtext.AppendHex(t.b, f.metaMatch)
		t.s(" write=")
		t.b = fieldtext.AppendHex(t.b, f.metaWrite)
		t.s("\n")
	}
	if f.maxEntries != 0 {
		t.f("    max_entries=%d\n", f.maxEntries)
	}
	t.tableFlows(f, before)
	switch {
	case f.match == fieldSet{}:
	case before != nil && f.match == before.match:
		t.s("    (same matching)\n")
	default:
		t.s("    matching:\n")
		t.matching("arbitrary mask", f.match.and(f.mask).and(f.wildcard))
		t.matching("exact match or wildcard", f.match.not(f.mask).and(f.wildcard))
		t.matching("must exact match", f.match.not(f.mask).not(f.wildcard))
	}
}

// tableFlows writes what the flows of a table can do.
func (t *text) tableFlows(f, before *features) {
	var some, miss *can
	if before != nil {
		some, miss = &before.some, &before.miss
	}
	switch {
	case before != nil && sameFlows(f, before):
		if !f.some.empty() {
			t.s("    (same instructions)\n")
		}
	case !sameCan(&f.some, &f.miss, f.table, f.table):
		t.s("    instructions (other than table miss):\n")
		t.can(&f.some, some)
		t.s("    instructions (table miss):\n")
		t.can(&f.miss, miss)
	case !f.some.empty():
		t.s("    instructions (table miss and others):\n")
		t.can(&f.some, some)
	}
}

func (t *text) can(c, before *can) {
	if c.next != [4]uint64{} {
		t.s("      next tables: ")
		t.ranges(c.next)
	}
	switch {
	case c.instructions == 0:
	case before != nil && before.instructions == c.instructions:
		t.s("      (same instructions)\n")
	default:
		t.s("      instructions: ")
		t.bits(c.instructions, instructionNames)
		t.s("\n")
	}
	switch {
	case before != nil && c.write == before.write && c.apply == before.apply && c.write.fields != fieldSet{}:
		t.s("      (same actions)\n")
	case c.write != c.apply:
		t.s("      Write-Actions features:\n")
		t.canSet(&c.write)
		t.s("      Apply-Actions features:\n")
		t.canSet(&c.apply)
	case c.write != canSet{}:
		t.s("      Write-Actions and Apply-Actions features:\n")
		t.canSet(&c.write)
	}
}

func (t *text) canSet(c *canSet) {
	if c.actions != 0 {
		t.s("        actions: ")
		t.actionNames(c.actions, actionNames13)
		t.s("\n")
	}
	if c.fields != (fieldSet{}) {
		t.s("        supported on Set-Field:")
		t.fields(c.fields)
	}
}

func (t *text) matching(title string, s fieldSet) {
	if s != (fieldSet{}) {
		t.s("      ", title, ":")
		t.fields(s)
	}
}

// ranges writes tables as 1,3-5.
func (t *text) ranges(set [4]uint64) {
	has := func(n int) bool { return n < 256 && set[n/64]>>(n%64)&1 != 0 }
	sep := ""
	for n := 0; n < 256; n++ {
		if !has(n) {
			continue
		}
		end := n
		for has(end + 1) {
			end++
		}
		t.f("%s%d", sep, n)
		if end > n {
			t.f("-%d", end)
		}
		n, sep = end, ","
	}
	t.s("\n")
}

// fields writes fields with what their names have in common written once: eth_{src,dst}, reg0...reg15.
func (t *text) fields(s fieldSet) {
	var names []string
	for w := range s {
		for v := s[w]; v != 0; v &= v - 1 {
			names = append(names, fieldOrder[64*w+bits.TrailingZeros64(v)])
		}
	}
	t.s(" ")
	t.fieldNames(names, 0)
	t.s("\n")
}

// fieldNames writes names without their first prefix bytes.
func (t *text) fieldNames(names []string, prefix int) {
	for first := true; len(names) > 0; first = false {
		if !first && prefix > 0 {
			t.s(",")
		} else if !first {
			t.s(" ")
		}
		common, more := commonRun(names, prefix)
		series := seriesRun(names)
		run := max(common, series)
		switch {
		case series < common:
			t.s(after(names[0], prefix)[:more], "{")
			t.fieldNames(names[:run], prefix+more)
			t.s("}")
		case run > 1:
			t.s(after(names[0], prefix), "...", after(names[run-1], prefix))
		default:
			t.s(after(names[0], prefix))
		}
		names = names[run:]
	}
}

// after is a name without its first n bytes.
func after(name string, n int) string { return name[min(n, len(name)):] }

// commonRun is how many names have a further prefix in common, and its length.
func commonRun(names []string, prefix int) (run, more int) {
	if len(names) < 2 {
		return len(names), 0
	}
	more = commonPrefix(after(names[0], prefix), after(names[1], prefix))
	if more == 0 {
		return 1, 0
	}
	run = 2
	for run < len(names) && commonPrefix(after(names[0], prefix), after(names[run], prefix)) > 0 {
		run++
	}
	return run, more
}

// commonPrefix is the length of what two names have in common, up to the last underscore.
func commonPrefix(a, b string) (n int) {
	for k := 0; k < len(a) && k < len(b) && a[k] == b[k]; k++ {
		if a[k] == '_' {
			n = k + 1
		}
	}
	return n
}

// seriesRun is how many names differ in a number that rises by one; a series of two is none.
func seriesRun(names []string) int {
	n := 1
	for n < len(names) && follows(names[n-1], names[n]) {
		n++
	}
	if n == 2 {
		return 1
	}
	return n
}

func follows(a, b string) bool {
	for a != "" && b != "" && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	x, errA := strconv.ParseUint(a, 10, 30)
	y, errB := strconv.ParseUint(b, 10, 30)
	return errA == nil && errB == nil && x+1 == y
}
