package of14

import (
	"encoding/hex"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

var hello = []byte{5, 0, 0, 8, 0, 0, 0, 0x77}

func samples() map[string]Message {
	return map[string]Message{
		"bundle_id=0x9 type=COMMIT_REQUEST flags=atomic ordered": &BundleControl{Bundle: 9, Control: BundleCommitRequest,
			Flags: BundleAtomic | BundleOrdered},
		"type=OPEN_REPLY flags=0x8": &BundleControl{Control: BundleOpenReply, Flags: 8, Properties: make([]byte, 16)},
		// ovs-ofctl takes only what makes sense in a bundle; the bytes are all right
		"OFPBFC_MSG_UNSUP": &BundleAdd{Bundle: 3, Message: hello},
	}
}

func TestMessages(t *testing.T) {
	for want, m := range samples() {
		m.SetXid(0x77)
		b, err := Append(nil, m)
		require.NoError(t, err)
		back, err := Decode(b)
		require.NoError(t, err)
		require.IsType(t, m, back)
		require.Equal(t, uint32(0x77), back.TransactionID())
		text, err := EncodeJSON(back)
		require.NoError(t, err)
		fromText, err := DecodeJSON(text)
		require.NoError(t, err)
		again, err := Append(nil, fromText)
		require.NoError(t, err)
		require.Equal(t, b, again)
		out, err := exec.Command("ovs-ofctl", "ofp-print", hex.EncodeToString(b)).CombinedOutput()
		require.NoError(t, err)
		require.Contains(t, string(out), want)
	}
}

func TestInner(t *testing.T) {
	m := &BundleAdd{Message: append(hello[:8:8], 0xff, 0xff, 0, 8, 0, 0, 0, 1)}
	inner, rest, ok := m.Inner()
	require.True(t, ok)
	require.Equal(t, hello, inner)
	require.Len(t, rest, 8)
	for _, bad := range [][]byte{nil, hello[:7], {5, 0, 0, 9, 0, 0, 0, 0}, {5, 0, 0, 7, 0, 0, 0, 0}} {
		m.Message = bad
		_, _, ok := m.Inner()
		require.False(t, ok)
	}
}

func TestUnknown(t *testing.T) {
	_, err := Decode(hello)
	require.ErrorIs(t, err, ErrUnknown)
	_, err = DecodeJSON([]byte(`{"version":5,"type":1}`))
	require.ErrorIs(t, err, ErrUnknown)
	_, err = Decode(hello[:5])
	require.Error(t, err)
}

func FuzzDecode(f *testing.F) {
	for _, m := range samples() {
		b, err := Append(nil, m)
		require.NoError(f, err)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Decode(b)
		if err != nil {
			return
		}
		out, err := Append(nil, m)
		require.NoError(t, err)
		again, err := Decode(out)
		require.NoError(t, err)
		require.Equal(t, m, again)
	})
}
