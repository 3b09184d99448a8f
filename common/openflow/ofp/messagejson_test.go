package ofp

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// roundTrip checks that a message survives JSON.
func roundTrip(t *testing.T, b []byte) {
	t.Helper()
	out, err := EncodeJSON(b)
	require.NoError(t, err, "%x", b)
	require.True(t, json.Valid(out), "%s", out)
	again, err := DecodeJSON(out)
	require.NoError(t, err, "%x %s", b, out)
	require.Equal(t, b, again, "%s", out)
}

func TestEveryMessageSurvivesJSON(t *testing.T) {
	g := newGen(31)
	for _, b := range g.everyMessage(4) {
		roundTrip(t, b)
		for at := 8; at < len(b); at++ { // bits that no field has, too
			b[at] ^= 1 << g.IntN(8)
			if at%7 == 0 && Check(b) == nil {
				roundTrip(t, b)
			}
		}
	}
}

// Padding is in the raw bytes; a field that is changed counts more than they do.
func TestRawBytesCountAsLongAsTheFieldsAreTheirs(t *testing.T) {
	b := []byte{4, 17, 0, 16, 0, 0, 0, 7, 5, 9, 9, 9, 0, 0, 0, 0} // table mod
	out, err := EncodeJSON(b)
	require.NoError(t, err)
	require.JSONEq(t, `{"version":4,"type":"TypeTableMod","length":16,"xid":7,"table":5,"config":0,
		"raw":"04110010000000070509090900000000"}`, string(out))
	again, err := DecodeJSON([]byte(`{"version":4,"type":"TypeTableMod","xid":8,"table":6,
		"raw":"04110010000000070509090900000000"}`))
	require.NoError(t, err)
	require.Equal(t, []byte{4, 17, 0, 16, 0, 0, 0, 8, 6, 0, 0, 0, 0, 0, 0, 0}, again)
}

func TestMessagesOfOtherVersionsSurviveJSON(t *testing.T) {
	roundTrip(t, []byte{6, 0, 0, 8, 0, 0, 0, 1})
	roundTrip(t, []byte{9, 3, 0, 10, 0, 0, 0, 1, 'h', 'i'})
}

func TestWrongJSON(t *testing.T) {
	for _, s := range []string{"", "[]", "{}", `{"version":4}`, `{"version":4,"type":"TypeHello","no_such":1}`,
		`{"version":4,"type":99}`, `{"version":4,"type":0,"raw":"zz"}`, `{"version":4,"type":0,"raw":"04"}`,
		`{"version":7,"type":0}`, `{"version":9,"type":0,"xid":2,"raw":"0903000a0000000168"}`} {
		_, err := DecodeJSON([]byte(s))
		require.Error(t, err, "%s", s)
	}
}
