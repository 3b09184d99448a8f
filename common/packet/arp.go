package packet

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/wire"
)

// ARP operations (RFC 826).
const (
	ARPRequest = 1
	ARPReply   = 2
)

// ARPLen is the length of an Ethernet/IPv4 ARP packet in bytes.
const ARPLen = 28

// arpForIPv4 is what every Ethernet/IPv4 ARP packet begins with (IANA "ARP Parameters").
var arpForIPv4 = arpPacket{HardwareType: 1, ProtocolType: EtherTypeIPv4, HardwareLen: 6, ProtocolLen: 4}

// ARP is an ARP packet for IPv4 over Ethernet (RFC 826).
type ARP struct {
	Op        uint16
	SenderMAC model.MAC
	SenderIP  netip.Addr
	TargetMAC model.MAC
	TargetIP  netip.Addr
}

// ParseARP decodes the payload of an Ethernet frame; bytes after the packet are padding.
func ParseARP(b []byte) (ARP, error) {
	var p arpPacket
	r := wire.NewReader(b)
	p.DecodeWire(r)
	if err := r.Err(); err != nil {
		return ARP{}, fmt.Errorf("arp: %w", err)
	}
	head := arpPacket{HardwareType: p.HardwareType, ProtocolType: p.ProtocolType, HardwareLen: p.HardwareLen,
		ProtocolLen: p.ProtocolLen}
	if head != arpForIPv4 {
		return ARP{}, errors.New("arp packet is not for ipv4 over ethernet")
	}
	return ARP{
		Op:        p.Op,
		SenderMAC: p.SenderMAC, SenderIP: netip.AddrFrom4(p.SenderIP),
		TargetMAC: p.TargetMAC, TargetIP: netip.AddrFrom4(p.TargetIP),
	}, nil
}

// AppendARP appends a to b. Addresses that are not IPv4 are written as 0.0.0.0.
func AppendARP(b []byte, a *ARP) []byte {
	p := arpForIPv4
	p.Op = a.Op
	p.SenderMAC, p.SenderIP = a.SenderMAC, addr4(a.SenderIP)
	p.TargetMAC, p.TargetIP = a.TargetMAC, addr4(a.TargetIP)
	return must(p.AppendWire(b))
}

// appendAddr appends the four bytes of a.
func appendAddr(b []byte, a netip.Addr) []byte {
	v := addr4(a)
	return append(b, v[:]...)
}

// addr4 is the four bytes of a, or of 0.0.0.0 if a is not an IPv4 address.
func addr4(a netip.Addr) [4]byte {
	if a = a.Unmap(); !a.Is4() {
		return [4]byte{}
	}
	return a.As4()
}
