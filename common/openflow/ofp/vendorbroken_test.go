package ofp

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/ovstest"
)

// damaged is a message with a part that is wrong: bytes, or its length.
func (g gen) damaged(b []byte) []byte {
	b = append([]byte(nil), b...)
	for range g.IntN(3) {
		at := openflow.HeaderLen + g.IntN(max(1, min(len(b)-openflow.HeaderLen, 120)))
		if at < len(b) {
			b[at] = pick(g, 0, 1, 0xff, b[at]+1, b[at]^0x80, byte(g.IntN(256)))
		}
	}
	switch g.IntN(4) {
	case 0:
		b = b[:openflow.HeaderLen+g.IntN(len(b)-openflow.HeaderLen+1)]
	case 1:
		b = b[:max(openflow.HeaderLen, len(b)-8*(1+g.IntN(3)))]
	case 2:
		b = append(b, g.bytes(pick(g, 8, 8, 16, 1, 4))...)
	}
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	return b
}

// What ovs-ofctl refuses of damaged messages is refused, and nothing else. The code may be another where a message has
// several faults.
func TestDamagedVendorMessages(t *testing.T) {
	g := newGen(41)
	var all [][]byte
	for _, m := range g.vendorMessages(60) {
		if len(m) < 60000 {
			all = append(all, g.damaged(m))
		}
	}
	sameDecisions(t, all)
}

func sameDecisions(t *testing.T, messages [][]byte) {
	t.Helper()
	accepted, codes, wrong := 0, 0, 0
	for n, want := range ovsMessages(t, messages) {
		got, err := FormatMessage(messages[n])
		_, code, bad := strings.Cut(want, decodeError)
		code, _, _ = strings.Cut(code, "***")
		switch {
		case bad && err != nil && refusal(err) == code:
			codes++
		case !bad && err == nil && got == want:
			accepted++
		case bad != (err != nil) || !bad:
			if wrong++; wrong < 9 {
				t.Errorf("%x\n ovs %s\n got %s %v", messages[n], want, got, err)
			}
		}
	}
	t.Logf("%d messages, %d accepted, %d refused for the same reason, %d decided otherwise", len(messages), accepted,
		codes, wrong)
	require.Zero(t, wrong)
	require.Greater(t, 10*codes, 9*(len(messages)-accepted))
}

// FuzzVendorMessage: whatever is printed is the same after a trip through JSON.
func FuzzVendorMessage(f *testing.F) {
	for _, b := range newGen(61).vendorMessages(1) {
		f.Add(b)
	}
	for _, b := range append(ovstest.Captured(f, 1), ovstest.Captured(f, 4)...) {
		if openflow.MessageType(b) == openflow.TypeExperimenter {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		text, err := FormatMessage(b)
		if err != nil {
			return
		}
		object, err := EncodeJSON(b)
		require.NoError(t, err)
		back, err := DecodeJSON(object)
		require.NoError(t, err, "%s", object)
		require.Equal(t, b, back, "%s", object)
		again, err := FormatMessage(back)
		require.NoError(t, err)
		require.Equal(t, text, again)
	})
}
