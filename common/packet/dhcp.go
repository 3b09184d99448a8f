package packet

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/wire"
)

// UDP ports of DHCP (RFC 2131 section 4.1).
const (
	DHCPServerPort = 67
	DHCPClientPort = 68
)

// Operations of the op field (RFC 2131 section 2).
const (
	BootRequest = 1
	BootReply   = 2
)

// DHCPFlagBroadcast is the B bit of the flags field (RFC 2131 section 2): the most significant one of 16.
const DHCPFlagBroadcast = 0x8000

// DHCPMessageType is the value of option 53 (RFC 2132 section 9.6).
type DHCPMessageType uint8

// Message types (RFC 2132 section 9.6).
const (
	DHCPDiscover DHCPMessageType = iota + 1
	DHCPOffer
	DHCPRequest
	DHCPDecline
	DHCPAck
	DHCPNak
	DHCPRelease
	DHCPInform
)

// Layout of a DHCP message in bytes (RFC 2131 section 2), from its start.
const (
	dhcpSName   = 44
	dhcpFile    = 108
	dhcpCookie  = 236
	dhcpOptions = 240

	dhcpSNameLen = dhcpFile - dhcpSName
	dhcpFileLen  = dhcpCookie - dhcpFile
)

// DHCPLenMin is the length of a BOOTP message in bytes (RFC 951), under which some clients and relays take none.
const DHCPLenMin = 300

// dhcpMagic is the cookie of RFC 2131 section 3: 99.130.83.99.
const dhcpMagic = 0x63825363

// DHCPv4 is a DHCP message (RFC 2131 section 2).
type DHCPv4 struct {
	Op, HType, HLen, Hops          uint8
	XID                            uint32
	Secs, Flags                    uint16
	CIAddr, YIAddr, SIAddr, GIAddr netip.Addr
	// CHAddr is the client's hardware address, of which HLen bytes count.
	CHAddr [16]byte
	// SName and File point into the parsed message, at most 64 and 128 bytes; nil where they held options.
	SName, File []byte
	// Options are in order of appearance: those of the options field, of file, of sname. Split ones are joined
	// (RFC 3396); pad, end and overload are not among them.
	Options DHCPOptions
}

// MAC is the client's Ethernet address, false if it has another kind.
func (m *DHCPv4) MAC() (model.MAC, bool) {
	return model.MAC(m.CHAddr[:6]), m.HType == 1 && m.HLen == 6
}

// MessageType is the value of option 53, false if there is none or not of one byte.
func (m *DHCPv4) MessageType() (DHCPMessageType, bool) {
	v, ok := m.Options.Get(OptMessageType)
	if !ok || len(v) != 1 {
		return 0, false
	}
	return DHCPMessageType(v[0]), true
}

// ParseDHCPv4 decodes the payload of a UDP datagram. A missing end option is tolerated, as some clients leave it out.
func ParseDHCPv4(b []byte) (DHCPv4, error) {
	var h dhcpHeader
	r := wire.NewReader(b)
	h.DecodeWire(r)
	if err := r.Err(); err != nil {
		return DHCPv4{}, fmt.Errorf("dhcp: %w", err)
	}
	if h.Cookie != dhcpMagic {
		return DHCPv4{}, errors.New("dhcp message without magic cookie")
	}
	m := DHCPv4{
		Op: h.Op, HType: h.HType, HLen: h.HLen, Hops: h.Hops, XID: h.XID, Secs: h.Secs, Flags: h.Flags,
		CIAddr: netip.AddrFrom4(h.CIAddr), YIAddr: netip.AddrFrom4(h.YIAddr),
		SIAddr: netip.AddrFrom4(h.SIAddr), GIAddr: netip.AddrFrom4(h.GIAddr),
		CHAddr: h.CHAddr,
		SName:  b[dhcpSName:dhcpFile:dhcpFile], // of b, not of h: options in them point into the message
		File:   b[dhcpFile:dhcpCookie:dhcpCookie],
	}
	if int(m.HLen) > len(m.CHAddr) {
		return DHCPv4{}, fmt.Errorf("dhcp hardware address of %d bytes, at most %d fit", m.HLen, len(m.CHAddr))
	}
	return m, m.parseOptions(b[dhcpOptions:])
}

