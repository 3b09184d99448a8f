package ofp

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/ovstest"
)

func flowTexts(t testing.TB) []string {
	file, err := os.ReadFile("testdata/flows.txt")
	require.NoError(t, err)
	return strings.Split(strings.TrimSuffix(string(file), "\n"), "\n")
}

// flowBytes is the flow-mod of a line, without its transaction id.
func flowBytes(t testing.TB, v openflow.Version, line string) ([]byte, error) {
	m, err := ParseFlowLine(v, line)
	if err != nil {
		return nil, err
	}
	b, err := openflow.Append(nil, m)
	require.NoError(t, err, line)
	return b, nil
}

func compareFlow(t *testing.T, v openflow.Version, sent ovstest.SentFlow) {
	t.Helper()
	got, err := flowBytes(t, v, sent.Line)
	if sent.Message != nil {
		openflow.SetXid(sent.Message, 0)
	}
	if (err != nil) != (sent.Refused != "") || string(got) != string(sent.Message) {
		t.Errorf("%s %q\n ovs %x %s\n got %x %v", v, sent.Line, sent.Message, sent.Refused, got, err)
	}
}

func TestParsedFlowIsWhatOVSSends(t *testing.T) {
	texts := flowTexts(t)
	for _, sent := range ovstest.SentFlows(t, byte(openflow.Version13), texts, func(s string) bool {
		_, err := ParseFlowLine(openflow.Version13, s)
		return err != nil
	}) {
		compareFlow(t, openflow.Version13, sent)
	}
	for _, line := range texts { // one by one, as a flow of Nicira would make all of them such
		compareFlow(t, openflow.Version10, ovstest.SentFlows(t, byte(openflow.Version10), []string{line}, nil)[0])
	}
}

func TestParseFlowSaysWhereAndWhat(t *testing.T) {
	for text, want := range map[string]string{
		"priority=x,actions=drop":          `flow at offset 0: priority: "x": expected a number`,
		"tcp, table=300,actions=drop":      `flow at offset 5: table: "300": expected a number from 0 to 255`,
		"tcp":                              `flow at offset 3: expected actions=…`,
		"bogus=1,actions=drop":             `flow at offset 0: bogus: expected a field, a protocol or a property of flows`,
		"ip,nw_src=1.2,actions=drop":       `match at 3: "nw_src": "1.2": expected an IPv4 address`,
		"tcp,actions=output:1,bogus":       `actions at offset 21: "bogus": expected the name of an action or of a port`,
		"delete cookie=5":                  `flow at offset 7: cookie: 5: expected a mask to find flows by, as in 5/-1`,
		"modify priority=5,actions=drop,1": `actions at offset 26: drop: expected no other action beside it`,
		"delete actions=drop":              `flow at offset 7: actions: expected a field, a protocol or a property of flows`,
		"table=2,actions=goto_table:1":     `actions at offset 27: goto_table: table 1: expected one after 2`,
		"cookie=1/2,actions=drop":          `flow at offset 0: cookie: 1/2: expected no mask, as the flow is new`,
		"nw_src=1.2.3.4,actions=dec_ttl":   `match at 0: "nw_src": what the field needs is not before it: expected ip`,
	} {
		_, err := ParseFlowLine(openflow.Version13, text)
		require.EqualError(t, err, want, text)
	}
	_, err := ParseFlowLine(openflow.Version10, "no_packet_counts,actions=drop")
	require.EqualError(t, err, "flow at offset 0: no_packet_counts: not in this version of OpenFlow")
}
