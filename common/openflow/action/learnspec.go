package action

import (
	"encoding/binary"

	"github.com/vlcp-go/vlcp/common/wire"
)

// NBits is how many bits the spec is about.
func (s *LearnSpec) NBits() int { return int(s.Header & LearnNBits) }

// HasValue says whether the bits are in the spec, and not those of a field of the packet.
func (s *LearnSpec) HasValue() bool { return s.Header&LearnSrcMask == LearnSrcValue }

// Kind is one of LearnDstMatch, LearnDstLoad and LearnDstOutput.
func (s *LearnSpec) Kind() uint16 { return s.Header & LearnDstMask }

// hasDst says whether the spec has a field that it is about.
func (s *LearnSpec) hasDst() bool { return s.Kind() == LearnDstMatch || s.Kind() == LearnDstLoad }

// valueLen is the length of Value in bytes.
func (s *LearnSpec) valueLen() int { return 2 * ((s.NBits() + 15) / 16) }

// AppendWire appends the spec.
func (s *LearnSpec) AppendWire(b []byte) ([]byte, error) {
	b = binary.BigEndian.AppendUint16(b, s.Header)
	if s.HasValue() {
		if len(s.Value) != s.valueLen() {
			return nil, &wire.Error{Offset: len(b), Struct: "LearnSpec", Field: "Value", Err: wire.ErrLength}
		}
		b = append(b, s.Value...)
	} else {
		b = binary.BigEndian.AppendUint32(b, uint32(s.Src))
		b = binary.BigEndian.AppendUint16(b, s.SrcOffset)
	}
	if s.hasDst() {
		b = binary.BigEndian.AppendUint32(b, uint32(s.Dst))
		b = binary.BigEndian.AppendUint16(b, s.DstOffset)
	}
	return b, nil
}

// DecodeWire reads it.
func (s *LearnSpec) DecodeWire(r *wire.Reader) {
	s.Header = r.Uint16("LearnSpec", "Header")
	if s.HasValue() {
		s.Value = r.Bytes(s.valueLen(), "LearnSpec", "Value")
	} else {
		s.Src = NXMHeader(r.Uint32("LearnSpec", "Src"))
		s.SrcOffset = r.Uint16("LearnSpec", "SrcOffset")
	}
	if s.hasDst() {
		s.Dst = NXMHeader(r.Uint32("LearnSpec", "Dst"))
		s.DstOffset = r.Uint16("LearnSpec", "DstOffset")
	}
}

// AppendWire appends the specs.
func (l *LearnSpecs) AppendWire(b []byte) ([]byte, error) {
	for i := range l.List {
		var err error
		if b, err = l.List[i].AppendWire(b); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// DecodeWire reads specs up to the end, or to one of zeros, which it leaves.
func (l *LearnSpecs) DecodeWire(r *wire.Reader) {
	for head := r.Peek(2); head != nil && head[0]|head[1] != 0; head = r.Peek(2) {
		var s LearnSpec
		s.DecodeWire(r)
		l.List = append(l.List, s)
	}
}
