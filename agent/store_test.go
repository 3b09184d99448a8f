package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/config"
	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// away makes the store look like a server that is not there.
func (w *world) away() {
	w.mem.Fault(func(op string) error { return fmt.Errorf("%s: %w", op, store.ErrUnavailable) })
	w.mem.CutWatchers(errors.New("connection refused"))
}

func (w *world) back() {
	w.mem.Fault(nil)
	w.mem.CutWatchers(nil)
}

// blue is a world of two hosts with a port of one network each, both up.
func blue(t *testing.T) (w *world, one, two *host) {
	t.Helper()
	w = newWorld(t, 2)
	w.network("blue", 1)
	w.port("web1", "blue")
	w.port("web2", "blue")
	w.startAll()
	one, two = w.hosts[0], w.hosts[1]
	one.attach("p1", "web1")
	two.attach("p2", "web2")
	one.up("web1")
	two.up("web2")
	w.settle()
	return w, one, two
}

// blueAnd is blue, and a port of a second network that only host2 has.
func blueAnd(t *testing.T, network, port string) (w *world, one, two *host) {
	t.Helper()
	w, one, two = blue(t)
	w.network(network, 2)
	w.port(port, network)
	two.attach("p3", port)
	two.up(port)
	return w, one, two
}

// TestStoreAwayAtStart: without a journal, too, nothing is taken away.
func TestStoreAwayAtStart(t *testing.T) {
	w, one, _ := blue(t)
	one.cfg.Journal.Path = ""
	before := one.dump()
	one.stop()
	w.port("web3", "blue")
	w.away()
	one.start()
	await(t, "store_unreachable", func() bool { return one.problem("store_unreachable", "store") })
	await(t, "the switch is connected", func() bool { return one.status().Switch.Connected })
	await(t, "the database was read", func() bool { return one.portState("web1") == status.PortUndefined })
	require.Equal(t, before, one.dump(), "the flows of the predecessor stay as they are")
	require.False(t, one.status().Ready)
	require.Zero(t, one.status().Flows.Sent)
	require.False(t, one.problem("port_undefined", "web1"), "who does not know must not say so")
	require.Contains(t, fmt.Sprint(one.status().Problems), "DHCP is not answered")

	w.back()
	one.ready()
	one.up("web1")
	w.settle()
	require.Zero(t, one.status().Flows.Sent)
	require.Empty(t, one.status().Problems)
}

func TestStoreAwayLater(t *testing.T) {
	w, one, two := blue(t)
	w.port("web3", "blue")
	w.settle()
	before := two.dump()
	w.away()
	await(t, "store_unreachable", func() bool { return two.problem("store_unreachable", "store") })
	require.Contains(t, fmt.Sprint(two.status().Problems), "DHCP go on as last defined")
	one.detach("p1")
	one.attach("p3", "web3")
	await(t, "both changes are seen", func() bool { return one.portState("web1") == "" && one.portState("web3") != "" })
	time.Sleep(2 * retryMin) // long enough for a withdrawal to be tried and to fail
	require.Equal(t, before, two.dump())

	w.back()
	one.up("web3")
	await(t, "web1 is withdrawn all the same", func() bool { return w.boundTo("web1") == "" })
	w.settle()
	require.Zero(t, two.owned("port/web1"))
	require.Positive(t, two.owned("port/web3"))
	require.Empty(t, one.status().Problems)
}

// TestLostHints: what no hint told of is found by polling, look-ups included.
func TestLostHints(t *testing.T) {
	w, one, two := blue(t)
	w.network("red", 2)
	one.attach("p3", "web3")
	await(t, "web3 is seen", func() bool { return one.portState("web3") == status.PortUndefined })
	w.settle()
	w.deaf.Store(true)
	w.mem.CutWatchers(errors.New("cut"))
	one.clock.stop()
	two.clock.stop()
	w.port("web3", "blue") // attached, and not defined until now
	w.delete(model.KindPort, "web2")
	w.port("web2", "red") // another network than the one that is followed
	for range 2 {         // one to see it, one to look it up
		for _, h := range w.hosts {
			rev := w.rev()
			h.pass(pollInterval)
			await(t, "it has polled", func() bool { return h.status().Store.Revision >= rev })
		}
	}
	one.up("web3")
	await(t, "web2 has moved", func() bool {
		p := two.status().Ports[0]
		return p.Network == "red" && p.State == status.PortUp && one.owned("port/web2") == 0
	})
	w.settle()
}

// TestBeatAndBindingFollowTheSwitch: neither says that something is in force before the switch has said so.
func TestBeatAndBindingFollowTheSwitch(t *testing.T) {
	w, one, _ := blue(t)
	applied := func() int64 {
		beats, err := w.mem.Beats(t.Context())
		require.NoError(t, err)
		for _, b := range beats {
			if b.Host == one.cfg.Host {
				var v model.Beat
				require.NoError(t, json.Unmarshal(b.Value, &v))
				return v.Applied
			}
		}
		return 0
	}
	await(t, "the heartbeat says that all is applied", func() bool { return applied() == w.rev() })

	one.sw.StopVswitchd()
	await(t, "switch_unreachable", func() bool { return one.problem("switch_unreachable", testBridge) })
	before := applied()
	w.port("web3", "blue")
	one.sw.Vsctl("--no-wait", "add-port", testBridge, "p3", "--", "set", "interface", "p3", "type=dummy", "ofport=33",
		"external_ids:iface-id=web3")
	await(t, "the store is read", func() bool { return one.status().Store.Revision == w.rev() })
	one.nudge()
	time.Sleep(retryMin)
	require.Equal(t, before, applied())
	require.Empty(t, w.boundTo("web3"))

	one.sw.StartVswitchd()
	one.up("web3")
	w.settle()
	await(t, "and again", func() bool { return applied() == w.rev() })
}

// quiet is a store that may not notify.
type quiet struct {
	shared
	on *atomic.Bool
}

func (s quiet) Info(ctx context.Context) (store.Info, error) {
	i, err := s.shared.Info(ctx)
	i.Notifications = s.on.Load()
	return i, err
}

// A store that does not notify is polled, and status says so.
func TestWithoutNotifications(t *testing.T) {
	w := newWorld(t, 1)
	h := w.hosts[0]
	var on atomic.Bool
	h.env.OpenStore = func(context.Context, config.Redis) (store.Store, error) {
		return quiet{shared{w.mem, &w.deaf}, &on}, nil
	}
	w.startAll()
	require.True(t, h.problem("store_not_notifying", "store"))
	require.Contains(t, fmt.Sprint(h.status().Problems), "notify-keyspace-events K$gt")
	on.Store(true)
	w.mem.Restart() // as somebody does who changed its configuration
	await(t, "it notifies", func() bool { h.nudge(); return !h.problem("store_not_notifying", "store") })

	w.mem.CutWatchers(errors.New("no permission to subscribe"))
	await(t, "the subscription is down", func() bool { return h.problem("store_not_notifying", "store") })
	require.Contains(t, fmt.Sprint(h.status().Problems), "no permission to subscribe")
	w.mem.CutWatchers(nil)
	await(t, "it is back", func() bool { return !h.problem("store_not_notifying", "store") })
}
