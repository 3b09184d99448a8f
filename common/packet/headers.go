package packet

import "github.com/vlcp-go/vlcp/common/model"

//go:generate go run github.com/vlcp-go/vlcp/common/wire/wiregen

// The headers as they stand on the wire. What people use are the types named after the protocols, which have addresses
// instead of bytes and leave out what follows from the rest (lengths, checksums, magic numbers).

// ethernetHeader is the header of an Ethernet II frame (IEEE 802.3 section 3.2); Type is that of the first tag, if any.
//
//wire:struct
type ethernetHeader struct {
	Dst, Src model.MAC
	Type     uint16
}

// vlanTag is what follows the type of a tag (IEEE 802.1Q section 9.6).
//
//wire:struct
type vlanTag struct {
	TCI  uint16
	Type uint16 // of what is next
}

// arpPacket is an ARP packet for IPv4 over Ethernet (RFC 826).
//
//wire:struct
type arpPacket struct {
	HardwareType uint16
	ProtocolType uint16
	HardwareLen  uint8
	ProtocolLen  uint8
	Op           uint16
	SenderMAC    model.MAC
	SenderIP     [4]byte
	TargetMAC    model.MAC
	TargetIP     [4]byte
}

// ipv4Header is the fixed part of an IPv4 header (RFC 791 section 3.1).
//
//wire:struct
type ipv4Header struct {
	VersionIHL uint8 // version and header length in words of 4 bytes
	TOS        uint8
	TotalLen   uint16
	ID         uint16
	Fragment   uint16 // flags and offset
	TTL        uint8
	Protocol   uint8
	Checksum   uint16
	Src, Dst   [4]byte
}

// ipv6Header is the fixed header of an IPv6 packet (RFC 8200 section 3).
//
//wire:struct
type ipv6Header struct {
	VersionClassLabel uint32
	PayloadLen        uint16
	NextHeader        uint8
	HopLimit          uint8
	Src, Dst          [16]byte
}

// icmpHeader is what every ICMP message begins with (RFC 4443 section 2.1).
//
//wire:struct
type icmpHeader struct {
	Type, Code uint8
	Checksum   uint16
}

// udpHeader is the header of a UDP datagram (RFC 768).
//
//wire:struct
type udpHeader struct {
	SrcPort, DstPort uint16
	Length           uint16
	Checksum         uint16
}

// tcpHeader is the fixed part of a TCP header (RFC 9293 section 3.1).
//
//wire:struct
type tcpHeader struct {
	SrcPort, DstPort uint16
	Seq, Ack         uint32
	OffsetFlags      uint16 // header length in words of 4 bytes, and the control bits
	Window           uint16
	Checksum         uint16
	Urgent           uint16
}

// dhcpHeader is the fixed part of a DHCP message (RFC 2131 section 2) and the cookie before the options (section 3).
//
//wire:struct
type dhcpHeader struct {
	Op, HType, HLen, Hops          uint8
	XID                            uint32
	Secs, Flags                    uint16
	CIAddr, YIAddr, SIAddr, GIAddr [4]byte
	CHAddr                         [16]byte
	SName                          [dhcpSNameLen]byte
	File                           [dhcpFileLen]byte
	Cookie                         uint32
}
