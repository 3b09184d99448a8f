package ofp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/ovstest"
	"github.com/vlcp-go/vlcp/common/wire"
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

// inner is the code of a message inside of another whose actions are refused.
var inner = regexp.MustCompile(`OFPB[AI]C_[A-Z_]+\*`)

const decodeError = "***decode error: "

// compare checks what we print, or refuse, against what ovs-ofctl does.
func compare(t *testing.T, messages [][]byte) {
	t.Helper()
	wrong, refused := map[string]int{}, 0
	for n, want := range ovsMessages(t, messages) {
		got, err := FormatMessage(messages[n])
		code := refusedByOVS(want)
		if code != "" {
			refused++
		}
		same := inner.ReplaceAllString(got, "") == inner.ReplaceAllString(want, "")
		if code == "" && err == nil && same || code != "" && err != nil && sameCode(code, refusal(err)) {
			continue
		}
		if strings.HasPrefix(want, "OFPST_GROUP reply") && errors.Is(err, wire.ErrTruncated) {
			continue // it reads on behind the end of a group whose length does not add up
		}
		name, _, _ := strings.Cut(want, " (")
		if name += " " + code; code != "" && err != nil {
			name += " for " + refusal(err)
		}
		if wrong[name]++; wrong[name] <= 2 {
			t.Errorf("%s: %x\n ovs %s\n got %s %v", name, messages[n], want, got, err)
		}
	}
	t.Logf("%d messages, %d refused", len(messages), refused)
	require.Empty(t, wrong)
}

// sameCode says whether a message is refused for the same reason. Of a message in which lengths do not add up something
// else may be wrong, too, and Open vSwitch find that first.
func sameCode(ovs, ours string) bool {
	if strings.HasPrefix(ovs, "OFPBAC_") || strings.HasPrefix(ovs, "OFPBIC_") {
		return true // package action has a test for its own
	}
	return ovs == ours || strings.HasSuffix(ours, "_LEN") || strings.HasSuffix(ovs, "_LEN") ||
		ours == "OFPGMFC_BAD_BUCKET"
}

// refusedByOVS is the code with which ovs-ofctl refuses the message that it printed, "" if it does not.
func refusedByOVS(printed string) string {
	before, code, bad := strings.Cut(printed, decodeError)
	if !bad || strings.HasPrefix(printed, "OFPT_ERROR") && strings.Contains(before, "\n") {
		return "" // or it is the message inside that is refused
	}
	code, _, _ = strings.Cut(code, "***")
	return code
}

// Every kind of message, with random contents, is printed as ovs-ofctl prints it.
func TestMessagesAreThoseOfOVS(t *testing.T) {
	compare(t, newGen(21).everyMessage(60))
}

// What Open vSwitch's programs say to one another is printed as ovs-ofctl prints it.
func TestCapturedMessagesAreThoseOfOVS(t *testing.T) {
	compare(t, append(ovstest.Captured(t, 1), ovstest.Captured(t, 4)...))
}
