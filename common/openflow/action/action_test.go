package action

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

func roundTrip(t *testing.T, v openflow.Version, actions ...Action) {
	t.Helper()
	b, err := Append(nil, actions...)
	require.NoError(t, err)
	again, err := Decode(v, b)
	require.NoError(t, err)
	require.Len(t, again, len(actions))
	for i := range actions {
		require.IsType(t, actions[i], again[i])
	}
	require.Equal(t, b, Encode(again...))
}

func TestActionsSurvive(t *testing.T) {
	roundTrip(t, openflow.Version10, &Output10{Port: 3}, &SetVLANVID10{VID: 5}, &Enqueue10{Port: 1, Queue: 7},
		&NXSetMPLSLabel{Label: 7}, &Unknown10{Header10: Header10{Type: 40}, Data: make([]byte, 4)})
	roundTrip(t, openflow.Version13, &Output{Port: 3}, &SetField{Entry: EntryOf(oxm.Match(nil).Uint(oxm.Reg(3), 5))},
		&RegMove{NBits: 4, Src: FieldOf(oxm.Reg(1)), Dst: FieldOf(oxm.NSHC1)}, &Note{Note: []byte{1, 2}},
		&RegLoad{Bits: Bits(4, 8), Dst: HeaderOf(oxm.Reg(0)), Value: 0x33},
		&NXController2{Properties: []ControllerProperty{ControllerMaxLen(7), ControllerPause(),
			ControllerUserData([]byte("dhcp"))}},
		&Encap{PacketType: PacketNSH, Properties: []EncapProperty{NSHMDType(2), NSHTLV(1, 2, []byte("abc"))}},
		&NAT{Flags: NATSrc, Present: NATIPv4Min | NATProtoMin, IPv4Min: [4]byte{10, 0, 0, 1}, ProtoMin: 7},
		&DeleteField{Field: FieldOf(oxm.TunMetadata(3, 4))}, &StackPush{Field: FieldOf(oxm.Reg(1)), NBits: 3},
		&CT{Flags: CTCommit, Table: CTNoTable, Actions: Encode(&NAT{})},
		&Learn2{Flags: LearnWriteResult, Result: FieldOf(oxm.Reg(2)), Specs: LearnSpecs{[]LearnSpec{
			{Header: LearnSrcValue | LearnDstMatch | 12, Value: []byte{1, 2}, Dst: HeaderOf(oxm.Reg(1))},
			{Header: LearnSrcField | LearnDstOutput | 16, Src: HeaderOf(oxm.NXInPort)}}}})
}
