package model

import (
	"encoding/binary"
	"net/netip"
)

// Offset is a's distance from the first address of s. a must be in s.
func (s *Subnet) Offset(a netip.Addr) int64 { return int64(num(a)) - int64(num(s.CIDR.Addr())) }

// At is the address at this distance from the first address of s.
func (s *Subnet) At(offset int64) netip.Addr { return addr(num(s.CIDR.Addr()) + uint32(offset)) }

// Usable reports whether a host may have a: in the subnet, neither its first (network) nor last (broadcast) address. A
// subnet of one or two addresses has neither (RFC 3021).
func (s *Subnet) Usable(a netip.Addr) bool { return a.IsValid() && s.usable().Contains(a) }

// usable is the range of addresses that hosts may have.
func (s *Subnet) usable() AddrRange {
	first := num(s.CIDR.Addr())
	last := first | (1<<(32-s.CIDR.Bits()) - 1)
	if !s.HasBroadcast() {
		return AddrRange{From: addr(first), To: addr(last)}
	}
	return AddrRange{From: addr(first + 1), To: addr(last - 1)}
}

// HasBroadcast reports whether s has a broadcast address.
func (s *Subnet) HasBroadcast() bool { return s.CIDR.Bits() < s.CIDR.Addr().BitLen()-1 }

// AllocationRanges is what addresses are allocated from, in order.
func (s *Subnet) AllocationRanges() []AddrRange {
	if len(s.Range) > 0 {
		return s.Range
	}
	return []AddrRange{s.usable()}
}

// smallBits is the prefix length from which on a subnet is too small to give an address to the DHCP server.
const smallBits = 29

// PickDHCPServer chooses the address that agents answer DHCP from: the highest usable one that is neither the gateway
// nor in a range of addresses for ports; failing that, the highest usable one that is not the gateway.
func (s *Subnet) PickDHCPServer() netip.Addr {
	if s.CIDR.Bits() >= smallBits {
		return LinkLocalDHCPServer
	}
	all := s.usable()
	for a := num(all.To); a >= num(all.From); a-- {
		if ip := addr(a); ip != s.Gateway && !s.inRange(ip) && !s.Proxied(ip) {
			return ip
		} else if r, ok := s.rangeOf(ip); ok {
			a = num(r.From) // nothing above its start is free
		}
	}
	for a := num(all.To); a >= num(all.From); a-- {
		if ip := addr(a); ip != s.Gateway && !s.Proxied(ip) {
			return ip
		}
	}
	return LinkLocalDHCPServer
}

func (s *Subnet) inRange(a netip.Addr) bool {
	_, ok := s.rangeOf(a)
	return ok
}

func (s *Subnet) rangeOf(a netip.Addr) (AddrRange, bool) {
	for _, r := range s.Range {
		if r.Contains(a) {
			return r, true
		}
	}
	return AddrRange{}, false
}

func num(a netip.Addr) uint32 {
	b := a.As4()
	return binary.BigEndian.Uint32(b[:])
}

func addr(n uint32) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], n)
	return netip.AddrFrom4(b)
}
