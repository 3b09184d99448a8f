package agent

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/config"
	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/agent/internal/vport"
	"github.com/vlcp-go/vlcp/common/store"
)

// lossy is a store that makes a commit, and then lets nobody know.
type lossy struct {
	shared
	lose *atomic.Bool
	then func() // between the commit and the error
}

func (s lossy) Commit(ctx context.Context, t store.Txn) (store.Result, error) {
	res, err := s.shared.Commit(ctx, t)
	if err == nil && s.lose.CompareAndSwap(true, false) {
		s.then()
		return store.Result{}, fmt.Errorf("connection lost: %w", store.ErrUnknown)
	}
	return res, err
}

// A guest leaves while nobody knows whether its port was announced: it was, and is withdrawn.
func TestDetachedDuringACommitOfUnknownOutcome(t *testing.T) {
	w := newWorld(t, 1)
	h := w.hosts[0]
	var lose atomic.Bool
	h.env.OpenStore = func(context.Context, config.Redis) (store.Store, error) {
		return lossy{shared{w.mem, &w.deaf}, &lose, func() {
			h.detach("p1")
			await(t, "it is gone", func() bool { return h.portState("web1") == "" })
		}}, nil
	}
	w.network("blue", 1)
	w.port("web1", "blue")
	w.startAll()
	lose.Store(true)
	h.attach("p1", "web1")
	await(t, "the reply is lost", func() bool { return !lose.Load() && h.portState("web1") == "" })
	await(t, "the port is withdrawn", func() bool { return w.bound("host1") == 0 && w.boundTo("web1") == "" })
	w.settle()
}

// A port that is attached once more is not up before this attach was acknowledged.
func TestAttachedOnceMore(t *testing.T) {
	_, one, _ := blue(t)
	mark := func(text string) string {
		t.Helper()
		state, err := onScheduler(t.Context(), one.a, func() (string, error) {
			l, _ := one.a.view.Local("web1")
			l.Attach = text
			one.a.view.SetLocal("web1", &l)
			return one.a.portStatus()[0].State, nil
		})
		require.NoError(t, err)
		return state
	}
	require.Equal(t, status.PortPending, mark("again"))
	require.Equal(t, status.PortUp, mark(""))

	one.sw.Vsctl("set", "interface", "p1", "external_ids:"+vport.AttachKey+"=more")
	await(t, "it is up by that attach", func() bool {
		p := one.status().Ports[0]
		return p.Attach == "more" && p.State == status.PortUp
	})
	one.sw.Vsctl("del-port", "p1", "--", "add-port", testBridge, "p1", "--", "set", "interface", "p1", "type=dummy",
		"external_ids:iface-id=web1", "external_ids:"+vport.AttachKey+"=new")
	await(t, "it is up by the new one", func() bool {
		p := one.status().Ports
		return len(p) == 1 && p[0].Attach == "new" && p[0].State == status.PortUp
	})
}

// A tunnel port that was there with other options is made right, also later; what is no tunnel is left alone.
func TestATunnelPortThatIsSetUpWrong(t *testing.T) {
	w := newWorld(t, 1)
	h := w.hosts[0]
	option := func(k string) string {
		return strings.Trim(h.sw.Vsctl("--if-exists", "get", "interface", "vxlan0", "options:"+k), `"`)
	}
	right := func() bool {
		return option("remote_ip") == "flow" && option("key") == "flow" && strings.Contains("4789", option("dst_port")) &&
			len(h.status().Problems) == 0
	}
	h.sw.Bridge(testBridge)
	h.sw.Vsctl("add-port", testBridge, "vxlan0", "--", "set", "interface", "vxlan0", "type=vxlan",
		"options:remote_ip=192.0.2.99", "options:csum=true")
	w.startAll()
	await(t, "the options are right", right)
	require.Equal(t, "true", option("csum"))
	h.sw.Vsctl("set", "interface", "vxlan0", "options:key=7", "options:dst_port=4790")
	await(t, "the options are right again", right)

	h.sw.Vsctl("del-port", "vxlan0", "--", "add-port", testBridge, "vxlan0", "--", "set", "interface", "vxlan0",
		"type=dummy")
	await(t, "tunnel_port_mistyped", func() bool { return h.problem("tunnel_port_mistyped", "vxlan0") })
	require.Contains(t, fmt.Sprint(h.status().Problems), "del-port vxlan0")
	require.Zero(t, func() uint32 {
		n, err := onScheduler(t.Context(), h.a, func() (uint32, error) { return h.a.ports.tunnelPort(), nil })
		require.NoError(t, err)
		return n
	}())
	h.sw.Vsctl("del-port", "vxlan0")
	await(t, "the agent makes its own", right)
}
