package action

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/wire"
)

// Errors name the offset, the action and what is wrong with it, and have the code that a switch answers.
func TestCheckSaysWhereAndWhat(t *testing.T) {
	set := func(m oxm.Match) *SetField { return &SetField{Entry: EntryOf(m)} }
	for _, c := range []struct {
		list []byte
		err  error
		code string
		text string
	}{
		{Encode(&Output{Port: 1}, &Output{Port: 0xffff0000}), ErrPort, "OFPBAC_BAD_OUT_PORT",
			"action at offset 16: Output: port 4294901760: port that there cannot be"},
		{Encode(set(oxm.Match(nil).Uint(oxm.EthType, 5))), ErrReadOnly, "OFPBAC_BAD_SET_ARGUMENT",
			"action at offset 0: SetField: eth_type: field that cannot be written"},
		{Encode(set(oxm.Match(nil).Uint(oxm.VLANPCP, 8))), oxm.ErrValue, "OFPBAC_BAD_SET_ARGUMENT",
			"action at offset 0: SetField: vlan_pcp: value that the field cannot have"},
		{Encode(set(oxm.Match(nil).UintMasked(oxm.Reg(1), 4, 4))), oxm.ErrUnmasked, "OFPBAC_BAD_SET_MASK",
			"action at offset 0: SetField: reg1: field cannot be masked"},
		{Encode(&RegLoad{Bits: Bits(30, 4), Dst: HeaderOf(oxm.Reg(2))}), ErrBits, "OFPBAC_BAD_SET_LEN",
			"action at offset 0: RegLoad: reg2[30..33]: bits that the field does not have: it has 32"},
		{Encode(&CT{Actions: Encode(&NAT{}, &Output{Port: 3})}), ErrNested, "OFPBAC_BAD_ARGUMENT",
			"action at offset 40: Output: inside of ct: action that cannot be there"},
		{Encode(&Clone{Actions: Encode(&Exit{}, &NAT{})}), ErrNested, "OFPBAC_BAD_SET_ARGUMENT",
			"action at offset 32: NAT: outside of ct: action that cannot be there"},
		{Encode(&Unknown13{Header13: Header13{Type: TypeCopyTTLIn}, Data: make([]byte, 4)}), ErrType, "OFPBAC_BAD_TYPE",
			"action at offset 0: Unknown13: unknown type of action"},
		{Encode(&NXSetQueue{}), ErrSubtype, "OFPBAC_BAD_VENDOR_TYPE",
			"action at offset 0: NXSetQueue: unknown subtype of action in this version"},
		{Encode(&Experimenter{Type: TypeExperimenter, Vendor: 7}), ErrVendor, "OFPBAC_BAD_VENDOR",
			"action at offset 0: Experimenter: unknown vendor of an action"},
		{Encode(&Conjunction{NClauses: 2}, &Exit{}), ErrConjunction, "NXBAC_BAD_CONJUNCTION",
			"action at offset 16: Exit: bad conjunction: only notes go with it"},
		{Encode(&NXWriteMetadata{}), ErrInstruction, "OFPBIC_UNSUP_INST",
			"action at offset 0: NXWriteMetadata: instruction that cannot be there"},
		{append(Encode(&ResubmitTable{})[:15], 1), ErrNotZero, "OFPBAC_BAD_ARGUMENT",
			"action at offset 0: ResubmitTable: bytes that have to be zero are not"},
		{[]byte{0, 0, 0, 16, 0, 0, 0, 0}, wire.ErrTruncated, "OFPBAC_BAD_LEN",
			"action at offset 0: Output: length 16: truncated"},
		{make([]byte, 9), wire.ErrLength, "OFPBRC_BAD_LEN", "action at offset 0: list: 9 bytes: wrong length"},
		{Encode(&Group{}, &Encap{PacketType: PacketNSH, Properties: []EncapProperty{{Class: 3, Length: 4}}}), ErrProperty,
			"NXBAC_UNKNOWN_ED_PROP", "action at offset 8: Encap: class 3 type 0: unknown property"},
	} {
		err := Check(openflow.Version13, c.list)
		require.EqualError(t, err, c.text)
		require.ErrorIs(t, err, c.err)
		require.Equal(t, c.code, Code(err))
		v := ovsReads(t, openflow.Version13, "parse-actions", [][]byte{c.list})
		require.Equal(t, c.code, v[0].code, c.text)
	}
}

func TestCheckInstructionsSaysWhereAndWhat(t *testing.T) {
	for _, c := range []struct {
		list []byte
		text string
		code string
	}{
		{Encode(&Meter{Meter: 1}, &Meter{Meter: 1}), "action at offset 8: Meter: instruction that is there already",
			"OFPBIC_DUP_INST"},
		{Encode(&WriteActions{Actions: Encode(&Output{Port: 1}, &Note{Note: make([]byte, 6)})}),
			"action at offset 24: Note: in an action set: action that cannot be there", "OFPBAC_BAD_TYPE"},
		{Encode(&ApplyActions{Actions: Encode(&NXWriteMetadata{}, &Exit{})}),
			"action at offset 40: Exit: in the wrong order", "OFPBAC_UNSUPPORTED_ORDER"},
		{Encode(&UnknownInstruction{HeaderInstruction: HeaderInstruction{Type: 9}, Data: make([]byte, 4)}),
			"action at offset 0: UnknownInstruction: type 9: instruction that cannot be there", "OFPBIC_UNKNOWN_INST"},
	} {
		err := CheckInstructions(openflow.Version13, c.list)
		require.EqualError(t, err, c.text)
		require.Equal(t, c.code, Code(err))
		v := ovsReads(t, openflow.Version13, "parse-instructions", [][]byte{c.list})
		require.Equal(t, c.code, v[0].code, c.text)
	}
}

// What Open vSwitch refuses is printed too, where text must not fail.
func TestTextOfWhatIsNotKnown(t *testing.T) {
	for want, b := range map[string][]byte{
		"action_TypePopPBB(00000000),output:1": Encode(&Unknown13{Header13: Header13{Type: TypePopPBB},
			Data: make([]byte, 4)}, &Output{Port: 1}),
		"experimenter_0x7()":                          Encode(&Experimenter{Type: TypeExperimenter, Vendor: 7}),
		"output:1,malformed(0000)":                    append(Encode(&Output{Port: 1}), 0, 0),
		"malformed(ffff0010000023200006000000000000)": {0xff, 0xff, 0, 16, 0, 0, 0x23, 0x20, 0, 6, 0, 0, 0, 0, 0, 0},
		"move:field_0x1234000400000000[0..31]->NXM_NX_REG0[]": Encode(&RegMove{NBits: 32,
			Src: FieldHeader{0x1234000400000000}, Dst: FieldOf(oxm.Reg(0))}),
		"debug_slow": Encode(&DebugSlow{}),
		"drop":       {},
	} {
		require.Equal(t, want, Text(openflow.Version13, b))
	}
	i := Encode(&GotoTable{Table: 3}, &UnknownInstruction{HeaderInstruction: HeaderInstruction{Type: 9},
		Data: []byte{1, 2, 3, 4}}, &ApplyActions{})
	require.Equal(t, "goto_table:3,instruction_9(01020304)", TextInstructions(openflow.Version13, i))
	i = append(i, 1)
	require.Equal(t, "goto_table:3,instruction_9(01020304),malformed(01)", TextInstructions(openflow.Version13, i))
}
