package ovsctl

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/ovstest"
)

func TestEnsureCreatesWhatIsMissingAndLeavesWhatIsThere(t *testing.T) {
	sw := ovstest.Start(t)
	s := Setup{DB: sw.DB, Bridge: "br-int", DatapathType: "dummy", TunnelPort: "vxlan0", DstPort: 4789}
	ctx := context.Background()
	require.NoError(t, CLI{}.Ensure(ctx, s))
	require.Equal(t, "secure", sw.Vsctl("get", "bridge", "br-int", "fail_mode"))
	require.Equal(t, "vxlan", sw.Vsctl("get", "interface", "vxlan0", "type"))
	before := sw.Vsctl("get", "bridge", "br-int", "_uuid")
	sw.Vsctl("set", "bridge", "br-int", "fail_mode=standalone", "--", "set", "interface", "vxlan0",
		"options:dst_port=4790", "options:remote_ip=192.0.2.7", "options:csum=true")
	require.NoError(t, CLI{}.Ensure(ctx, s))
	require.Equal(t, before, sw.Vsctl("get", "bridge", "br-int", "_uuid"))
	require.Equal(t, "secure", sw.Vsctl("get", "bridge", "br-int", "fail_mode"))
	require.Equal(t, `"4789"`, sw.Vsctl("get", "interface", "vxlan0", "options:dst_port"))
	require.Equal(t, "flow", sw.Vsctl("get", "interface", "vxlan0", "options:remote_ip"))
	require.Equal(t, `"true"`, sw.Vsctl("get", "interface", "vxlan0", "options:csum"), "what we do not need is left alone")
}

func TestGuestsComeAndGo(t *testing.T) {
	sw := ovstest.Start(t)
	s := Setup{DB: sw.DB, Bridge: "br-int", DatapathType: "dummy"}
	ctx := context.Background()
	require.NoError(t, CLI{}.Ensure(ctx, s))
	require.NoError(t, CLI{}.AddGuest(ctx, s, "tap1", map[string]string{"iface-id": "web1"}))
	sw.Vsctl("set", "interface", "tap1", "external_ids:vlcp-claim=web1:1")
	require.NoError(t, CLI{}.AddGuest(ctx, s, "tap1", map[string]string{"iface-id": "web1"}))
	require.Equal(t, "{iface-id=web1}", sw.Vsctl("get", "interface", "tap1", "external_ids"))
	require.NoError(t, CLI{}.RemoveGuest(ctx, s, "tap1"))
	require.NoError(t, CLI{}.RemoveGuest(ctx, s, "tap1"), "one that is gone is what was asked for")
	require.Equal(t, "", sw.Vsctl("list-ports", "br-int"))
}

func TestErrorsSayWhatOVSSaid(t *testing.T) {
	err := CLI{}.Ensure(context.Background(), Setup{DB: "unix:/nonexistent/db.sock", Bridge: "b"})
	require.ErrorContains(t, err, "list bridges")
	require.ErrorContains(t, err, "/nonexistent/db.sock")
}
