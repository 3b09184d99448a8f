package packet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"github.com/vlcp-go/vlcp/common/model"
)

// Option codes (RFC 2132 unless said otherwise).
const (
	OptPad             = 0
	OptSubnetMask      = 1
	OptRouter          = 3
	OptDNS             = 6
	OptHostname        = 12
	OptDomain          = 15
	OptMTU             = 26
	OptBroadcast       = 28
	OptNTP             = 42
	OptRequestedIP     = 50
	OptLease           = 51
	OptOverload        = 52
	OptMessageType     = 53
	OptServerID        = 54
	OptParameterList   = 55
	OptMessage         = 56
	OptMaxMessageSize  = 57
	OptRenewal         = 58
	OptRebinding       = 59
	OptClientID        = 61
	OptRelayAgent      = 82  // RFC 3046
	OptClasslessRoutes = 121 // RFC 3442
	OptEnd             = 255
)

// Bits of option 52: which fields hold options (RFC 2132 section 9.3).
const (
	overloadFile  = 1
	overloadSName = 2
)

// Lengths in bytes of what the options field needs besides the options of the message.
const (
	endLen      = 1
	overloadLen = 3
	optionHead  = 2 // code and length
	optionMax   = 255
)

// DHCPOption is one option; Data may be longer than 255 bytes, it is then split on the wire (RFC 3396).
type DHCPOption struct {
	Code uint8
	Data []byte
}

// written reports whether o is for AppendDHCPv4 to write; pad, overload and end it makes by itself.
func (o *DHCPOption) written() bool {
	return o.Code != OptPad && o.Code != OptOverload && o.Code != OptEnd
}

// splittable reports whether readers of o must be able to join its parts: not all clients do so with options that were
// never longer than 255 bytes (RFC 3396 section 4); of classless routes RFC 3442 demands it.
func (o *DHCPOption) splittable() bool {
	return len(o.Data) > optionMax || o.Code == OptClasslessRoutes
}

// encodedLen is the length of o with the headers of all its parts, in bytes.
func (o *DHCPOption) encodedLen() int {
	parts := max(1, (len(o.Data)+optionMax-1)/optionMax)
	return len(o.Data) + parts*optionHead
}

// DHCPOptions are the options of a message in their order; a parsed message has every code at most once.
type DHCPOptions []DHCPOption

// Get is the data of the option with this code, false if there is none.
func (s DHCPOptions) Get(code uint8) ([]byte, bool) {
	for i := range s {
		if s[i].Code == code {
			return s[i].Data, true
		}
	}
	return nil, false
}

// Addr is the option's data as an address, false if there is no such option or it is not of 4 bytes.
func (s DHCPOptions) Addr(code uint8) (netip.Addr, bool) {
	v, ok := s.Get(code)
	if !ok || len(v) != 4 {
		return netip.Addr{}, false
	}
	return netip.AddrFrom4([4]byte(v)), true
}

// Uint16 is the option's data as a number, false if there is no such option or it is not of 2 bytes.
func (s DHCPOptions) Uint16(code uint8) (uint16, bool) {
	v, ok := s.Get(code)
	if !ok || len(v) != 2 {
		return 0, false
	}
	return binary.BigEndian.Uint16(v), true
}

func (s DHCPOptions) encodedLen() int {
	n := 0
	for i := range s {
		if s[i].written() {
			n += s[i].encodedLen()
		}
	}
	return n
}

// parse adds the options of one field to s and returns the value of the overload option, 0 if there is none.
func (s *DHCPOptions) parse(b []byte) (overload uint8, err error) {
	for len(b) > 0 {
		code := b[0]
		if code == OptPad {
			b = b[1:]
			continue
		}
		if code == OptEnd {
			break
		}
		if len(b) < optionHead || len(b) < optionHead+int(b[1]) {
			return 0, fmt.Errorf("option %d: %w", code, ErrTruncated)
		}
		end := optionHead + int(b[1])
		data := b[optionHead:end:end] // appending to it must not write into the packet
		b = b[end:]
		if code != OptOverload {
			s.add(code, data)
			continue
		}
		if len(data) != 1 || data[0] == 0 || data[0] > overloadFile|overloadSName || overload != 0 {
			return 0, errors.New("option 52 (overload) is invalid")
		}
		overload = data[0]
	}
	return overload, nil
}

