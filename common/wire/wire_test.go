package wire_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/wire"
	"github.com/vlcp-go/vlcp/common/wire/internal/sample"
)

// message is a structure that knows its kind.
type message interface {
	wire.Structure
	SetKind()
}

var samples = []struct {
	m    message
	wire []byte
}{
	{&sample.Ping{A: 1, B: 0x0203, C: 0x04050607, D: 8, Flags: 5, MAC: [6]byte{1, 2, 3, 4, 5, 6}, Words: [2]uint32{9, 10}},
		[]byte{1, 0, 0, 37, 1, 2, 3, 4, 5, 6, 7, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 5, 1, 2, 3, 4, 5, 6, 0, 0, 0, 9, 0, 0, 0, 10}},
	{&sample.List{Items: []sample.Item{{Name: sample.Name{First: 1, Second: 2}, Data: []byte("x")}, {Data: []byte{}}}},
		[]byte{2, 0, 0, 13, 0, 5, 1, 2, 'x', 0, 4, 0, 0}},
	{&sample.Text{Body: []byte("hey"), Tail: []byte("!")}, []byte{3, 0, 0, 9, 3, 'h', 'e', 'y', '!'}},
}

func decode(t *testing.T, b []byte) (wire.Structure, error) {
	t.Helper()
	var h sample.Header
	r := wire.NewReader(b)
	h.DecodeWire(r)
	if r.Err() != nil {
		return nil, r.Err()
	}
	s, ok := sample.Pick(&h).(wire.Structure)
	require.True(t, ok)
	r = wire.NewReader(b)
	s.DecodeWire(r)
	return s, r.Err()
}

func TestRoundTrip(t *testing.T) {
	for _, s := range samples {
		s.m.SetKind()
		b, err := s.m.AppendWire(nil)
		require.NoError(t, err)
		require.Equal(t, s.wire, b)
		back, err := decode(t, b)
		require.NoError(t, err)
		require.IsType(t, s.m, back)
		again, err := back.AppendWire([]byte("before"))
		require.NoError(t, err)
		require.Equal(t, append([]byte("before"), b...), again)
	}
}

func TestDamagedBytesSayWhere(t *testing.T) {
	for _, c := range []struct {
		b    []byte
		want string
		is   error
	}{
		{[]byte{1, 0, 0}, "offset 2: Header.Length: truncated", wire.ErrTruncated},
		{[]byte{1, 0, 0, 99, 0}, "offset 4: Ping.Length: 99: truncated", wire.ErrTruncated},
		{[]byte{1, 0, 0, 3}, "offset 4: Ping.Length: 3: wrong length", wire.ErrLength},
		{[]byte{2, 0, 0, 8, 0, 1, 0, 0}, "offset 6: Item.Length: 1: wrong length", wire.ErrLength},
		{[]byte{2, 0, 0, 8, 0, 9, 0, 0}, "offset 6: Item.Length: 9: truncated", wire.ErrTruncated},
		{[]byte{3, 0, 0, 6, 5, 'x'}, "offset 5: Text.Body: truncated", wire.ErrTruncated},
		{append(append([]byte{1, 0, 0, 38}, samples[0].wire[4:]...), 0), "offset 37: Ping.end: 1 bytes left over", wire.ErrTrailing},
	} {
		_, err := decode(t, c.b)
		require.ErrorContains(t, err, c.want)
		require.ErrorIs(t, err, c.is)
	}
}

func TestWhatIsTooLongIsAnErrorNotAWrongLength(t *testing.T) {
	_, err := (&sample.Item{Data: make([]byte, 1<<16)}).AppendWire(nil)
	require.ErrorIs(t, err, wire.ErrTooLong)
}

func TestNames(t *testing.T) {
	require.Equal(t, "KindPing", sample.KindPing.String())
	require.Equal(t, "77", sample.Kind(77).String())
	require.Equal(t, "FlagUrgent|FlagLast|0x10", (sample.FlagUrgent | sample.FlagLast | 16).String())
	require.Equal(t, "0", sample.Flags(0).String())
}

func FuzzDecode(f *testing.F) {
	for _, s := range samples {
		f.Add(s.wire)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, s := range []message{&sample.Ping{}, &sample.List{}, &sample.Text{}} {
			r := wire.NewReader(b)
			s.DecodeWire(r)
			if r.Err() == nil {
				_, err := s.AppendWire(nil)
				require.NoError(t, err)
			}
		}
	})
}
