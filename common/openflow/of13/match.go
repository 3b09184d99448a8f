package of13

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/vlcp-go/vlcp/common/openflow/fieldtext"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/wire"
)

const (
	matchTypeStandard = 0
	matchTypeOXM      = 1
	matchHeadLen      = 4
	matchAlign        = 8
	standardLen       = 84
)

// ErrStandard is wrapped by errors about a match of OpenFlow 1.1 that has not the length of one.
var ErrStandard = fmt.Errorf("a match of OpenFlow 1.1 has %d bytes: %w", standardLen, wire.ErrLength)

// AppendWire appends the match with its header and padding.
func (m *Match) AppendWire(b []byte) ([]byte, error) {
	if m.Standard != nil {
		if len(m.Standard) != standardLen {
			return nil, fmt.Errorf("match of %d bytes: %w", len(m.Standard), ErrStandard)
		}
		b = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, matchTypeStandard), matchHeadLen+standardLen)
		return append(b, m.Standard...), nil
	}
	n := matchHeadLen + len(m.Fields)
	if n >= 1<<16 {
		return nil, fmt.Errorf("match of %d bytes: %w", n, wire.ErrTooLong)
	}
	return appendMatch(b, string(m.Fields)), nil
}

func appendMatch(b []byte, fields string) []byte {
	n := matchHeadLen + len(fields)
	b = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, matchTypeOXM), uint16(n))
	b = append(b, fields...)
	for ; n%matchAlign != 0; n++ {
		b = append(b, 0)
	}
	return b
}

// DecodeWire reads a match and checks that its fields can be walked.
func (m *Match) DecodeWire(r *wire.Reader) {
	typ, n := r.Uint16("Match", "Type"), int(r.Uint16("Match", "Length"))
	switch {
	case !r.OK():
		return
	case typ == matchTypeStandard && n == matchHeadLen+standardLen:
		m.Standard, m.Fields = r.Bytes(standardLen, "Match", "Standard"), nil
		return
	case typ == matchTypeStandard:
		r.Fail("Match", "Length", ErrStandard)
		return
	case typ != matchTypeOXM:
		r.Fail("Match", "Type", fmt.Errorf("%d is not OXM", typ))
		return
	case n < matchHeadLen:
		r.Fail("Match", "Length", wire.ErrLength)
		return
	}
	fields := oxm.Match(r.Peek(n - matchHeadLen))
	if !fields.Walks() {
		m.fail(r, fields)
		return
	}
	m.Fields, m.Standard = oxm.Match(r.Bytes(n-matchHeadLen, "Match", "Fields")), nil
	r.Bytes((matchAlign-n%matchAlign)%matchAlign, "Match", "padding")
}

// fail says where fields cannot be read; Check may find something before.
func (m *Match) fail(r *wire.Reader, fields oxm.Match) {
	var e *oxm.Error
	if err := fields.Check(); errors.As(err, &e) {
		r.Bytes(e.Offset, "Match", "Fields")
		r.Fail("Match", "Fields", e.Err)
	}
}

// WireFields hands the fields to f, by the names of their headers.
func (m *Match) WireFields(f *wire.Fields) {
	if m.Standard != nil || f.Has("standard") {
		wire.Bytes(f, "standard", &m.Standard)
		return
	}
	wire.Custom(f, "fields", &m.Fields, fieldtext.FormatEntries, fieldtext.ParseEntries)
}