// parseOptions reads the options field and the fields it says are overloaded, in the order of RFC 3396 section 5.
func (m *DHCPv4) parseOptions(field []byte) error {
	m.Options = make(DHCPOptions, 0, 16)
	overload, err := m.Options.parse(field)
	if err != nil {
		return fmt.Errorf("dhcp options: %w", err)
	}
	if overload&overloadFile != 0 {
		if _, err = m.Options.parse(m.File); err != nil {
			return fmt.Errorf("dhcp options in file: %w", err)
		}
		m.File = nil
	}
	if overload&overloadSName != 0 {
		if _, err = m.Options.parse(m.SName); err != nil {
			return fmt.Errorf("dhcp options in sname: %w", err)
		}
		m.SName = nil
	}
	return nil
}

// AppendDHCPv4 appends m to b in at most size bytes, padded to DHCPLenMin, and returns how many options it left out.
// Options that do not fit the options field go to file, then sname, if m leaves these empty (option 52, RFC 2132
// section 9.3); a long one that fits nowhere whole is split over them (RFC 3396). What still does not fit is left out,
// the options that come first in m.Options having the first choice. A size under DHCPLenMin counts as DHCPLenMin.
func AppendDHCPv4(b []byte, m *DHCPv4, size int) (out []byte, leftOut int) {
	at := len(b)
	h := dhcpHeader{
		Op: m.Op, HType: m.HType, HLen: m.HLen, Hops: m.Hops, XID: m.XID, Secs: m.Secs, Flags: m.Flags,
		CIAddr: addr4(m.CIAddr), YIAddr: addr4(m.YIAddr), SIAddr: addr4(m.SIAddr), GIAddr: addr4(m.GIAddr),
		CHAddr: m.CHAddr, Cookie: dhcpMagic,
	}
	copy(h.SName[:], m.SName)
	copy(h.File[:], m.File)
	b = must(h.AppendWire(b))

	b, leftOut = m.appendOptions(b, at, max(size, DHCPLenMin)-dhcpOptions)
	if short := DHCPLenMin - (len(b) - at); short > 0 {
		b = append(b, zeros[:short]...)
	}
	return b, leftOut
}

// zeros is what padding and empty fields are made of; longer than any of them.
var zeros [DHCPLenMin]byte

// appendOptions appends the options field, of at most room bytes, to the message that starts at b[at:].
func (m *DHCPv4) appendOptions(b []byte, at, room int) (out []byte, leftOut int) {
	w := optionWriter{main: b, room: room - endLen}
	if m.Options.encodedLen() > w.room && (len(m.File) == 0 || len(m.SName) == 0) {
		w.room -= overloadLen
		if len(m.File) == 0 {
			w.file = b[at+dhcpFile : at+dhcpFile : at+dhcpCookie-endLen]
		}
		if len(m.SName) == 0 {
			w.sname = b[at+dhcpSName : at+dhcpSName : at+dhcpFile-endLen]
		}
	}
	for _, o := range m.Options {
		if o.written() && !w.put(o) {
			leftOut++
		}
	}
	// The writer's main may have moved to a larger array when it grew; file and sname are copied after it.
	b = w.main
	var overload uint8
	if len(w.file) > 0 {
		overload |= overloadFile
		n := copy(b[at+dhcpFile:], w.file)
		b[at+dhcpFile+n] = OptEnd
	}
	if len(w.sname) > 0 {
		overload |= overloadSName
		n := copy(b[at+dhcpSName:], w.sname)
		b[at+dhcpSName+n] = OptEnd
	}
	if overload != 0 {
		b = append(b, OptOverload, 1, overload)
	}
	return append(b, OptEnd), leftOut
}
