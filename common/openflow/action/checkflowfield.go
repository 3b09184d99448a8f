package action

import (
	"encoding/binary"
	"fmt"

	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// fields is about actions that name fields: whatever the version, the packets must have them.
func (s *packets) fields(a Action) error {
	switch a := a.(type) {
	case *RegMove:
		return first(s.has(a.Src.Field), s.has(a.Dst.Field))
	case *CopyField:
		return first(s.has(a.Src.Field), s.has(a.Dst.Field))
	case *SetField:
		_, value, _ := a.Entry.parts()
		return s.setField(a.Entry.field(), value)
	case *RegLoad2:
		_, value, _ := a.Entry.parts()
		return s.setField(a.Entry.field(), value)
	case *RegLoad:
		return s.setField(a.Dst.Field(), binary.BigEndian.AppendUint16(nil, uint16(a.Value<<a.Bits.Offset())))
	case *StackPush:
		return s.has(a.Field.Field)
	case *StackPop:
		return s.has(a.Field.Field)
	case *OutputReg:
		return s.has(a.Src.Field())
	case *OutputReg2:
		return s.has(a.Src.Field)
	case *BundleLoad:
		return s.has(a.Dst.Field())
	case *Multipath:
		return s.has(a.Dst.Field())
	case *DeleteField:
		if i, _ := oxm.Known(a.Field.Field); !i.Variable {
			return fmt.Errorf("%s: not a tunnel option: %w", i.Name, ErrArgument)
		}
	case *Learn:
		return s.learn(a.Specs)
	case *Learn2:
		return s.learn(a.Specs)
	case *NAT:
		return s.nat(a)
	}
	return nil
}

// has says whether the packets have a known field.
func (s *packets) has(f oxm.Field) error {
	i, _ := oxm.Known(f)
	if !s.flow.Meets(i.Prereq) {
		return fmt.Errorf("%s: %w: %s is needed", i.Name, ErrMatch, i.Prereq)
	}
	return nil
}

// setField is about the value of a field that is set. The bits of a VLAN tag that are not set count as zero.
func (s *packets) setField(f oxm.Field, value []byte) error {
	i, _ := oxm.Known(f)
	switch {
	case i.Field == oxm.VLANVID && s.get(oxm.NXVLANTCI)&tagThere == 0:
		return fmt.Errorf("%s: %w: %s is needed", i.Name, ErrMatch, oxm.NeedVLAN)
	case i.Field == oxm.NXVLANTCI && s.flow.Meets(i.Prereq):
		s.set(oxm.NXVLANTCI, uint64(binary.BigEndian.Uint16(value)))
		return nil
	}
	return s.has(f)
}

func (s *packets) ct(a *CT) error {
	proto := s.get(oxm.IPProto)
	switch {
	case !s.flow.Meets(oxm.NeedIP):
		return fmt.Errorf("%w: %s is needed", ErrMatch, oxm.NeedIP)
	case s.get(oxm.CTState)&ctInvalid != 0 && a.Flags&CTCommit != 0:
		return fmt.Errorf("%w: commit of an invalid connection", ErrMatch)
	case a.Alg == CTAlgFTP && proto != protoTCP:
		return fmt.Errorf("alg: %w: tcp is needed", ErrMatch)
	case a.Alg == CTAlgTFTP && proto != protoUDP:
		return fmt.Errorf("alg: %w: udp is needed", ErrMatch)
	case a.ZoneSrc != 0:
		return s.has(a.ZoneSrc.Field())
	}
	return nil
}

func (s *packets) nat(a *NAT) error {
	need := oxm.NeedIP
	switch {
	case a.Present&NATIPv4Min != 0:
		need = oxm.NeedIPv4
	case a.Present&NATIPv6Min != 0:
		need = oxm.NeedIPv6
	}
	if !s.flow.Meets(need) {
		return fmt.Errorf("%w: %s is needed", ErrMatch, need)
	}
	return nil
}

// learn checks the bits that specs are about, and that the learned flow matches what its own parts ask for: a value
// that it matches counts for the specs behind it.
func (s *packets) learn(l LearnSpecs) error {
	var learned packets
	for n := range l.List {
		spec := &l.List[n]
		if err := first(s.learnSrc(spec), learned.learnDst(spec)); err != nil {
			return fmt.Errorf("spec %d: %w", n, err)
		}
		if spec.HasValue() && spec.Kind() == LearnDstMatch {
			learned.match(spec)
		}
	}
	return nil
}

func (s *packets) learnSrc(spec *LearnSpec) error {
	if spec.HasValue() {
		return nil
	}
	return first(source(spec.Src.Field(), int(spec.SrcOffset), spec.NBits()), s.has(spec.Src.Field()))
}

func (s *packets) learnDst(spec *LearnSpec) error {
	f, ofs, n := spec.Dst.Field(), int(spec.DstOffset), spec.NBits()
	switch spec.Kind() {
	case LearnDstMatch:
		return first(source(f, ofs, n), s.has(f))
	case LearnDstLoad:
		return first(destination(f, ofs, n), s.has(f))
	}
	return nil
}

// match adds the value of a spec, for fields on which others depend: they have no more than eight bytes.
func (s *packets) match(spec *LearnSpec) {
	i := spec.Dst.info()
	n := i.Field.Len()
	if n > 8 {
		return
	}
	var value uint64
	for _, c := range spec.value() {
		value = value<<8 | uint64(c)
	}
	bits := uint64(1)<<spec.NBits() - 1
	v, m := s.flow.Uint(i)
	v = v&^(bits<<spec.DstOffset) | value&bits<<spec.DstOffset
	m |= bits << spec.DstOffset
	var b, mask [8]byte
	binary.BigEndian.PutUint64(b[:], v)
	binary.BigEndian.PutUint64(mask[:], m)
	// Bits of a field that matches wholly or not at all change nothing.
	_ = s.flow.Set(oxm.TLV{Field: i.Field, Value: b[8-n:], Mask: mask[8-n:]})
}
