package ofp

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

// dumped is a flow as ovs-ofctl dump-flows prints it.
func dumped(t testing.TB, m *of13.FlowMod) (string, error) {
	t.Helper()
	b, err := openflow.Append(nil, &of13.FlowStatsReply{Flows: []of13.FlowStats{{Table: m.Table, Priority: m.Priority,
		IdleTimeout: m.IdleTimeout, HardTimeout: m.HardTimeout, Flags: m.Flags, Cookie: m.Cookie, Packets: 3, Bytes: 5,
		DurationSec: 7, Match: m.Match, Instructions: m.Instructions}}})
	require.NoError(t, err)
	text, err := FormatMessage(b)
	if err != nil {
		return "", err
	}
	_, line, ok := strings.Cut(strings.TrimSpace(text), "\n")
	require.True(t, ok, text)
	return line, nil
}

// unsaid are flows of which ovs-ofctl does not print all: that they are about Ethernet packets and nothing else of
// them, and a mask of all ones that is shorter than the tunnel option.
var unsaid = regexp.MustCompile(`^eth\b|packet_type=\(0,0\)|=\*|vlan_tci=0xe000/|tun_metadata3`)

// What dump-flows prints of a flow makes the same flow again.
func TestDumpedFlowIsReadAgain(t *testing.T) {
	count := 0
	for _, line := range flowTexts(t) {
		parsed, err := ParseFlowLine(openflow.Version13, line)
		m, ok := parsed.(*of13.FlowMod)
		if err != nil || !ok || m.Command != of13.FlowAdd || unsaid.MatchString(line) {
			continue
		}
		text, err := dumped(t, m)
		require.NoError(t, err, line)
		got, err := ParseFlow(openflow.Version13, text, of13.FlowAdd)
		require.NoError(t, err, text)
		require.Equal(t, m, got, text)
		count++
	}
	require.Greater(t, count, 80)
}

func FuzzParseFlow(f *testing.F) {
	for _, line := range flowTexts(f) {
		f.Add(line, true)
		f.Add(line, false)
	}
	f.Fuzz(func(t *testing.T, line string, old bool) {
		v := openflow.Version13
		if old {
			v = openflow.Version10
		}
		m, err := ParseFlowLine(v, line)
		if err != nil {
			return
		}
		b, err := openflow.Append(nil, m)
		if err != nil {
			return // too long for a message
		}
		_, _ = FormatMessage(b)
	})
}
