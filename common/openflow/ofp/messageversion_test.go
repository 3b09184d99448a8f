package ofp

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}

// What all versions share is printed as ovs-ofctl does in versions that are not spoken here, too.
func TestWhatAllVersionsShareIsThatOfOVS(t *testing.T) {
	var all [][]byte
	for _, s := range []string{
		"4000000800000000", // hello of a version that has no bit
		"3f000018000000000001000c00000000aaaaaaaa00000000", // with a bitmap
		"0201001455555555000300050102000811111111",         // codes that are others in OpenFlow 1.1 and 1.2
		"0301001455555555000300060102000811111111", "0601000c0000000100060010",
		"0201001c55555555b0c2000000002320000101040102000811111111",
		// a message of no version
		"010100340000000ab0c20000000023200006000f000400200000000a000023200000001f00050000000000010000000000000007",
		// a match with a field that is not known before one that is cut off
		"040100540000000600050003040e004800000006000000000000123400000000000000000000000500068000ffffffffffffffffffff" +
			"ffff000300000001001580000a0208008000140111800020000835000000",
		// a bundle with a message that is wrong
		"04010054000000060006000004040048000000064f4e4600000008fd0000000000000003" +
			"040f003000000006000001000000001500200001ffffffffffffffff0000ca000000d510000000010000000000000000",
		// a request that is too short to tell its kind
		"0101002800000002b0c2000000002320000102170110001800000002ffff00000000232000000004",
	} {
		all = append(all, unhex(t, s))
	}
	compare(t, all)
}

// Of other versions than 1.0 and 1.3, what cannot be read is said to be of one.
func TestOtherVersionsAreRefusedByName(t *testing.T) {
	for s, want := range map[string]string{
		"020600a000000001":                                   "offset 1: Type: 6: of OpenFlow 1.1 only hello",
		"03120010000000020001000000000000":                   "offset 8: Kind: type 1 of statistics: of OpenFlow 1.2 only",
		"060e000800000001":                                   "offset 1: Type: 14: of OpenFlow 1.5 only",
		"050a000800000001":                                   "offset 1: Type: 10: of OpenFlow 1.4 only hello",
		"070e000800000001":                                   "offset 0: Version: 0x07: unknown version",
		"01040010000000020000232000000101":                   "offset 12: Subtype: 257 of vendor 0x2320: unknown kind",
		"0110001800000002ffff0000000023200000010100000000":   "offset 16: Subtype: 257 of vendor 0x2320: unknown kind",
		"0412001800000002ffff000000000000000023200000010101": "offset 20: Subtype: 257 of vendor 0x2320: unknown kind",
	} {
		_, err := FormatMessage(unhex(t, s))
		require.ErrorContains(t, err, want)
	}
}
