package action

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow"
)

// testdata/errors.txt has texts, each followed by what is said of it.
func TestParseSaysWhereAndWhat(t *testing.T) {
	file, err := os.ReadFile("testdata/errors.txt")
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(file)), "\n")
	for n := 0; n < len(lines); n += 2 {
		_, err := ParseInstructions(lines[n])
		require.EqualError(t, err, "actions at "+strings.TrimSpace(lines[n+1]), lines[n])
	}
	require.Greater(t, len(lines), 80)
}

// What a flow of OpenFlow 1.0 or a flow with another match cannot do is refused with what is missing.
func TestParseSaysWhatIsMissing(t *testing.T) {
	_, err := Parse(openflow.Version10, "output:1,push_vlan:0x8100")
	require.EqualError(t, err, "actions at offset 19: push_vlan: not in this version of OpenFlow: "+
		"expected mod_vlan_vid, which adds a tag")
	require.ErrorIs(t, err, ErrVersion)
	_, _, err = rulesFor(openflow.Version13, nil).Parse("dec_ttl")
	require.EqualError(t, err, "actions at offset 0: dec_ttl: the flow does not match what this needs: "+
		"expected ip or ipv6")
	require.ErrorIs(t, err, ErrMatch)
	_, _, err = rulesFor(openflow.Version13, nil).Parse("set_field:1.2.3.4->ip_src")
	require.EqualError(t, err, "actions at offset 19: set_field: field ip_src: the flow does not match what this "+
		"needs: expected ip")
	_, err = Parse(openflow.Version13, "goto_table:1")
	require.EqualError(t, err, "actions at offset 0: goto_table: expected in the instructions of a flow only")
	r := rulesFor(openflow.Version13, nil)
	r.Table = 5
	_, _, err = r.Parse("goto_table:5")
	require.EqualError(t, err, "actions at offset 11: goto_table: table 5: expected one after 5")
}

func TestParseErrorsHaveAnOffset(t *testing.T) {
	var e *ParseError
	_, _, err := Rules{Version: openflow.Version13, Offset: 100}.Parse("output:x")
	require.True(t, errors.As(err, &e))
	require.Equal(t, 107, e.Offset)
}

func TestParseIsBounded(t *testing.T) {
	deep := strings.Repeat("clone(", 2*depthMax) + strings.Repeat(")", 2*depthMax)
	_, err := ParseInstructions(deep)
	require.ErrorContains(t, err, "expected no more than 100 actions within each other")
	_, err = ParseInstructions(strings.Repeat("output:1,", 5000))
	require.ErrorContains(t, err, "actions at offset 0: ")
	_, err = ParseInstructions("note:" + strings.Repeat("00", 70000))
	require.ErrorContains(t, err, "note: ")
}
