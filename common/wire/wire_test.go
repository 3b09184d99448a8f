package wire_test

import (
	"errors"
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
		[]byte{1, 0, 0, 37, 1, 2, 3, 4, 5, 6, 7, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 5, 1, 2, 3, 4, 5, 6, 0, 0, 0, 9, 0, 0, 0,
			10}},
	{&sample.List{Items: []sample.Item{{Name: sample.Name{First: 1, Second: 2}, Data: []byte("x")}, {Data: []byte{}}}},
		[]byte{2, 0, 0, 13, 0, 5, 1, 2, 'x', 0, 4, 0, 0}},
	{&sample.Text{Body: []byte("hey"), Tail: []byte("!")}, []byte{3, 0, 0, 9, 3, 'h', 'e', 'y', '!'}},
	{form, formWire},
	{&sample.Tail{A: 1}, []byte{5, 0, 0, 6, 1, 0}},
	{&sample.Tail{A: 1, B: new(uint32(2)), C: &sample.Name{First: 3, Second: 4}}, []byte{5, 0, 0, 12, 1, 0, 2, 0, 0,
		0, 3, 4}},
	{&sample.AskTime{Talk: sample.Talk{Topic: 1}, Zone: []byte("UTC")}, []byte{6, 0, 0, 8, 1, 'U', 'T', 'C'}},
	{&sample.AskTime{Zone: []byte{0}}, []byte{6, 0, 0, 6, 1, 0}},
	{&sample.OtherTalk{Talk: sample.Talk{Header: sample.Header{Kind: sample.KindTell}, Topic: 9}, Data: []byte{1}},
		[]byte{7, 0, 0, 6, 9, 1}},
}

func decode(t *testing.T, b []byte) (wire.Structure, error) {
	t.Helper()
	s, err := sample.New(wire.FromBytes(b))
	if err != nil {
		return nil, err
	}
	if s == nil {
		return nil, errors.New("unknown kind")
	}
	r := wire.NewReader(b)
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
		{append(append([]byte{1, 0, 0, 38}, samples[0].wire[4:]...), 0), "offset 37: Ping.end: 1 bytes left over",
			wire.ErrTrailing},
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
		for _, s := range []message{&sample.Ping{}, &sample.List{}, &sample.Text{}, &sample.Form{}, &sample.Tail{}} {
			r := wire.NewReader(b)
			s.DecodeWire(r)
			if r.Err() == nil {
				_, err := s.AppendWire(nil)
				require.NoError(t, err)
			}
		}
	})
}
