package packet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"github.com/vlcp-go/vlcp/common/model"
)

// ARP operations (RFC 826).
const (
	ARPRequest = 1
	ARPReply   = 2
)

// ARPLen is the length of an Ethernet/IPv4 ARP packet in bytes.
const ARPLen = 28

// arpFixed is what every Ethernet/IPv4 ARP packet begins with: hardware type 1, protocol type IPv4, address lengths.
const arpFixed = 0x0001_0800_0604

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
	if len(b) < ARPLen {
		return ARP{}, fmt.Errorf("arp packet of %d bytes: %w", len(b), ErrTruncated)
	}
	if binary.BigEndian.Uint64(b)>>16 != arpFixed {
		return ARP{}, errors.New("arp packet is not for ipv4 over ethernet")
	}
	return ARP{
		Op:        binary.BigEndian.Uint16(b[6:]),
		SenderMAC: model.MAC(b[8:14]),
		SenderIP:  netip.AddrFrom4([4]byte(b[14:18])),
		TargetMAC: model.MAC(b[18:24]),
		TargetIP:  netip.AddrFrom4([4]byte(b[24:28])),
	}, nil
}

// AppendARP appends a to b. Addresses that are not IPv4 are written as 0.0.0.0.
func AppendARP(b []byte, a *ARP) []byte {
	b = binary.BigEndian.AppendUint64(b, arpFixed<<16|uint64(a.Op))
	b = append(b, a.SenderMAC[:]...)
	b = appendAddr(b, a.SenderIP)
	b = append(b, a.TargetMAC[:]...)
	return appendAddr(b, a.TargetIP)
}

// appendAddr appends the four bytes of a, or of 0.0.0.0 if a is not an IPv4 address.
func appendAddr(b []byte, a netip.Addr) []byte {
	v := addr4(a)
	return append(b, v[:]...)
}

func addr4(a netip.Addr) [4]byte {
	if a = a.Unmap(); !a.Is4() {
		return [4]byte{}
	}
	return a.As4()
}
