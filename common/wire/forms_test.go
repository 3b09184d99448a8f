package wire_test

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/wire"
	"github.com/vlcp-go/vlcp/common/wire/internal/sample"
)

var form = &sample.Form{Version: 4, Words: 5, Priority: 5, Drop: true, VLAN: 0xabc, Little: 0x01020304,
	Numbers: []uint16{7, 8}, Names: []sample.Name{{First: 1, Second: 2}},
	Items: []sample.Item{{Data: []byte("x")}, {Data: []byte{}}}, Temp: -2, Load: 1.5, On: true, Addr: [4]byte{10, 0, 0, 1},
	MAC: [6]byte{2, 0, 0, 0, 0, 1}, Label: [8]byte{'n'}, ID: 0xbeef, Color: 1, Percent: 50,
	Options: sample.FlagUrgent | 16,
	Urgent:  3, Raw: sample.Raw{Data: []byte{9}}, Extra: []byte{0xee}}

var formWire = []byte{4, 0, 0, 82, 0x45, 0xba, 0xbc, 4, 3, 2, 1, 2, 0, 7, 0, 8, 1, 1, 2, 0, 12,
	0, 5, 0, 0, 'x', 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0xff, 0xfe, 0x3f, 0xc0, 0, 0, 1, 10, 0, 0, 1, 2, 0, 0, 0, 0, 1, 'n', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xbe, 0xef, 1, 50,
	0, 0, 0, 17, 0, 3, 1, 9, 0, 0, 0xee}

func TestJSONBothWays(t *testing.T) {
	for _, s := range samples {
		s.m.SetKind()
		text, err := json.Marshal(s.m)
		require.NoError(t, err)
		back, err := sample.New(wire.FromJSON(text))
		require.NoError(t, err)
		require.IsType(t, s.m, back)
		require.NoError(t, json.Unmarshal(text, back))
		b, err := back.AppendWire(nil)
		require.NoError(t, err)
		require.Equal(t, s.wire, b, "%s", text)
	}
}

func TestJSONReadsWell(t *testing.T) {
	m, err := decode(t, formWire)
	require.NoError(t, err)
	text, err := json.Marshal(m)
	require.NoError(t, err)
	for _, part := range []string{`"kind":"KindForm"`, `"drop":true`, `"numbers":[7,8]`,
		`"names":[{"first":1,"second":2}]`,
		`"temp":-2`, `"load":"1.5"`, `"addr":"10.0.0.1"`, `"mac":"02:00:00:00:00:01"`, `"label":"n"`, `"id":"0xbeef"`,
		`"color":"green"`, `"percent":50`, `"options":["FlagUrgent","0x10"]`, `"raw":"0109"`, `"extra":"ee"`} {
		require.Contains(t, string(text), part)
	}
	dump := wire.Dump(m.(wire.Described))
	for _, part := range []string{"kind: KindForm\n", "names:\n  -\n    first: 1\n", "percent: 50%\n",
		"options: FlagUrgent|0x10\n"} {
		require.Contains(t, dump, part)
	}
}

func TestDamagedFormsSayWhere(t *testing.T) {
	for at := range formWire {
		_, err := decode(t, formWire[:at])
		require.Error(t, err)
		for _, v := range []byte{0, 1, 0xff} {
			b := bytes.Clone(formWire)
			b[at] = v
			_, _ = decode(t, b) // must not panic
		}
	}
	for _, c := range []struct {
		at   int
		v    byte
		want string
	}{
		{11, 0xff, "Form.Numbers: truncated"}, {20, 0xff, "Form.Items: 255: truncated"},
		{22, 99, "Item.Length: 99: truncated"},
	} {
		b := bytes.Clone(formWire)
		b[c.at] = c.v
		_, err := decode(t, b)
		require.ErrorContains(t, err, c.want)
	}
	_, err := decode(t, []byte{5, 0, 0, 7, 1, 0, 9})
	require.ErrorContains(t, err, "offset 6: Tail.B: truncated")
	require.ErrorIs(t, wire.Decode([]byte{1, 2, 3}, &sample.Name{}), wire.ErrTrailing)
}

