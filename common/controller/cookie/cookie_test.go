package cookie

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestACookieSaysWhoseItIs(t *testing.T) {
	s := Scheme{Mark: 0x564c, ModuleBits: 8}
	c := s.Of(3, "port/web1")
	require.True(t, s.Ours(c))
	require.Equal(t, uint16(3), s.Module(c))
	require.Equal(t, uint64(0x564c03), c>>40)
	require.Equal(t, c, s.Of(3, "port/web1"))
	require.NotEqual(t, c, s.Of(3, "port/web2"))
	require.NotEqual(t, c, s.Of(4, "port/web1"))
	require.False(t, Scheme{Mark: 0x564d, ModuleBits: 8}.Ours(c))
	require.False(t, s.Ours(0))
}

// A module's number never spills into the mark, and an owner's hash never into the module.
func TestPartsDoNotOverlap(t *testing.T) {
	for bits := uint8(1); bits <= 16; bits++ {
		s := Scheme{Mark: 0x1234, ModuleBits: bits}
		last := uint16(1<<bits - 1)
		for _, owner := range []string{"", "a", "network/blue", "port/x"} {
			c := s.Of(last, owner)
			require.True(t, s.Ours(c), "%d bits", bits)
			require.Equal(t, last, s.Module(c), "%d bits", bits)
		}
		require.Equal(t, uint64(0x1234), s.Base(0xffff)>>48)
	}
}
