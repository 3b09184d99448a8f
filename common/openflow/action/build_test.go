package action

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// Builders write what the structs write.
func TestBuildersWriteTheStructs(t *testing.T) {
	for _, c := range []struct {
		got  []byte
		want Action
	}{
		{Move([]byte(nil), oxm.NXEthSrc, oxm.NXEthDst),
			&RegMove{NBits: 48, Src: FieldOf(oxm.NXEthSrc), Dst: FieldOf(oxm.NXEthDst)}},
		{Load([]byte(nil), oxm.Reg(3), Bits(4, 8), 7), &RegLoad{Dst: HeaderOf(oxm.Reg(3)), Bits: Bits(4, 8), Value: 7}},
		{LookUp([]byte(nil), 9), &ResubmitTable{InPort: portInPort10, Table: 9}},
		{Controller([]byte(nil), []byte("dhcp")),
			&NXController2{Properties: []ControllerProperty{ControllerUserData([]byte("dhcp"))}}},
	} {
		require.Equal(t, Encode(c.want), c.got)
	}
}

func TestBuildersDoNotAllocate(t *testing.T) {
	buf, data := make([]byte, 0, 256), []byte("dhcp")
	require.Zero(t, testing.AllocsPerRun(100, func() {
		b := Move(buf, oxm.NXEthSrc, oxm.NXEthDst)
		b = Load(b, oxm.Reg(3), Bits(0, 32), 7)
		Controller(LookUp(b, 9), data)
	}))
}
