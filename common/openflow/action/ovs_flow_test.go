package action

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

const (
	mark   = "OFPT_FLOW_MOD"
	markNX = "NXT_FLOW_MOD"
	refuse = "***decode error: "
)

// ovsPrints has ovs-ofctl print messages of flows: what is after actions=, or the code of the error.
func ovsPrints(t testing.TB, messages [][]byte) []verdict {
	t.Helper()
	var all []byte
	for _, m := range messages {
		all = append(all, m...)
	}
	name := filepath.Join(t.TempDir(), "messages")
	require.NoError(t, os.WriteFile(name, all, 0o600))
	out, err := exec.Command("ovs-ofctl", "--no-names", "-vANY:OFF", "ofp-parse", name).CombinedOutput()
	require.NoError(t, err, "%s", out[max(0, len(out)-2000):])
	texts := strings.Split(strings.ReplaceAll(string(out), markNX, mark), mark)[1:]
	require.Equal(t, len(messages), len(texts), "%s", out[max(0, len(out)-2000):])
	verdicts := make([]verdict, len(messages))
	for i, s := range texts {
		if _, code, ok := strings.Cut(s, refuse); ok {
			verdicts[i].code, _, _ = strings.Cut(code, "***")
			continue
		}
		_, text, ok := strings.Cut(s, "actions=")
		require.True(t, ok, s)
		verdicts[i].text = strings.TrimSuffix(text, "\n")
	}
	return verdicts
}

func flowMatch(t testing.TB, m oxm.Match) *oxm.Flow {
	t.Helper()
	var w oxm.Flow
	for tlv := range m.All() {
		require.NoError(t, w.Take(tlv))
	}
	return &w
}

type flowCase struct {
	match oxm.Match
	table uint8
	what  []byte
}

// compareFlows has flows read by ovs-ofctl and here.
func compareFlows(t *testing.T, v openflow.Version, cases []flowCase) {
	t.Helper()
	var messages [][]byte
	for _, c := range cases {
		messages = append(messages, flowMod(v, c.match, c.table, c.what))
	}
	accepted, wrong := 0, 0
	for i, want := range ovsPrints(t, messages) {
		c := cases[i]
		table := c.table
		if v == openflow.Version10 {
			table = anyTable
		}
		err, text := CheckFlow(v, flowMatch(t, c.match), table, c.what), ""
		if err == nil {
			text = TextInstructions(v, c.what)
			accepted++
		}
		if text != want.text || (err == nil) != (want.code == "") {
			if wrong++; wrong < 20 {
				t.Errorf("%x table %d %x\n ovs %s%s\n got %s %v", []byte(c.match), c.table, c.what, want.text, want.code, text, err)
			}
		}
	}
	require.Zero(t, wrong, "of %d", len(cases))
	t.Logf("version %d: %d of %d accepted", v, accepted, len(cases))
}

// What a flow does, by actions or by instructions, is printed and refused as by ovs-ofctl, which knows what it matches.
func TestFlowsAreThoseOfOVS(t *testing.T) {
	g := newGen(t)
	for _, v := range []openflow.Version{openflow.Version10, openflow.Version13} {
		var cases []flowCase
		for range 8000 {
			what := g.flow(v)
			if g.IntN(5) == 0 {
				what = g.mutated(what)
				what = what[:len(what)&^7] // another length is an error of the message
			}
			cases = append(cases, flowCase{g.match(), uint8(g.IntN(8)), what})
		}
		compareFlows(t, v, cases)
	}
}

// Each kind of action is checked against each match that it could depend on.
func TestCheckFlowIsThatOfOVS(t *testing.T) {
	g := newGen(t)
	for v, kinds := range map[openflow.Version][]kind{openflow.Version10: kinds10, openflow.Version13: kinds13} {
		var cases []flowCase
		for _, k := range kinds {
			for range 150 {
				b := Encode(k(g, v))
				for g.IntN(3) == 0 { // what may make another packet of it
					b = append(Encode(pick(g, kinds...)(g, v)), b...)
				}
				if v != openflow.Version10 {
					b = Encode(&ApplyActions{Actions: b})
				}
				cases = append(cases, flowCase{g.match(), 0, b})
			}
		}
		compareFlows(t, v, cases)
	}
}

// Lists of instructions that ovs-ofctl reads without a match have one that matches everything.
func TestInstructionsAreThoseOfOVS(t *testing.T) {
	g := newGen(t)
	for _, v := range []openflow.Version{openflow.Version10, openflow.Version13} {
		var lists [][]byte
		for range 5000 {
			lists = append(lists, g.flow(v))
		}
		for i, want := range ovsReads(t, v, "parse-instructions", lists) {
			err := CheckFlow(v, nil, 0, lists[i])
			require.Equal(t, want.code == "", err == nil, "%x: %s, here %v", lists[i], want.code, err)
			if err == nil {
				require.Equal(t, want.text, TextInstructions(v, lists[i]))
			}
		}
	}
}
