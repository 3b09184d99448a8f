package action

import (
	"bytes"
	"encoding/binary"
	"strings"

	"github.com/vlcp-go/vlcp/common/openflow/fieldtext"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// parseSetField reads VALUE[/MASK]->FIELD.
func parseSetField(l *list, a arg) error {
	value, key, ok := a.cut("->")
	if !ok || key.s == "" || value.s == "" {
		return a.errorf("%q: expected VALUE->FIELD", a.s)
	}
	i := oxm.FieldByName(key.s)
	if i == nil || i.Foreign {
		return key.errorf("field %q is unknown: expected one of ovs-fields(7)", key.s)
	}
	if err := writable(key, i); err != nil {
		return err
	}
	v, mask, err := fieldtext.ParseField(i, value.s)
	if err == nil {
		err = i.Check(v, mask)
	}
	if err != nil {
		return value.errorf("value of %s: %w", i.Name, err)
	}
	if err := l.setFieldAllowed(key, i, v); err != nil {
		return err
	}
	return l.setField(i, v, mask)
}

// setFieldAllowed checks that the match has what the field needs, and notes what becomes of the VLAN.
func (l *list) setFieldAllowed(key arg, i *oxm.Info, v []byte) error {
	if !i.InOF10(nil) {
		if err := l.narrow(key, FormatNXM|FormatOF13, ErrVersion); err != nil {
			return err
		}
	}
	if err := l.prereq(key, i); err != nil || l.packet == nil {
		return err
	}
	if i.Field == oxm.VLANVID && !l.packet.tags[0] {
		return key.errorf("field vlan_vid: %w: expected %s", ErrMatch, oxm.NeedVLAN)
	}
	if i.Field == oxm.NXVLANTCI {
		l.packet.tag(v[0]&0x10 != 0)
	}
	return nil
}

// setField appends the action that sets a field: set_field, the action of OpenFlow 1.0 for the field, or one of Nicira
// where there is no such action or only some bits are set.
func (l *list) setField(i *oxm.Info, v, mask []byte) error {
	l.dst = i
	switch {
	case mask != nil:
		return l.load(i, v, mask)
	case !l.is10():
		return l.setWhole(i, v)
	}
	old, err := l.setField10(i, v)
	if old || err != nil {
		return err
	}
	return l.load(i, v, allOnes(len(v)))
}

// setWhole appends set_field.
func (l *list) setWhole(i *oxm.Info, v []byte) error {
	f := i.Field
	if i.Variable {
		v = trim(v)
		f = oxm.TunMetadata(tunOption(f), len(v))
	}
	return l.add(&SetField{Entry: entry(f, v, nil)})
}

func allOnes(n int) []byte { return bytes.Repeat([]byte{0xff}, n) }

// load appends reg_load for each row of bits in the mask, or one reg_load2 where there is no room for the header.
func (l *list) load(i *oxm.Info, v, mask []byte) error {
	if i.Variable || nxField(i).Class() == oxm.ClassExperimenter {
		return l.load2(i, v, mask)
	}
	for from := 0; from < i.Bits; {
		if !bit(mask, from) {
			from++
			continue
		}
		n := 1
		for n < 64 && from+n < i.Bits && bit(mask, from+n) {
			n++
		}
		value := uint64(0)
		for k := range n {
			if bit(v, from+k) {
				value |= 1 << k
			}
		}
		b := subfield{i, from, n}
		if err := l.add(&RegLoad{Bits: b.span(), Dst: nxm(i), Value: value}); err != nil {
			return err
		}
		from += n
	}
	return nil
}

// entry is a field with its value.
func entry(f oxm.Field, v, mask []byte) Entry {
	return EntryOf(oxm.Match(nil).Add(oxm.TLV{Field: f, Value: v, Mask: mask}))
}

func (l *list) load2(i *oxm.Info, v, mask []byte) error {
	f := nxField(i)
	if fieldtext.AllBytes(mask, 0xff) {
		mask = nil
	}
	if i.Variable {
		n := max(len(trim(v)), len(trim(mask)))
		f = oxm.TunMetadata(tunOption(f), n)
		if v = v[len(v)-n:]; mask != nil {
			mask = mask[len(mask)-n:]
		}
	}
	return l.add(&RegLoad2{Entry: entry(f, v, mask)})
}

// tunOption is the number of a tunnel option.
func tunOption(f oxm.Field) int { return int(f.Number()) - int(oxm.TunMetadata(0, 1).Number()) }

func trim(b []byte) []byte {
	for len(b) > 0 && b[0] == 0 {
		b = b[1:]
	}
	return b
}

// setField10 appends the action that OpenFlow 1.0 has for a field; done is false if it has none.
func (l *list) setField10(i *oxm.Info, v []byte) (done bool, err error) {
	switch i.Field {
	case oxm.NXVLANTCI:
		tci := binary.BigEndian.Uint16(v)
		if tci&0x1000 == 0 {
			return true, l.add(&StripVLAN10{})
		}
		if err := l.add(&SetVLANVID10{VID: tci & 0xfff}); err != nil {
			return true, err
		}
		return true, l.add(&SetVLANPCP10{PCP: uint8(tci >> 13)})
	case oxm.VLANVID:
		return true, l.add(&SetVLANVID10{VID: binary.BigEndian.Uint16(v) & 0xfff})
	case oxm.VLANPCP:
		return true, l.add(&SetVLANPCP10{PCP: v[0]})
	case oxm.EthSrc:
		return true, l.add(&SetDLSrc10{MAC: [6]byte(v)})
	case oxm.EthDst:
		return true, l.add(&SetDLDst10{MAC: [6]byte(v)})
	case oxm.IPv4Src:
		return true, l.add(&SetNwSrc10{IP: [4]byte(v)})
	case oxm.IPv4Dst:
		return true, l.add(&SetNwDst10{IP: [4]byte(v)})
	case oxm.NXIPTOS:
		return true, l.add(&SetNwTOS10{TOS: v[0]})
	case oxm.IPDSCP:
		return true, l.add(&SetNwTOS10{TOS: v[0] << 2})
	case oxm.TCPSrc, oxm.UDPSrc:
		return true, l.add(&SetTpSrc10{Port: binary.BigEndian.Uint16(v)})
	case oxm.TCPDst, oxm.UDPDst:
		return true, l.add(&SetTpDst10{Port: binary.BigEndian.Uint16(v)})
	}
	return false, nil
}

// parseLoad reads VALUE->FIELD[BITS].
func parseLoad(l *list, a arg) error {
	value, key, ok := a.cut("->")
	if !ok || key.s == "" {
		return a.errorf("%q: expected VALUE->FIELD[BITS]", a.s)
	}
	dst, err := key.subfield()
	if err != nil {
		return err
	}
	if err := writable(key, dst.info); err != nil {
		return err
	}
	n, err := value.number(dst.info)
	if err == nil {
		err = value.fits(n, dst.n)
	}
	if err != nil {
		return named("value", err)
	}
	v, mask := make([]byte, len(n)), make([]byte, len(n))
	for k := range dst.n {
		setBit(mask, dst.ofs+k)
		if bit(n, k) {
			setBit(v, dst.ofs+k)
		}
	}
	if err := l.loadAllowed(key, dst.info, v); err != nil {
		return err
	}
	l.dst = dst.info
	return l.load(dst.info, v, mask)
}

// loadAllowed is setFieldAllowed for load, which every kind of flow-mod can have.
func (l *list) loadAllowed(key arg, i *oxm.Info, v []byte) error {
	usable := l.usable
	defer func() { l.usable = usable }()
	l.usable = formatsAll
	return l.setFieldAllowed(key, i, v)
}

// parseMove reads FIELD[BITS]->FIELD[BITS].
func parseMove(l *list, a arg) error {
	src, dst, err := a.move()
	if err == nil {
		err = l.source(a, src)
	}
	if err == nil {
		err = l.target(a, dst)
	}
	if err != nil {
		return err
	}
	l.dst = dst.info
	return l.add(&RegMove{NBits: uint16(dst.n), SrcOffset: uint16(src.ofs), DstOffset: uint16(dst.ofs),
		Src: header(src.info), Dst: header(dst.info)})
}

func (a arg) move() (src, dst subfield, err error) {
	src, rest, err := a.leadingSubfield()
	if err != nil {
		return src, dst, err
	}
	if !strings.HasPrefix(rest.s, "->") {
		return src, dst, rest.errorf("%q: expected -> after the source", rest.s)
	}
	if dst, err = rest.from(2).subfield(); err != nil {
		return src, dst, err
	}
	if src.n != dst.n {
		err = a.errorf("%q: %d bits do not go into %d: expected as many", a.s, src.n, dst.n)
	}
	return src, dst, err
}

func parsePush(l *list, a arg) error {
	b, err := a.subfield()
	if err == nil {
		err = l.source(a, b)
	}
	if err != nil {
		return err
	}
	return l.add(&StackPush{Offset: uint16(b.ofs), Field: header(b.info), NBits: uint16(b.n)})
}

func parsePop(l *list, a arg) error {
	b, err := a.subfield()
	if err == nil {
		err = l.target(a, b)
	}
	if err != nil {
		return err
	}
	return l.add(&StackPop{Offset: uint16(b.ofs), Field: header(b.info), NBits: uint16(b.n)})
}

func parseDeleteField(l *list, a arg) error {
	i, err := a.field()
	if err != nil {
		return err
	}
	if !i.Variable {
		return a.errorf("field %s: expected tun_metadata0 to tun_metadata63", i.Name)
	}
	return l.add(&DeleteField{Field: header(i)})
}

// parseCheckPktLarger reads LENGTH)->FIELD[BIT].
func parseCheckPktLarger(l *list, a arg) error {
	length, key, ok := a.cut("->")
	if !ok || key.s == "" {
		return a.errorf("%q: expected check_pkt_larger(LENGTH)->FIELD[BIT]", a.s)
	}
	length.s = strings.TrimSuffix(length.s, ")")
	dst, err := key.subfield()
	if err != nil {
		return err
	}
	if dst.n != 1 {
		return key.errorf("%q: expected one bit", key.s)
	}
	if err := writable(key, dst.info); err != nil {
		return err
	}
	n, err := length.u16()
	if err != nil {
		return err
	}
	return l.add(&CheckPktLarger{PktLen: n, Offset: uint16(dst.ofs), Dst: header(dst.info)})
}
