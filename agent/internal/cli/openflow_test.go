package cli

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// filter runs the program with a standard input, without any agent.
func filter(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	a := &app{stdin: strings.NewReader(stdin), stdout: &out, stderr: &errs}
	code = a.main(append([]string{"openflow"}, args...))
	return code, out.String(), errs.String()
}

func TestDecodePrintsAsOvsOfctlDoes(t *testing.T) {
	code, out, errs := filter(t, "", "decode", "04 14 0008 00000007", "0105000800000001 0114000c0000000200030000")
	require.Equal(t, 0, code, errs)
	require.Equal(t, "OFPT_BARRIER_REQUEST (OF1.3) (xid=0x7):\nOFPT_FEATURES_REQUEST (xid=0x1):\n"+
		"OFPT_QUEUE_GET_CONFIG_REQUEST (xid=0x2): port=3\n", out)
}

// Good lines are printed whatever the others are; what is wrong is said with its place.
func TestDecodeOfAStreamSaysWhatIsWrongAndGoesOn(t *testing.T) {
	const in = "0414000800000007\n\n0414000900000007\n04140008000000zz\n041400\n0415000800000008\n" +
		"0414000800000009040f000900000000\n"
	code, out, errs := filter(t, in, "decode", "-")
	require.Equal(t, 1, code)
	require.Equal(t, "OFPT_BARRIER_REQUEST (OF1.3) (xid=0x7):\nOFPT_BARRIER_REPLY (OF1.3) (xid=0x8):\n"+
		"OFPT_BARRIER_REQUEST (OF1.3) (xid=0x9):\n", out)
	lines := strings.Split(errs, "\n")
	require.Contains(t, lines[0], "line 3: offset 2: Length")
	require.Contains(t, lines[1], "line 4: offset 7:")
	require.Contains(t, lines[2], "line 5: offset 3:")
	require.Contains(t, lines[3], "line 7: message at offset 8: offset 2: Length")
	require.Contains(t, lines[4], "not all of the input was good")
}

func TestJSONIsEncodedToTheSameBytes(t *testing.T) {
	const in = "0414000800000007\n04110010000000070509090900000000\n0104001000000000000023200000000a\n"
	code, out, errs := filter(t, in, "decode", "--format", "json")
	require.Equal(t, 1, code, errs) // the last is cut off
	require.Equal(t, 2, strings.Count(out, "\n"))
	code, out, errs = filter(t, out, "encode")
	require.Equal(t, 0, code, errs)
	require.Equal(t, in[:strings.LastIndex(in[:len(in)-1], "\n")+1], out)
}

func TestEncodeSaysWhichMessageIsWrong(t *testing.T) {
	const in = `{"version":4,"type":"TypeBarrierRequest","xid":7} {"version":4,"type":"TypeNone"}
{"version":4,"type":"TypeBarrierReply"}`
	code, out, errs := filter(t, in, "encode", "-")
	require.Equal(t, 1, code)
	require.Equal(t, "0414000800000007\n0415000800000000\n", out)
	require.Contains(t, errs, "standard input: message 2: ")
	code, _, errs = filter(t, `{"version":4`, "encode")
	require.Equal(t, 1, code)
	require.Contains(t, errs, "message 1 at offset")
	code, _, errs = filter(t, "", "encode", "/no/such/file")
	require.Equal(t, 1, code)
	require.Contains(t, errs, "/no/such/file")
}

func TestHexIsReadAsPeopleWriteIt(t *testing.T) {
	const want = "0414000800000007\n"
	for _, s := range []string{"0x0414000800000007", "04:14:00:08:00:00:00:07", "0x04 0x14 00 08  0000\t0007",
		"0414 0008\n0000 0007"} {
		code, out, errs := filter(t, "", "decode", "--format=hex", s)
		require.Equal(t, 0, code, errs)
		require.Equal(t, want, out)
	}
	code, out, errs := filter(t, "# a comment\n0414000800000007 # barrier\r\n\n", "decode", "--format=hex")
	require.Equal(t, 0, code, errs)
	require.Equal(t, want, out)
	code, out, errs = filter(t, "", "parse-actions", "0x0000001000000001ffff000000000000")
	require.Equal(t, 0, code, errs)
	require.Equal(t, "actions=output:1\n", out)
}

func TestRefusedActionsHaveOffsetAndCode(t *testing.T) {
	code, _, errs := filter(t, "", "parse-actions", "--hex", "0000001000000001 000000000000 0000 0063000800000000")
	require.Equal(t, 1, code)
	require.Contains(t, errs, "argument 1: action at offset 16: Unknown13: unknown type of action (OFPBAC_BAD_TYPE)\n")
}

