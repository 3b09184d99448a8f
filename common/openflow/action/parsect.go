package action

import (
	"bytes"
	"net/netip"
	"strings"

	"github.com/vlcp-go/vlcp/common/openflow/fieldtext"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

const zoneBits = 16

func parseCT(l *list, a arg) error {
	c := CT{Table: CTNoTable}
	err := a.pairs(func(key, value arg) error { return key.named(l.ctArgument(&c, key, value)) })
	switch {
	case err != nil:
		return err
	case c.Flags&CTForce != 0 && c.Flags&CTCommit == 0:
		return a.errorf("force: expected commit with it")
	}
	if err := l.ctAllowed(&c, a); err != nil {
		return err
	}
	return l.add(&c)
}

func (l *list) ctArgument(c *CT, key, value arg) (err error) {
	switch key.s {
	case "commit":
		c.Flags |= CTCommit
	case "force":
		c.Flags |= CTForce
	case "table":
		if c.Table, err = value.table(); err == nil && c.Table == CTNoTable {
			err = value.errorf("table %d: expected 0 to %d", CTNoTable, CTNoTable-1)
		}
	case "zone":
		err = l.ctZone(c, value)
	case "alg":
		switch value.s {
		case "ftp":
			c.Alg = CTAlgFTP
		case "tftp":
			c.Alg = CTAlgTFTP
		default:
			err = value.errorf("%q: expected ftp or tftp", value.s)
		}
	case "nat":
		inner := list{state: l.state, outer: "ct"}
		err = parseNAT(&inner, value)
		c.Actions = append(c.Actions, inner.actions...)
	case "exec":
		var b []byte
		b, err = l.within("ct", value)
		c.Actions = append(c.Actions, b...)
	default:
		err = key.errorf("%q: expected commit, force, table, zone, alg, nat or exec", key.s)
	}
	return err
}

func (l *list) ctZone(c *CT, value arg) error {
	if n, err := value.u16(); err == nil {
		c.Zone = n
		return nil
	}
	b, err := value.subfield()
	if err != nil {
		return value.errorf("%q: expected a number from 0 to 65535, or %d bits of a field", value.s, zoneBits)
	}
	if b.n != zoneBits {
		return value.errorf("%q: expected %d bits", value.s, zoneBits)
	}
	if err := plain(value, b); err != nil {
		return err
	}
	c.ZoneSrc, c.Zone = nxm(b.info), uint16(b.span())
	return l.source(value, b)
}

// ctAllowed checks that the match is one of packets that can be tracked.
func (l *list) ctAllowed(c *CT, a arg) error {
	if l.packet == nil {
		return nil
	}
	state, _ := l.packet.flow.Uint(oxm.CTState.Info())
	const invalid = 0x10
	switch proto := l.packet.proto(); {
	case !l.packet.isIP():
		return a.errorf("%w: expected %s", ErrMatch, oxm.NeedIP)
	case state&invalid != 0 && c.Flags&CTCommit != 0:
		return a.errorf("commit: expected a flow that does not match ct_state=+inv")
	case c.Alg == CTAlgFTP && proto != protoTCP:
		return a.errorf("alg=ftp: %w: expected tcp", ErrMatch)
	case c.Alg == CTAlgTFTP && proto != protoUDP:
		return a.errorf("alg=tftp: %w: expected udp", ErrMatch)
	}
	return nil
}

func parseClone(l *list, a arg) error {
	b, err := l.within("clone", a)
	if err != nil {
		return err
	}
	return l.add(&Clone{Actions: b})
}

func parseNAT(l *list, a arg) error {
	var n NAT
	err := a.pairs(func(key, value arg) error { return key.named(natArgument(&n, key, value)) })
	const way = NATSrc | NATDst
	switch {
	case err != nil:
		return err
	case n.Flags&way == way:
		return a.errorf("%q: expected one of src and dst", a.s)
	case n.Flags&way == 0 && n.Flags != 0:
		return a.errorf("%q: expected src or dst with persistent, hash and random", a.s)
	case n.Flags&NATProtoHash != 0 && n.Flags&NATProtoRandom != 0:
		return a.errorf("%q: expected one of hash and random", a.s)
	}
	if err := l.natAllowed(&n, a); err != nil {
		return err
	}
	return l.add(&n)
}

// natAllowed checks that the match is one of the packets whose addresses are translated.
func (l *list) natAllowed(n *NAT, a arg) error {
	need := oxm.NeedIP
	switch {
	case n.Present&NATIPv4Min != 0:
		need = oxm.NeedIPv4
	case n.Present&NATIPv6Min != 0:
		need = oxm.NeedIPv6
	}
	if l.packet != nil && !l.packet.flow.Meets(need) {
		return a.errorf("%w: expected %s", ErrMatch, need)
	}
	return nil
}

func natArgument(n *NAT, key, value arg) error {
	switch key.s {
	case "src":
		n.Flags |= NATSrc
		return natRange(n, value)
	case "dst":
		n.Flags |= NATDst
		return natRange(n, value)
	case "persistent":
		n.Flags |= NATPersistent
	case "hash":
		n.Flags |= NATProtoHash
	case "random":
		n.Flags |= NATProtoRandom
	default:
		return key.errorf("%q: expected src, dst, persistent, hash or random", key.s)
	}
	return nil
}

// natRange reads ADDRESS[-ADDRESS][:PORT[-PORT]], with brackets around addresses of IPv6 that ports follow.
func natRange(n *NAT, a arg) error {
	if a.s == "" {
		return nil
	}
	first, rest, err := a.address()
	if err != nil {
		return err
	}
	last, ranged := first, strings.HasPrefix(rest.s, "-")
	if ranged {
		at := rest.from(1)
		if last, rest, err = at.address(); err != nil {
			return err
		}
		if first.Is4() != last.Is4() || last.Less(first) {
			return at.errorf("%q: expected an address after %s", at.s, first)
		}
	}
	natAddresses(n, first, last, ranged)
	switch {
	case strings.HasPrefix(rest.s, ":"):
		return natPorts(n, rest.from(1))
	case rest.s != "":
		return rest.errorf("%q: expected -ADDRESS or :PORT", rest.s)
	}
	return nil
}

// natAddresses sets the range of addresses. Open vSwitch has no range that begins with the address of zeros.
func natAddresses(n *NAT, first, last netip.Addr, ranged bool) {
	zero := func(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }
	n.Present &^= NATIPv4Min | NATIPv4Max | NATIPv6Min | NATIPv6Max
	if first.Is4() {
		n.IPv4Min, n.IPv4Max = first.As4(), last.As4()
		if !zero(n.IPv4Min[:]) {
			n.Present |= NATIPv4Min
		}
		if ranged && !zero(n.IPv4Max[:]) {
			n.Present |= NATIPv4Max
		}
		return
	}
	n.IPv6Min, n.IPv6Max = first.As16(), last.As16()
	if !zero(n.IPv6Min[:]) {
		n.Present |= NATIPv6Min
	}
	if ranged && !zero(n.IPv6Max[:]) {
		n.Present |= NATIPv6Max
	}
}

func natPorts(n *NAT, a arg) error {
	firstArg, lastArg, ranged := a.cut("-")
	first, err := firstArg.decimal(16)
	if err != nil {
		return err
	}
	n.Present &^= NATProtoMin | NATProtoMax
	if n.ProtoMin = uint16(first); first != 0 {
		n.Present |= NATProtoMin
	}
	if !ranged {
		return nil
	}
	last, err := lastArg.decimal(16)
	if err == nil && last < first {
		err = lastArg.errorf("%q: expected a port from %d on", lastArg.s, first)
	}
	if n.ProtoMax = uint16(last); last != 0 {
		n.Present |= NATProtoMax
	}
	return err
}

func parseAddr(s string) (netip.Addr, error) {
	f := oxm.IPv4Src
	if strings.Contains(s, ":") {
		f = oxm.IPv6Src
	}
	b, _, err := fieldtext.ParseField(f.Info(), s)
	addr, _ := netip.AddrFromSlice(b)
	return addr, err
}

// address reads an address at the beginning of the text.
func (a arg) address() (addr netip.Addr, rest arg, err error) {
	s, bracketed := strings.CutPrefix(a.s, "[")
	n := strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF:.", r) })
	if n < 0 {
		n = len(s)
	}
	if !bracketed && strings.Count(s[:n], ".") == 3 && strings.Count(s[:n], ":") == 1 {
		n = strings.IndexByte(s, ':') // the port of an address of IPv4
	}
	addr, err = parseAddr(s[:n])
	if err != nil || bracketed && (!addr.Is6() || !strings.HasPrefix(s[n:], "]")) {
		return addr, a, a.errorf("%q: expected an address of IPv4 or IPv6", a.s)
	}
	if bracketed {
		n += 2
	}
	return addr, a.from(n), nil
}
