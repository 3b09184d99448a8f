package fieldtext

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// FormatEntries writes every field of a match as it stands, in its order and under the name of its header, with the
// value as ovs-ofctl writes it: OXM_OF_IN_PORT=1,OXM_OF_IPV4_SRC=10.0.0.0/8. A field of which that does not say all is
// 0xHEADER=BYTES, what is no match at all is bytes in hexadecimal. ParseEntries reads it back to the same bytes.
func FormatEntries(m oxm.Match) string {
	if !m.Walks() {
		return hex.EncodeToString(m)
	}
	var b []byte
	for rest := m; len(rest) > 0; {
		t, next, _ := rest.Next()
		raw := rest[:len(rest)-len(next)]
		if len(b) > 0 {
			b = append(b, ',')
		}
		if text, ok := formatEntry(t, raw); ok {
			b = append(b, text...)
		} else {
			b = fmt.Appendf(b, "%#08x=%x", binary.BigEndian.Uint32(raw), []byte(raw[entryHeadLen:]))
		}
		rest = next
	}
	return string(b)
}

const entryHeadLen = 4

// formatEntry is a field by its name, if reading that gives the same bytes.
func formatEntry(t oxm.TLV, raw oxm.Match) (string, bool) {
	i := t.Field.Info()
	if i == nil {
		return "", false
	}
	n := slices.Index(i.Fields, t.Field)
	if n < 0 {
		return "", false
	}
	text := i.Headers[n] + "=" + FormatField(t.Field, t.Value, t.Mask)
	again, err := ParseEntries(text)
	return text, err == nil && bytes.Equal(again, raw)
}

// ParseEntries reads what FormatEntries writes.
func ParseEntries(text string) (oxm.Match, error) {
	if !strings.Contains(text, "=") {
		return hex.DecodeString(text)
	}
	m := oxm.Match{}
	for rest, offset := text, 0; ; {
		var p Pair
		var ok bool
		if p, rest, offset, ok = NextPair(rest, offset); !ok {
			return m, nil
		}
		var err error
		if m, err = appendEntry(m, p); err != nil {
			return nil, fmt.Errorf("match at offset %d: %s: %w", p.Offset, p.Key, err)
		}
	}
}

func appendEntry(m oxm.Match, p Pair) (oxm.Match, error) {
	if digits, ok := strings.CutPrefix(p.Key, "0x"); ok {
		head, err := hex.DecodeString(digits)
		body, err2 := hex.DecodeString(p.Value)
		if err != nil || err2 != nil || len(head) != entryHeadLen {
			return nil, fmt.Errorf("%q: expected a header of eight hexadecimal digits and the bytes after it", p.Value)
		}
		return append(append(m, head...), body...), nil
	}
	i := oxm.FieldByHeader(p.Key)
	if i == nil {
		return nil, fmt.Errorf("expected the name of a header, such as OXM_OF_IN_PORT")
	}
	f := i.Fields[slices.Index(i.Headers, p.Key)]
	value, mask, err := ParseField(i, p.Value)
	if err != nil {
		return nil, err
	}
	if mask != nil && AllBytes(mask, 0xff) {
		mask = nil
	}
	return m.Add(oxm.TLV{Field: f, Value: value, Mask: mask}), nil
}
