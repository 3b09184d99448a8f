package ovstest

import (
	"embed"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

//go:embed testdata/*.hex
var captured embed.FS

// Captured are messages of an OpenFlow version (1 or 4) that Open vSwitch's programs have exchanged, some of each kind:
// examples that are none of ours, above all to begin fuzzing with. TestCaptured with -update captures them anew.
func Captured(t testing.TB, version byte) [][]byte {
	t.Helper()
	return lines(t, capturedFile(version))
}

// CapturedFlows are the flow-mods among Captured, taken apart: the match, as OXM without its header (1.3) or as the 40
// bytes of 1.0, and the actions of 1.0 or the instructions of 1.3.
func CapturedFlows(t testing.TB, version byte) (matches, does [][]byte) {
	t.Helper()
	const flowMod, match13 = 14, 48
	for _, m := range Captured(t, version) {
		switch {
		case m[1] != flowMod:
		case version == 1:
			matches, does = append(matches, m[8:48]), append(does, m[72:])
		default:
			n := int(binary.BigEndian.Uint16(m[match13+2:]))
			matches = append(matches, m[match13+4:match13+n])
			does = append(does, m[match13+(n+7)&^7:])
		}
	}
	require.NotEmpty(t, does)
	return matches, does
}

// Frames are Ethernet frames: those of captured packet-ins, and what DHCP clients send.
func Frames(t testing.TB) [][]byte {
	t.Helper()
	const packetIn, head = 10, 18
	var out [][]byte
	for _, m := range Captured(t, 1) {
		if m[1] == packetIn && len(m) > head {
			out = append(out, m[head:])
		}
	}
	require.NotEmpty(t, out)
	return append(out, lines(t, "testdata/dhcp.hex")...)
}

func lines(t testing.TB, file string) (out [][]byte) {
	t.Helper()
	text, err := captured.ReadFile(file)
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		b, err := hex.DecodeString(strings.TrimSpace(line))
		require.NoError(t, err)
		out = append(out, b)
	}
	require.NotEmpty(t, out)
	return out
}

func capturedFile(version byte) string { return fmt.Sprintf("testdata/openflow1%d.hex", version-1) }
