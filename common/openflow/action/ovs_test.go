package action

import (
	"bytes"
	"encoding/hex"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow"
)

// verdict is what ovs-ofctl says of a list: its text, or the code of the error.
type verdict struct {
	text string
	code string
}

// ovsReads has ovs-ofctl read lists, of actions or of what a flow does.
func ovsReads(t testing.TB, v openflow.Version, command string, lists [][]byte) []verdict {
	t.Helper()
	var in strings.Builder
	for _, l := range lists {
		in.WriteString(hex.EncodeToString(l) + "\n")
	}
	name := "OpenFlow13"
	if v == openflow.Version10 {
		name = "OpenFlow10"
	}
	c := exec.Command("ovs-ofctl", "-vANY:OFF", "--no-names", command, name)
	c.Stdin = strings.NewReader(in.String())
	out, err := c.CombinedOutput()
	require.NoError(t, err, "%s", out)
	answers := strings.Split(strings.TrimSuffix(string(out), "\n\n"), "\n\n")
	require.Len(t, answers, len(lists))
	verdicts := make([]verdict, len(lists))
	for i, a := range answers {
		line, _, _ := strings.Cut(a, "\n")
		if text, ok := strings.CutPrefix(line, "actions="); ok {
			verdicts[i].text = text
		} else {
			verdicts[i].code = line[strings.LastIndexByte(line, ' ')+1:]
		}
	}
	return verdicts
}

// sample4 is how Sample4 begins after its length: Open vSwitch has it since 3.4, and older ones refuse it.
var sample4 = []byte{0, 0, 0x23, 0x20, 0, byte(SubtypeSample4)}

// compareLists has lists read by ovs-ofctl and here.
func compareLists(t *testing.T, v openflow.Version, command string, lists [][]byte) {
	t.Helper()
	read := Format
	if command == "parse-instructions" {
		read = FormatInstructions
	}
	accepted, wrong := 0, 0
	for i, want := range ovsReads(t, v, command, lists) {
		text, err := read(v, lists[i])
		if err == nil {
			accepted++
			actions, err := Decode(v, lists[i])
			require.NoError(t, err)
			require.Equal(t, lists[i], Encode(actions...))
		}
		if want.code == "OFPBAC_BAD_VENDOR_TYPE" && bytes.Contains(lists[i], sample4) {
			continue
		}
		if text != want.text || (err == nil) != (want.code == "") {
			if wrong++; wrong < 30 {
				t.Errorf("%x\n ovs %s%s\n got %s %v", lists[i], want.text, want.code, text, err)
			}
		}
	}
	require.Zero(t, wrong, "of %d", len(lists))
	t.Logf("version %d: %d of %d accepted", v, accepted, len(lists))
}

const perKind = 300

// Every kind of action is printed as ovs-ofctl prints it, and refused where it refuses.
func TestTextIsThatOfOVS(t *testing.T) {
	g := newGen(t)
	for v, kinds := range map[openflow.Version][]kind{openflow.Version10: kinds10, openflow.Version13: kinds13} {
		var lists [][]byte
		for _, k := range kinds {
			for range perKind {
				lists = append(lists, Encode(k(g, v)))
			}
		}
		for range 3000 {
			lists = append(lists, g.list(v, 1+g.IntN(3)))
		}
		compareLists(t, v, "parse-actions", lists)
	}
}

// What is broken is refused where ovs-ofctl refuses it, and printed the same where it does not.
func TestCheckIsThatOfOVS(t *testing.T) {
	g := newGen(t)
	for v, kinds := range map[openflow.Version][]kind{openflow.Version10: kinds10, openflow.Version13: kinds13} {
		var lists [][]byte
		for _, k := range kinds {
			for range perKind {
				lists = append(lists, g.mutated(Encode(k(g, v))))
			}
		}
		compareLists(t, v, "parse-actions", lists)
	}
}
