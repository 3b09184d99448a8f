package wire_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/wire"
	"github.com/vlcp-go/vlcp/common/wire/internal/sample"
)

func bag() *sample.Bag {
	return &sample.Bag{Known: []wire.Described{&sample.FactNumber{N: 7}},
		Short: sample.Short{Type: 5, Value: []byte("sw")},
		Entries: []wire.Described{&sample.EntryName{Name: []byte("a")}, &sample.EntryNumber{N: 9},
			&sample.OtherEntry{Entry: sample.Entry{Type: 77}, Data: []byte{1}}}}
}

var bagWire = []byte{8, 0, 0, 24, 0, 4, 1, 0, 7, 0, 10, 2, 's', 'w', 1, 3, 'a', 2, 4, 0, 9, 77, 3, 1}

const bagJSON = `{"kind":"KindBag","length":24,"size":4,"known":[{"what":1,"n":7}],` +
	`"short":{"type":5,"length":2,"value":"sw"},"entries":[{"type":"EntryTypeName","length":3,"name":"a"},` +
	`{"type":"EntryTypeNumber","length":4,"n":9},{"type":77,"length":3,"data":"01"}]}`

// The elements of a list are each of a kind of its own, in bytes, JSON and text.
func TestListsOfKinds(t *testing.T) {
	in := bag()
	in.SetKind()
	b, err := in.AppendWire(nil)
	require.NoError(t, err)
	require.Equal(t, bagWire, b)

	var out sample.Bag
	require.NoError(t, wire.Decode(b, &out))
	require.IsType(t, &sample.EntryNumber{}, out.Entries[1])
	text, err := json.Marshal(&out)
	require.NoError(t, err)
	require.Equal(t, bagJSON, string(text))
	require.Contains(t, wire.Dump(&out), "entries:\n  -\n    type: EntryTypeName\n")

	var again sample.Bag
	require.NoError(t, json.Unmarshal(text, &again))
	require.Equal(t, out, again)
	require.NoError(t, json.Unmarshal([]byte(strings.ReplaceAll(bagJSON, `"length":3,`, "")), &sample.Bag{}))
}

func TestWhatIsWrongInListsOfKinds(t *testing.T) {
	for at, want := range map[int]string{6: "offset 6: Bag.Known: unknown kind", 15: "offset 24: Entry.Length: truncated",
		18: "EntryNumber", 22: "OtherEntry.Length"} {
		b := append([]byte(nil), bagWire...)
		b[at] = 9
		require.ErrorContains(t, wire.Decode(b, &sample.Bag{}), want)
	}
	require.ErrorContains(t, wire.Decode([]byte{8, 0, 0, 9, 0, 0, 0, 0, 1}, &sample.Bag{}), "truncated")
	for text, want := range map[string]string{`{"known":[{"what":2}]}`: "known: unknown kind",
		`{"entries":[{"type":1,"n":2}]}`: `unknown field "n"`, `{"entries":[1]}`: "is no object"} {
		require.ErrorContains(t, json.Unmarshal([]byte(text), &sample.Bag{}), want)
	}
	_, err := (&sample.Bag{Entries: []wire.Described{nil}}).AppendWire(nil)
	require.ErrorIs(t, err, wire.ErrKind)
	_, err = json.Marshal(&sample.Bag{Entries: []wire.Described{nil}})
	require.ErrorIs(t, err, wire.ErrKind)
	_, err = (&sample.Bag{Short: sample.Short{Value: make([]byte, 512)}}).AppendWire(nil)
	require.ErrorIs(t, err, wire.ErrRange, "nine bits")
}
