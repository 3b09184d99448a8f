package integration

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWait(t *testing.T) {
	l := on(t)
	l.apply(blue)
	l.run("guest", "hv2", "web2")
	t.Run("times out", func(t *testing.T) {
		r := (&lab{t: t}).tryCoordinator("wait", "--port", "web1", "--timeout", "1s")
		require.Equal(t, 6, r.code, "%s%s", r.out, r.err)
		require.Contains(t, r.err, "web1")
	})
	t.Run("undefined", func(t *testing.T) {
		r := (&lab{t: t}).tryCoordinator("wait", "--port", "nobody", "--timeout", "1s")
		require.Equal(t, 3, r.code, "%s%s", r.out, r.err)
		require.Contains(t, r.err, "nobody")
	})
	t.Run("until it is up", func(t *testing.T) {
		l := &lab{t: t}
		waiting := l.start("hv3", "vlcp-coordinator", "wait", "--port", "web1")
		select {
		case <-waiting.done:
			require.Fail(t, "ended before the port was attached", waiting.out)
		case <-time.After(time.Second):
		}
		l.run("guest", "hv1", "web1", "--dhcp", "none")
		waiting.wait()
		require.Zero(t, waiting.cmd.ProcessState.ExitCode(), waiting.out)
		require.Equal(t, "up", l.status("hv1").port("web1").State)
		l.exec("web1", "ip", "addr", "add", "10.10.0.11/24", "dev", "eth0")
		l.pings("web1", "10.10.0.12")
	})
}

// TestStatusShape requires every field of `vlcp-agent status -o json`, and its type. A list is described by what each
// element is.
func TestStatusShape(t *testing.T) {
	l := on(t)
	l.apply(blue)
	l.guests("hv1/web1", "hv2/web2")
	iface := []string{"--", "set", "interface", "nobody0", "type=internal", "external_ids:iface-id=nobody"}
	l.exec("hv1", append([]string{"ovs-vsctl", "add-port", "br-int", "nobody0"}, iface...)...)
	t.Cleanup(func() { l.exec("hv1", "ovs-vsctl", "--if-exists", "del-port", "nobody0") })
	l.eventually(func() bool { return len(l.status("hv1").Problems) > 0 }, "no problem")

	text, number, boolean := "", 0.0, true
	shape := map[string]any{
		"host": text, "version": text, "uptime_seconds": number,
		"switch": map[string]any{"bridge": text, "connected": boolean, "openflow": text, "datapath_id": text,
			"ovs_version": text},
		"store": map[string]any{"connected": boolean, "revision": number, "applied_revision": number, "state": text},
		"ports": []any{map[string]any{"id": text, "network": text, "interface": text, "ofport": number, "mac": text,
			"ips": []any{text}, "state": text}},
		"tunnels": []any{map[string]any{"host": text, "address": text}},
		"flows": map[string]any{"desired": number, "installed": number, "pending": number, "foreign": number,
			"by_table": map[string]any{"l2": number}},
		"dhcp":     map[string]any{"offers": number, "acks": number, "naks": number},
		"problems": []any{map[string]any{"code": text, "object": text, "message": text}},
	}
	var got any
	require.NoError(t, json.Unmarshal([]byte(l.exec("hv1", "vlcp-agent", "status", "-o", "json")), &got))
	hasShape(t, "status", shape, got)

	s := l.status("hv1")
	require.Equal(t, "hv1", s.Host)
	require.Equal(t, "integration", s.Version)
	require.Equal(t, "br-int", s.Switch.Bridge)
	require.Regexp(t, `^\d+\.\d+`, s.Switch.OVSVersion)
	require.Regexp(t, `^[0-9a-f]{16}$`, s.Switch.DatapathID)
	require.Equal(t, s.Store.Revision, s.Store.AppliedRevision)
	require.Equal(t, []string{"10.10.0.11"}, s.port("web1").IPs)
	require.Equal(t, l.exec("web1", "cat", "/sys/class/net/eth0/address"), s.port("web1").MAC+"\n")
	require.Equal(t, "hv2 10.255.0.2", s.Tunnels[0].Host+" "+s.Tunnels[0].Address)
	sum := 0
	for _, n := range s.Flows.ByTable {
		sum += n
	}
	require.Equal(t, s.Flows.Installed, sum)
	require.Len(t, l.dump("hv1"), sum)
}

func hasShape(t *testing.T, at string, shape, got any) {
	t.Helper()
	require.IsType(t, shape, got, at)
	switch shape := shape.(type) {
	case map[string]any:
		for key, element := range shape {
			require.Contains(t, got, key, at)
			hasShape(t, at+"."+key, element, got.(map[string]any)[key])
		}
	case []any:
		require.True(t, len(got.([]any)) > 0 || strings.HasSuffix(at, ".ips"), "%s is empty", at)
		for _, g := range got.([]any) {
			hasShape(t, at+"[]", shape[0], g)
		}
	}
}
