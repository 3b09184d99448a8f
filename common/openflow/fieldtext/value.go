package fieldtext

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
	"strconv"

	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// FormatField writes the value of a field, and its mask if it has one, as actions and tables print it; "ANY" under a
// mask of all zeros.
func FormatField(f oxm.Field, value, mask []byte) string {
	form := oxm.FormHex
	if i := f.Info(); i != nil {
		form = i.Form
	}
	return string(AppendField(nil, form, value, mask))
}

// AppendField appends a value of the form as FormatField writes it.
func AppendField(b []byte, form oxm.Form, value, mask []byte) []byte {
	if mask != nil && AllBytes(mask, 0) {
		return append(b, "ANY"...)
	}
	if mask != nil && AllBytes(mask, 0xff) {
		mask = nil
	}
	v, m := Number(value), ^uint64(0)
	if mask != nil {
		m = Number(mask)
	}
	switch n := len(value); {
	case form == oxm.FormMAC && n == 6:
		return AppendMAC(b, value, mask)
	case form == oxm.FormIPv4 && n == 4, form == oxm.FormIPv6 && n == 16:
		return AppendIP(b, value, mask)
	case form == oxm.FormFrag:
		return append(b, FragName(v, m&fragMask)...)
	case form == oxm.FormTCPFlags:
		return AppendFlags(b, TCPFlags, v, m&TCPFlagsMask, TCPFlagsMask)
	case form == oxm.FormCTState:
		return AppendFlags(b, CTStates, v, min(m, 1<<32-1), 0xffff)
	case form == oxm.FormTunFlags:
		return AppendFlags(b, TunFlags, v, m&tunFlagsMask, tunFlagsMask)
	case form == oxm.FormPacketType && n == 4:
		return AppendPacketType(b, v)
	case mask == nil && form == oxm.FormPort && n == 4:
		return append(b, FormatPort(uint32(v))...)
	case mask == nil && form == oxm.FormPort16 && n == 2:
		return append(b, FormatPort(oxm.Port32(uint16(v)))...)
	case n <= 8 && form != oxm.FormHex:
		b = strconv.AppendUint(b, v, 10)
	default:
		b = AppendHexBytes(b, value)
	}
	if mask != nil {
		b = AppendHexBytes(append(b, '/'), mask)
	}
	return b
}

// AllBytes says whether every byte of b is v.
func AllBytes(b []byte, v byte) bool {
	for _, c := range b {
		if c != v {
			return false
		}
	}
	return true
}

// Number is b as one number; of more than eight bytes the last count.
func Number(b []byte) uint64 {
	var n uint64
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}

// AppendHex writes v as C's %#x does: 0 has no prefix.
func AppendHex(b []byte, v uint64) []byte {
	if v == 0 {
		return append(b, '0')
	}
	return strconv.AppendUint(append(b, "0x"...), v, 16)
}

// AppendHexWide writes v with at least width digits, and the prefix always.
func AppendHexWide(b []byte, v uint64, width int) []byte {
	b = append(b, "0x"...)
	for digits := max(1, (bits.Len64(v)+3)/4); digits < width; digits++ {
		b = append(b, '0')
	}
	return strconv.AppendUint(b, v, 16)
}

// AppendHexBytes writes bytes as one number.
func AppendHexBytes(b, v []byte) []byte {
	for len(v) > 8 && v[0] == 0 {
		v = v[1:]
	}
	if len(v) <= 8 {
		return AppendHex(b, Number(v))
	}
	b = AppendHex(b, uint64(v[0]))
	for _, c := range v[1:] {
		b = AppendByte(b, c)
	}
	return b
}

const digits = "0123456789abcdef"

// AppendByte writes two hexadecimal digits.
func AppendByte(b []byte, c byte) []byte { return append(b, digits[c>>4], digits[c&0xf]) }

// AppendMAC writes an Ethernet address, and its mask if it has one.
func AppendMAC(b, mac, mask []byte) []byte {
	for n, c := range mac {
		if n > 0 {
			b = append(b, ':')
		}
		b = AppendByte(b, c)
	}
	if mask != nil && !AllBytes(mask, 0xff) {
		b = AppendMAC(append(b, '/'), mask, nil)
	}
	return b
}

// AppendIP writes an address of either version, the mask as a prefix length where it is one.
func AppendIP(b, ip, mask []byte) []byte {
	b = appendAddr(b, ip)
	if mask == nil || AllBytes(mask, 0xff) {
		return b
	}
	b = append(b, '/')
	if n, ok := prefixLen(mask); ok {
		return strconv.AppendInt(b, int64(n), 10)
	}
	return appendAddr(b, mask)
}

// AppendAddr writes an address as inet_ntop does: an address of IPv6 whose first 96 bits are zero ends like one of
// IPv4.
func appendAddr(b, ip []byte) []byte {
	a, _ := netip.AddrFromSlice(ip)
	if len(ip) == 16 && AllBytes(ip[:12], 0) && binary.BigEndian.Uint16(ip[12:]) != 0 {
		a4, _ := netip.AddrFromSlice(ip[12:])
		return a4.AppendTo(append(b, "::"...))
	}
	return a.AppendTo(b)
}

func prefixLen(mask []byte) (int, bool) {
	n := 0
	for k, c := range mask {
		ones := bits.LeadingZeros8(^c)
		n += ones
		if c<<ones != 0 {
			return 0, false
		}
		if ones < 8 {
			return n, AllBytes(mask[k+1:], 0)
		}
	}
	return n, true
}

// AppendPacketType writes a namespace and a type in it.
func AppendPacketType(b []byte, v uint64) []byte {
	if v == 0 {
		return append(b, "eth"...)
	}
	b = appendShort(append(b, "packet_type=("...), v>>16)
	return append(appendShort(append(b, ','), v&0xffff), ')')
}

func appendShort(b []byte, v uint64) []byte {
	if v > 9 {
		return AppendHex(b, v)
	}
	return strconv.AppendUint(b, v, 10)
}

var reserved = map[uint32]string{
	0xfffffff7: "UNSET", 0xfffffff8: "IN_PORT", 0xfffffff9: "TABLE", 0xfffffffa: "NORMAL", 0xfffffffb: "FLOOD",
	0xfffffffc: "ALL",
	0xfffffffd: "CONTROLLER", 0xfffffffe: "LOCAL", 0xffffffff: "ANY",
}

// Ports from here on are reserved; those without a name are printed with the number that OpenFlow 1.0 has for them.
const (
	firstReserved = 0xffffff00
	reservedShift = 0xffff0000
)

// FormatPort writes the number of a port, or the name of a reserved one.
func FormatPort(p uint32) string {
	if name, ok := reserved[p]; ok {
		return name
	}
	if p >= firstReserved {
		p -= reservedShift
	}
	return strconv.FormatUint(uint64(p), 10)
}
