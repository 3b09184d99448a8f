package nicira

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// Matches and actions are readable in JSON, and still the same bytes.
func TestMatchesAndActionsAreTextInJSON(t *testing.T) {
	match := oxm.Match(nil).Uint(oxm.NXEthType, 0x806)
	v10 := Actions{0, 3, 0, 8, 0, 0, 0, 0} // strip_vlan
	v13 := Actions(of13.Instructions(nil).Apply(of13.Actions(nil).Output(2, 0)).Goto(4))
	head := Header{Version: openflow.Version10}
	for want, m := range map[string]Message{
		`"match":"NXM_OF_ETH_TYPE=0x806","actions":"strip_vlan"`: &FlowMod{Header: head, Match: match, Actions: v10},
		`"actions":"output:2,goto_table:4"`: &FlowMod{Header: Header{Version: openflow.Version13},
			Actions: v13},
		`"actions":"hex:0063000800000000"`: &FlowMod{Header: head,
			Actions: Actions{0, 99, 0, 8, 0, 0, 0, 0}},
		`"actions":"strip_vlan","properties":[]`: &GroupMod{Header: head, CommandBucket: BucketAll,
			Buckets: []Bucket{{Actions: v10}}},
		`"body":"NXM_OF_ETH_TYPE=0x806 actions=strip_vlan"`: &FlowMonitorReply{Stats: Stats{Version: 1},
			Updates: []FlowUpdate{{MatchLen: 6, Body: append(append([]byte(nil), match...), 0, 0, 0, 3, 0, 8, 0, 0, 0, 0)}}},
		`"type":"PacketInMetadata","length":10,"value":"NXM_OF_ETH_TYPE=0x806"`: &PacketIn2{Header: head,
			Properties: []PacketInProperty{{Type: PacketInMetadata, Value: match}}},
	} {
		b, err := Append(nil, m)
		require.NoError(t, err)
		decoded, err := Decode(b)
		require.NoError(t, err)
		text, err := EncodeJSON(decoded)
		require.NoError(t, err)
		require.Contains(t, string(text), want)
		back, err := DecodeJSON(text)
		require.NoError(t, err)
		again, err := Append(nil, back)
		require.NoError(t, err)
		require.Equal(t, b, again)
	}
}
