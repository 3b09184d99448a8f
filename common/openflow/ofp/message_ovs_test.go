package ofp

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// marker is a message between two others, so that one knows where the text of one ends.
const markerXid = 0xfeed0000

// ovsMessages is what ovs-ofctl prints of each message.
func ovsMessages(t testing.TB, messages [][]byte) []string {
	t.Helper()
	var all []byte
	for n, m := range messages {
		all = append(all, m...)
		all = binary.BigEndian.AppendUint32(append(all, 4, 20, 0, 8), markerXid+uint32(n))
	}
	name := filepath.Join(t.TempDir(), "messages")
	require.NoError(t, os.WriteFile(name, all, 0o600))
	out, err := exec.Command("ovs-ofctl", "--no-names", "-vANY:OFF", "ofp-parse", name).CombinedOutput()
	require.NoError(t, err, "%s", out[max(0, len(out)-2000):])
	texts := make([]string, len(messages))
	rest := string(out)
	for n := range messages {
		text, after, ok := strings.Cut(rest, fmt.Sprintf("OFPT_BARRIER_REQUEST (OF1.3) (xid=0x%x):\n", markerXid+n))
		require.True(t, ok, "message %d", n)
		texts[n], rest = text, after
	}
	return texts
}

const decodeError = "***decode error: "

// compare checks what we print, or refuse, against what ovs-ofctl does.
func compare(t *testing.T, messages [][]byte) {
	t.Helper()
	wrong, refused := map[string]int{}, 0
	for n, want := range ovsMessages(t, messages) {
		got, err := FormatMessage(messages[n])
		_, code, bad := strings.Cut(want, decodeError)
		if bad && strings.Contains(want[:len(want)-len(code)], "\n") && strings.HasPrefix(want, "OFPT_ERROR") {
			bad = false // it is the quoted message that is bad
		}
		if bad {
			refused++
			code, _, _ = strings.Cut(code, "***")
		}
		name, _, _ := strings.Cut(want, " (")
		if bad && err == nil {
			if wrong[name]++; wrong[name] <= 2 {
				t.Errorf("%s: %x\n ovs %s\n got %s", name, messages[n], want, got)
			}
		} else if bad && refusal(err) != code {
			if wrong[name]++; wrong[name] <= 2 {
				t.Errorf("%s: %x\n ovs %s\n got %v", name, messages[n], code, err)
			}
		} else if !bad && (err != nil || got != want) {
			if wrong[name]++; wrong[name] <= 2 {
				t.Errorf("%s: %x\n ovs %s\n got %s %v", name, messages[n], want, got, err)
			}
		}
	}
	t.Logf("%d messages, %d refused", len(messages), refused)
	require.Empty(t, wrong)
}

// Every kind of message, with random contents, is printed as ovs-ofctl prints it.
func TestMessagesAreThoseOfOVS(t *testing.T) {
	compare(t, newGen(21).everyMessage(60))
}
