package pipeline

import (
	"encoding/binary"
	"net/netip"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// Rows of the table own.

// AskedMAC asks for the MAC in question.
func (m Matcher) AskedMAC(mac model.MAC) Matcher {
	return m.Reg(RegMACHigh, uint32(binary.BigEndian.Uint16(mac[:]))).Reg(RegMACLow, binary.BigEndian.Uint32(mac[2:]))
}

// Asked asks for the address in question to be in p.
func (m Matcher) Asked(p netip.Prefix) Matcher {
	reg, family := RegIPv4, uint32(familyIPv4)
	if p.Addr().Is6() {
		reg, family = RegIPv6, familyIPv6
	}
	m = m.Reg(RegFamily, family)
	words := p.Masked().Addr().AsSlice()
	for bits := p.Bits(); bits > 0; bits, words, reg = bits-32, words[4:], reg+1 {
		word := uint64(binary.BigEndian.Uint32(words))
		if bits >= 32 {
			m.m = m.own().Uint(oxm.Reg(reg), word)
			continue
		}
		m.m = m.own().UintMasked(oxm.Reg(reg), word, uint64(^uint32(0)<<(32-bits)))
	}
	return m
}

// Pass says that what was asked is the port's.
func (d Actions) Pass() Actions { return d.LoadReg(RegVerdict, 0) }

// TakeReason says that only the MAC is: the asker's reason stands, if it has one.
func (d Actions) TakeReason() Actions {
	return d.with(nicira.Move(d.own(), oxm.Reg(RegReason), oxm.Reg(RegVerdict)))
}