func TestHexIsPrintedWithoutBlanks(t *testing.T) {
	code, out, errs := filter(t, "", "decode", "--format=hex", "04 14 00 08 00 00 00 07")
	require.Equal(t, 0, code, errs)
	require.Equal(t, "0414000800000007\n", out)
}

func TestParseActions(t *testing.T) {
	code, out, errs := filter(t, "0000001000000001000000000000 0000\n\n000000100000000100000000000\nABC\n",
		"parse-actions", "--hex")
	require.Equal(t, 1, code)
	require.Equal(t, "actions=output:1\n", out)
	require.Contains(t, errs, "line 3: offset 13: half a byte")
	code, out, errs = filter(t, "", "parse-actions", "output:1")
	require.Equal(t, 0, code, errs)
	require.Equal(t, "00000010000000010000000000000000\n", out)
}

func TestOpenFlowUsage(t *testing.T) {
	for _, args := range [][]string{{"decode", "--format", "xml"}, {"parse-actions", "--version", "1.1"}, {"nothing"}} {
		code, _, errs := filter(t, "", args...)
		require.Equal(t, 2, code, errs)
	}
	for _, args := range [][]string{{"decode", "--help"}, {"encode", "--help"}, {"parse-actions", "--help"}, {}} {
		code, out, _ := filter(t, "", args...)
		require.Equal(t, 0, code)
		require.Contains(t, out, "vlcp-agent openflow ")
	}
}

func TestOpenFlowFlagsAreCompleted(t *testing.T) {
	var out bytes.Buffer
	for want, args := range map[string][]string{
		"json": {"decode", "--format", ""}, "1.0": {"parse-actions", "--version", ""}} {
		out.Reset()
		a := &app{stdin: strings.NewReader(""), stdout: &out, stderr: &bytes.Buffer{}}
		require.Equal(t, 0, a.main(append([]string{"__complete", "openflow"}, args...)))
		require.Contains(t, out.String(), want+"\n")
	}
}

// The examples of the help are what somebody tries first. Those that read files are left out.
func TestExamplesOfTheHelpWork(t *testing.T) {
	root := (&app{}).root()
	tried := 0
	for _, name := range []string{"decode", "encode", "parse-actions"} {
		c, _, err := root.Find([]string{"openflow", name})
		require.NoError(t, err)
		for _, line := range strings.Split(c.Example, "\n") {
			if strings.ContainsAny(line, "<|") && !strings.Contains(line, "->") || strings.Contains(line, ".json") {
				continue
			}
			args, err := shellquote(strings.TrimPrefix(strings.TrimSpace(line), "vlcp-agent openflow "))
			require.NoError(t, err, line)
			code, out, errs := filter(t, "", args...)
			require.Equal(t, 0, code, "%s: %s", line, errs)
			require.NotEmpty(t, out, line)
			tried++
		}
	}
	require.GreaterOrEqual(t, tried, 5)
}

// shellquote splits a line into words, of which those in quotes are one.
func shellquote(line string) ([]string, error) {
	r := csv.NewReader(strings.NewReader(strings.ReplaceAll(line, "'", `"`)))
	r.Comma = ' '
	return r.Read()
}

func TestOutputForPrograms(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"decode -o json 0414000800000007", `{"version":4,"type":"TypeBarrierRequest","length":8,"xid":7}` + "\n"},
		{"decode --format json -o json 0414000800000007",
			`{"version":4,"type":"TypeBarrierRequest","length":8,"xid":7}` + "\n"},
		{"decode -o yaml 0414000800000007", "---\nversion: 4\ntype: TypeBarrierRequest\nlength: 8\nxid: 7\n"},
		{"parse-actions -o json --version 1.0 0000000800010000", `{"actions":"output:1","hex":"0000000800010000"}` + "\n"},
		{"parse-actions -o json --version 1.0 output:1", `{"actions":"output:1","hex":"0000000800010000"}` + "\n"},
		{"parse-actions -o yaml --version 1.0 output:1", "---\nactions: output:1\nhex: \"0000000800010000\"\n"},
	} {
		code, out, errs := filter(t, "", strings.Fields(c.args)...)
		require.Equal(t, 0, code, errs)
		require.Equal(t, c.want, out, c.args)
	}
	code, out, errs := filter(t, `{"version":4,"type":"TypeBarrierRequest","xid":7}`, "encode", "-o", "json")
	require.Equal(t, 0, code, errs)
	require.Equal(t, `{"hex":"0414000800000007"}`+"\n", out)
	code, _, errs = filter(t, "", "decode", "--format", "hex", "-o", "json", "0414000800000007")
	require.Equal(t, 2, code)
	require.Contains(t, errs, "leave out --format or --output")
}
