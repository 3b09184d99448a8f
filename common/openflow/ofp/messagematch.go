package ofp

import (
	"errors"

	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// matchCodes are the codes of what oxm finds in a match.
var matchCodes = []struct {
	err  error
	name string
}{
	{oxm.ErrTruncated, badMatchLen}, {oxm.ErrLength, badMatchLen}, {oxm.ErrField, "OFPBMC_BAD_FIELD"},
	{oxm.ErrMask, "OFPBMC_BAD_WILDCARDS"}, {oxm.ErrUnmasked, "OFPBMC_BAD_MASK"}, {oxm.ErrValue, badMatchValue},
	{oxm.ErrPrereq, "OFPBMC_BAD_PREREQ"}, {oxm.ErrDuplicate, "OFPBMC_DUP_FIELD"},
	{oxm.ErrFamily, "OFPBAC_MATCH_INCONSISTENT"},
}

// matchCode is the code of an error of oxm.
func matchCode(err error) string {
	for _, c := range matchCodes {
		if errors.Is(err, c.err) {
			return c.name
		}
	}
	return badMatchLen
}

// flowOf takes a match apart and refuses what a switch refuses.
func flowOf(m oxm.Match) (*oxm.Flow, error) {
	var w oxm.Flow
	for rest := m; len(rest) > 0; {
		t, next, err := rest.Next()
		if err == nil {
			err = w.Take(t)
		}
		if err != nil {
			return nil, m.Check() // which says where
		}
		rest = next
	}
	return &w, nil
}

// looseFlow takes a match apart that says where a packet came from.
func looseFlow(m oxm.Match) (*oxm.Flow, error) {
	var w oxm.Flow
	for rest := m; len(rest) > 0; {
		t, next, err := rest.Next()
		if err == nil {
			err = w.TakeLoose(t)
		}
		if err != nil {
			return nil, &oxm.Error{Offset: len(m) - len(rest), Field: t.Field.Name(), Err: err}
		}
		rest = next
	}
	return &w, nil
}

// flow10 is a match of OpenFlow 1.0. It may have what no match of later versions can: ports without a protocol.
func flow10(m *of10.Match) *oxm.Flow {
	var w oxm.Flow
	has := func(bit of10.Wildcards) bool { return m.Wildcards&bit == 0 }
	set := func(yes bool, f oxm.Field, value ...byte) {
		if yes {
			_ = w.Set(oxm.TLV{Field: f, Value: value})
		}
	}
	half := func(v uint16) []byte { return []byte{byte(v >> 8), byte(v)} }
	set(has(of10.WildInPort), oxm.NXInPort, half(m.InPort)...)
	set(has(of10.WildDLSrc), oxm.EthSrc, m.DLSrc[:]...)
	set(has(of10.WildDLDst), oxm.EthDst, m.DLDst[:]...)
	vlan10(&w, m)
	set(has(of10.WildDLType), oxm.EthType, half(m.DLType)...)
	set(has(of10.WildNwTOS), oxm.NXIPTOS, m.NwTOS&dscpMask)
	set(has(of10.WildNwProto), oxm.IPProto, m.NwProto)
	network10(&w, oxm.IPv4Src, m.NwSrcPrefix().Bits(), m.NwSrc)
	network10(&w, oxm.IPv4Dst, m.NwDstPrefix().Bits(), m.NwDst)
	set(has(of10.WildTpSrc), oxm.TCPSrc, half(m.TpSrc)...)
	set(has(of10.WildTpDst), oxm.TCPDst, half(m.TpDst)...)
	return &w
}

const (
	dscpMask = 0xfc
	pcpBits  = 7
	wildVLAN = of10.WildVLAN | of10.WildVLANPCP
)

func vlan10(w *oxm.Flow, m *of10.Match) {
	var value, mask uint16
	switch {
	case m.Wildcards&wildVLAN == wildVLAN:
		return
	case m.Wildcards&of10.WildVLAN == 0 && m.VLAN == of10.VLANNone:
		mask = 0xffff
	default:
		value = m.VLAN&vidMask | uint16(m.VLANPCP&pcpBits)<<pcpShift | vlanCFI
		mask = vlanCFI
		if m.Wildcards&of10.WildVLAN == 0 {
			mask |= vidMask
		}
		if m.Wildcards&of10.WildVLANPCP == 0 {
			mask |= pcpMask
		}
		value &= mask
	}
	_ = w.Set(oxm.TLV{Field: oxm.NXVLANTCI, Value: []byte{byte(value >> 8), byte(value)},
		Mask: []byte{byte(mask >> 8), byte(mask)}})
}

func network10(w *oxm.Flow, f oxm.Field, bits int, ip [4]byte) {
	if bits == 0 {
		return
	}
	var mask [4]byte
	for n := range bits {
		mask[n/8] |= 0x80 >> (n % 8)
	}
	for n := range ip {
		ip[n] &= mask[n]
	}
	_ = w.Set(oxm.TLV{Field: f, Value: ip[:], Mask: mask[:]})
}

// normal10 drops what a switch ignores: fields of protocols that the match does not ask for.
func normal10(m of10.Match) of10.Match {
	drop := of10.WildNwTOS | of10.WildNwProto | of10.WildNwSrc | of10.WildNwDst | of10.WildTpSrc | of10.WildTpDst
	if m.Wildcards&of10.WildDLType == 0 {
		switch m.DLType {
		case ethIPv4:
			drop = 0
			if !hasPorts10(&m) {
				drop = of10.WildTpSrc | of10.WildTpDst
			}
		case ethARP, ethRARP:
			drop = of10.WildNwTOS | of10.WildTpSrc | of10.WildTpDst
		case ethIPv6:
			drop &^= of10.WildNwTOS | of10.WildNwProto | of10.WildTpSrc | of10.WildTpDst
			if !hasPorts10(&m) {
				drop |= of10.WildTpSrc | of10.WildTpDst
			}
		}
	}
	m.Wildcards |= drop
	return m
}

// hasPorts10 says whether tp_src and tp_dst mean something.
func hasPorts10(m *of10.Match) bool {
	if m.Wildcards&of10.WildNwProto != 0 {
		return false
	}
	switch m.NwProto {
	case protoTCP, protoUDP, protoSCTP:
		return true
	case protoICMP:
		return m.DLType == ethIPv4
	case protoICMPv6:
		return m.DLType == ethIPv6
	}
	return false
}
