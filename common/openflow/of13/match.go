package of13

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/wire"
)

const (
	matchTypeOXM = 1
	matchHeadLen = 4
	matchAlign   = 8
)

// AppendWire appends the match with its header and padding.
func (m *Match) AppendWire(b []byte) ([]byte, error) {
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
	case typ != matchTypeOXM:
		r.Fail("Match", "Type", fmt.Errorf("%d is not OXM", typ))
		return
	case n < matchHeadLen:
		r.Fail("Match", "Length", wire.ErrLength)
		return
	}
	m.Fields = oxm.Match(r.Bytes(n-matchHeadLen, "Match", "Fields"))
	r.Bytes((matchAlign-n%matchAlign)%matchAlign, "Match", "padding")
	for rest := m.Fields; len(rest) > 0 && r.OK(); {
		_, next, err := rest.Next()
		if err != nil {
			r.Fail("Match", "Fields", m.Fields.Check()) // which may find something before
		}
		rest = next
	}
}

// WireFields hands the fields to f: as bytes, or by their names in a dump.
func (m *Match) WireFields(f *wire.Fields) {
	if !wire.Shown(f, "fields", m.Fields, formatFields) {
		wire.Bytes(f, "fields", &m.Fields)
	}
}

func formatFields(m oxm.Match) string {
	var out []string
	for t := range m.All() {
		s := fmt.Sprintf("%s=%x", t.Field, t.Value)
		if t.Mask != nil {
			s += fmt.Sprintf("/%x", t.Mask)
		}
		out = append(out, s)
	}
	return strings.Join(out, ",")
}