func TestWhatDoesNotFitIsAnError(t *testing.T) {
	for want, m := range map[string]wire.Structure{
		"Form.Version: 16 in 4 bits":             &sample.Form{Version: 16},
		"Form.N: 256: too long":                  &sample.Form{Numbers: make([]uint16, 256)},
		"Form.Bytes: 65536: too long":            &sample.Form{Items: make([]sample.Item, 1<<14)},
		"Tail.C: there although":                 &sample.Tail{C: &sample.Name{}},
		"Text.Len: 256: too long":                &sample.Text{Body: make([]byte, 256)},
		"Raw.Data: 256: too long for its length": &sample.Form{Raw: sample.Raw{Data: make([]byte, 256)}},
	} {
		_, err := m.AppendWire(nil)
		require.ErrorContains(t, err, want)
	}
}

func TestWrongJSON(t *testing.T) {
	for text, want := range map[string]string{
		`[]`: "is no object", `{} x`: "left over", `{"kind":"X"}`: "neither a name", `{"kind":256}`: "does not fit",
		`{"version":{}}`: "no single value", `{"version":300}`: "does not fit", `{"temp":40000}`: "does not fit",
		`{"numbers":1}`: "is no list", `{"names":[{"x":1}]}`: `names: unknown field "x"`,
		`{"addr":"::1"}`: "16 bytes instead of 4",
		`{"mac":"x"}`:    "invalid MAC", `{"label":"too long a label"}`: "too long", `{"label":"hex:00"}`: "wrong length",
		`{"raw":"0102ff"}`: "left over", `{"extra":"x"}`: "invalid byte", `{"drop":"maybe"}`: "invalid syntax",
		`{"options":["X"]}`: "neither a name", `{"kind":"form"}`: `is "KindForm" meant?`,
		`{"other":1}`: `unknown field "other"`, `{"load":"x"}`: "invalid syntax",
		`{"color":"blue"}`: "invalid syntax", `{"header":{}}`: "unknown field",
	} {
		require.ErrorContains(t, wire.UnmarshalJSON([]byte(text), &sample.Form{}), want, text)
	}
	_, err := sample.New(wire.FromJSON([]byte(`{`)))
	require.ErrorContains(t, err, "read json")
	require.ErrorContains(t, wire.FromJSON([]byte(`{}`))(&sample.Raw{}), "no names")
	require.ErrorContains(t, json.Unmarshal([]byte(`{"words":[1,2,3]}`), &sample.Ping{}), "does not fit")
}

func TestOddValuesSurviveJSON(t *testing.T) {
	for _, m := range []*sample.Form{{Load: float32(math.Inf(1))}, {Label: [8]byte{1, 0, 2}}, {Color: 77},
		{Label: [8]byte{'h', 'e', 'x', ':'}}, {Options: 1 << 31}} {
		want, err := m.AppendWire(nil)
		require.NoError(t, err)
		text, err := wire.MarshalJSON(m)
		require.NoError(t, err)
		var back sample.Form
		require.NoError(t, wire.UnmarshalJSON(text, &back))
		got, err := back.AppendWire(nil)
		require.NoError(t, err)
		require.Equal(t, want, got, "%s", text)
	}
}

func TestLittleEndian(t *testing.T) {
	m := &sample.Small{Words: []uint64{0x0102}, Pair: [2]uint16{1, 2}, Marks: []int32{-2}}
	want := []byte{24 + 0, 0, 8, 0, 2, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff}
	want[0] = byte(len(want))
	b, err := m.AppendWire(nil)
	require.NoError(t, err)
	require.Equal(t, want, b)

	m.Count = 1 // what a condition asks for is up to the one who makes the structure
	b, err = m.AppendWire(nil)
	require.NoError(t, err)
	var back sample.Small
	require.NoError(t, wire.Decode(b, &back))
	require.Equal(t, m.Words, back.Words)
	require.Equal(t, m.Pair, back.Pair)
	require.Equal(t, m.Marks, back.Marks)
	b[0]++
	require.ErrorIs(t, wire.Decode(append(b, 0), &back), wire.ErrNoSize)
	_, err = (&sample.Small{Words: make([]uint64, 1<<13)}).AppendWire(nil)
	require.ErrorContains(t, err, "Small.Bytes: 65536: too long")
}
