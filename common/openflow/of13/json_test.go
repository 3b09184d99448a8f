package of13

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/ovstest"
)

// Lists are text of ovs-ofctl where that says everything, and come back byte for byte in any case.
func TestListsInJSON(t *testing.T) {
	out := Actions(nil).SetField(oxm.Match(nil).Uint(oxm.Reg(1), 7)).Output(3, 0)
	odd := Actions(nil).Output(3, 9) // a length that the text of a port does not have
	for want, a := range map[string]Actions{
		"set_field:0x7->reg1,output:3":          out,
		"ActionOutput:000000030009000000000000": odd,
		"ActionOutput:ffffffff0000000000000000": Actions(nil).Output(PortAny, 0), // refused by switches
		"":                                      nil,
	} {
		require.Equal(t, want, formatActions(a))
		again, err := parseActions(want)
		require.NoError(t, err)
		require.Equal(t, string(a), string(again))
	}
	for want, i := range map[string]Instructions{
		"set_field:0x7->reg1,output:3,goto_table:9":                        Instructions(nil).Apply(out).Goto(9),
		"InstructionGotoTable:09000000 InstructionMeter:00000001":          Instructions(nil).Goto(9).Meter(1),
		"InstructionApplyActions:0000000000000010000000030009000000000000": Instructions(nil).Apply(odd),
	} {
		require.Equal(t, want, formatInstructions(i))
		again, err := parseInstructions(want)
		require.NoError(t, err)
		require.Equal(t, string(i), string(again))
	}
}

func FuzzListsInJSON(f *testing.F) {
	f.Add([]byte(Actions(nil).Output(3, 0)))
	f.Add([]byte(Instructions(nil).Apply(Actions(nil).Output(3, 0)).Goto(9)))
	_, does := ovstest.CapturedFlows(f, 4)
	for _, b := range does {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := parseActions(formatActions(b))
		require.NoError(t, err)
		require.Equal(t, string(b), string(a))
		i, err := parseInstructions(formatInstructions(b))
		require.NoError(t, err)
		require.Equal(t, string(b), string(i))
	})
}
