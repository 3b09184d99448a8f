package action

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow"
)

// settled checks that what was parsed is printed, and that from then on text and bytes are one another's: the first
// text may say less than the bytes, as enqueue of OpenFlow 1.3 is printed as three actions.
func settled(t *testing.T, v openflow.Version, b []byte) {
	t.Helper()
	rules := Rules{Version: v, Instructions: true}
	text := TextInstructions(v, b)
	b, _, err := rules.Parse(text)
	if err != nil {
		return // it is printed as ovs-ofctl prints it, which reads less than it prints
	}
	text2 := TextInstructions(v, b)
	b2, _, err := rules.Parse(text2)
	require.NoError(t, err, text2)
	require.Equal(t, b, b2, text2)
}

func FuzzParse(f *testing.F) {
	for _, line := range actionTexts(f) {
		_, actions := lineOf(line)
		f.Add(actions, true)
		f.Add(actions, false)
	}
	f.Fuzz(func(t *testing.T, text string, old bool) {
		v := openflow.Version13
		if old {
			v = openflow.Version10
		}
		b, _, err := Rules{Version: v, Instructions: true}.Parse(text)
		if err != nil {
			var e *ParseError
			require.ErrorAs(t, err, &e)
			require.LessOrEqual(t, e.Offset, len(text))
			return
		}
		settled(t, v, b)
		_ = CheckInstructions(v, b)
	})
}
