package action

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/ovstest"
)

// Whatever bytes come, nothing panics or reads too far, what is accepted is the same when it is encoded again, and what
// is broken is printed too. It begins with every kind of action.
func fuzz(f *testing.F, v openflow.Version, kinds []kind) {
	g := seeded(1)
	for _, k := range kinds {
		f.Add(Encode(k(g, v)))
	}
	for range 20 {
		f.Add(g.flow(v))
	}
	_, does := ovstest.CapturedFlows(f, byte(v))
	for _, b := range does {
		f.Add(b)
	}
	match := new(oxm.Flow)
	f.Fuzz(func(t *testing.T, b []byte) {
		end := append(b[:len(b):len(b)], 0xee) // reading too far would change something
		if text, err := Format(v, b); err == nil {
			actions, err := Decode(v, b)
			require.NoError(t, err)
			require.Equal(t, string(b), string(Encode(actions...)))
			require.Equal(t, text, Text(v, end[:len(b):len(b)]))
		}
		if CheckFlow(v, match, 0, b) == nil {
			require.NoError(t, CheckInstructions(v, b))
		}
		Text(v, b)
		TextInstructions(v, b)
		if list, err := DecodeInstructions(b); err == nil {
			require.Equal(t, string(b), string(Encode(list...)))
		}
	})
}

func FuzzActions10(f *testing.F) { fuzz(f, openflow.Version10, kinds10) }
func FuzzActions13(f *testing.F) { fuzz(f, openflow.Version13, kinds13) }

// benchFlow is what a flow of a controller does.
func benchFlow() []byte {
	list := Move([]byte(nil), oxm.NXEthSrc, oxm.NXEthDst)
	list = append(list, Encode(&SetField{Entry: EntryOf(oxm.Match(nil).Uint(oxm.Reg(0), 7))}, &Output{Port: 3})...)
	return Encode(&ApplyActions{Actions: list}, &GotoTable{Table: 9})
}

func BenchmarkText(b *testing.B) {
	list := benchFlow()
	var text []byte
	b.ReportAllocs()
	for b.Loop() {
		text = AppendTextInstructions(text[:0], openflow.Version13, list)
	}
}

func BenchmarkCheck(b *testing.B) {
	list := benchFlow()
	b.ReportAllocs()
	for b.Loop() {
		require.NoError(b, CheckInstructions(openflow.Version13, list))
	}
}
