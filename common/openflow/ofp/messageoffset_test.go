package ofp

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// What is refused is said with its place.
func TestRefusalsSayWhere(t *testing.T) {
	unknown := oxm.Match{0x80, 0, 0xfe, 4, 0, 0, 0, 0}
	flow := of13.FlowMod{BufferID: of13.NoBuffer, OutPort: of13.PortAny, OutGroup: of13.AnyGroup}
	badMatch, badAction := flow, flow
	badMatch.Match.Fields = oxm.Match(nil).Uint(oxm.InPort, 1)
	badMatch.Match.Fields = append(badMatch.Match.Fields, unknown...)
	badAction.Instructions = of13.Instructions(nil).Apply(of13.Actions{0, 99, 0, 8, 0, 0, 0, 0})
	for want, m := range map[string]of13.Message{
		"body of OFPT_FLOW_MOD at offset 8: from offset 52 on: match at offset 8: field": &badMatch,
		"from offset 56 on: action at offset 8":                                          &badAction,
		"body of OFPT_PORT_MOD at offset 8: field Number: port 66000":                    &of13.PortMod{Number: 66000},
	} {
		_, err := FormatMessage(of13.Encode(m))
		require.ErrorContains(t, err, want)
	}
}