// add appends data to the option with this code, at the end if it is new.
func (s *DHCPOptions) add(code uint8, data []byte) {
	for i := range *s {
		if o := &(*s)[i]; o.Code == code {
			o.Data = append(o.Data, data...)
			return
		}
	}
	*s = append(*s, DHCPOption{Code: code, Data: data})
}

// optionWriter places options in the three fields of a message that can hold them.
type optionWriter struct {
	main []byte // the message so far; the options field is at its end
	room int    // bytes left in the options field
	// file and sname are written up to their capacity; nil if they are not for options.
	file, sname []byte
}

// put writes o into the first field that takes it whole, failing that in parts if its reader joins them, and
// reports whether there was room.
func (w *optionWriter) put(o DHCPOption) bool {
	file, sname := cap(w.file)-len(w.file), cap(w.sname)-len(w.sname)
	switch n := o.encodedLen(); {
	case n <= w.room:
		w.main = appendOption(w.main, o)
		w.room -= n
	case n <= file:
		w.file = appendOption(w.file, o)
	case n <= sname:
		w.sname = appendOption(w.sname, o)
	case o.splittable() && len(o.Data) <= dataRoom(w.room)+dataRoom(file)+dataRoom(sname):
		w.split(o)
	default:
		return false
	}
	return true
}

// split writes o in parts into all fields, in the order in which readers join them.
func (w *optionWriter) split(o DHCPOption) {
	part := func(room int) DHCPOption {
		n := min(dataRoom(room), len(o.Data))
		p := DHCPOption{Code: o.Code, Data: o.Data[:n]}
		o.Data = o.Data[n:]
		return p
	}
	if p := part(w.room); len(p.Data) > 0 {
		w.main = appendOption(w.main, p)
		w.room -= p.encodedLen()
	}
	if p := part(cap(w.file) - len(w.file)); len(p.Data) > 0 {
		w.file = appendOption(w.file, p)
	}
	if p := part(cap(w.sname) - len(w.sname)); len(p.Data) > 0 {
		w.sname = appendOption(w.sname, p)
	}
}

// dataRoom is how many bytes of one option's data fit into room bytes with the headers of their parts.
func dataRoom(room int) int {
	whole := room / (optionHead + optionMax)
	return whole*optionMax + max(0, room%(optionHead+optionMax)-optionHead)
}

// appendOption appends o, in parts if it is longer than 255 bytes.
func appendOption(b []byte, o DHCPOption) []byte {
	for len(o.Data) > optionMax {
		b = append(b, o.Code, optionMax)
		b = append(b, o.Data[:optionMax]...)
		o.Data = o.Data[optionMax:]
	}
	b = append(b, o.Code, uint8(len(o.Data)))
	return append(b, o.Data...)
}

// AppendAddrs appends the four bytes of each address, as options 3, 6 and 42 have them (RFC 2132 sections 3.5, 3.8,
// 8.3), and skips what is not IPv4.
func AppendAddrs(b []byte, addrs ...netip.Addr) []byte {
	for _, a := range addrs {
		if a.Is4() {
			b = appendAddr(b, a)
		}
	}
	return b
}

// AppendClasslessRoute appends r as option 121 has it: prefix length, the bytes of the prefix that count, router
// (RFC 3442). A route that is not IPv4 is skipped; one whose Via is 0.0.0.0 is on link.
func AppendClasslessRoute(b []byte, r model.Route) []byte {
	if !r.To.IsValid() || !r.To.Addr().Is4() || !r.Via.Is4() {
		return b
	}
	to := r.To.Masked().Addr().As4()
	b = append(b, uint8(r.To.Bits()))
	b = append(b, to[:(r.To.Bits()+7)/8]...)
	return appendAddr(b, r.Via)
}
