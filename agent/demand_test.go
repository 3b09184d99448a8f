package agent

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

// lazyWorld is two hosts with guests of a network whose flows are on demand: n1 is on the first, the others are on the
// second.
func lazyWorld(t *testing.T, ports int, change func(h *host)) (*world, *host) {
	t.Helper()
	w := newWorld(t, 2)
	w.network("blue", 1)
	w.strategy("blue", model.StrategyOnDemand)
	for i := range ports {
		w.create(&model.Port{Name: fmt.Sprint("n", i+1), Network: "blue", MAC: lazyMAC(i + 1)})
	}
	for _, h := range w.hosts {
		change(h)
	}
	w.startAll()
	w.hosts[0].attach("tap1", "n1")
	w.hosts[0].up("n1")
	for i := 1; i < ports; i++ {
		w.hosts[1].attach(fmt.Sprint("tap", i+1), fmt.Sprint("n", i+1))
		w.hosts[1].up(fmt.Sprint("n", i+1))
	}
	w.settle()
	return w, w.hosts[0]
}

func (w *world) strategy(network, is string) {
	w.t.Helper()
	var c catalog.Changes
	c.Update(model.KindNetwork, network, func(o catalog.Object) error {
		o.(*model.Network).Strategy = is
		return nil
	})
	w.commit(&c)
}

func lazyMAC(n int) model.MAC { return model.MAC{0x0a, 4: byte(n >> 8), 5: byte(n)} }

// speaksTo has n1 send a frame to a MAC.
func (h *host) speaksTo(mac model.MAC) {
	h.t.Helper()
	h.sw.Appctl("netdev-dummy/receive", "tap1", fmt.Sprintf("%x%x88b5%092d", [6]byte(mac), [6]byte(lazyMAC(1)), 0))
}

// asksFor has n1 ask who has 10.1.0.N.
func (h *host) asksFor(n int) {
	h.t.Helper()
	mac := lazyMAC(1)
	def, ok := h.a.view.Port("n1")
	require.True(h.t, ok)
	h.sw.Appctl("netdev-dummy/receive", "tap1", fmt.Sprintf(
		"ffffffffffff%x08060001080006040001%x%x0000000000000a0100%02x%036d", mac[:], mac[:], def.IP.AsSlice(), n, 0))
}

// onDemand are the owners of flows on demand, with their tables.
func (h *host) onDemand() (out []string) {
	h.t.Helper()
	for _, f := range h.flows() {
		if f.Module == "demand" && f.TableName != "needed" {
			if f.State == status.FlowInstalled {
				out = append(out, f.TableName+" "+f.Owner)
			}
		}
	}
	return out
}

// TestOnDemand: on Open vSwitch, a port of another host gets flows when a guest speaks to it or asks for it, which a
// restarted agent adopts, and which go when nobody speaks to it any more.
func TestOnDemand(t *testing.T) {
	const age = 4 * time.Second
	w, h := lazyWorld(t, 5, func(h *host) { h.cfg.Demand.Age = age })
	require.Empty(t, h.onDemand())
	n := h.status().Demand
	require.Equal(t, []status.DemandNetwork{{Network: "blue", Strategy: "on-demand", Ports: 5}}, n.Networks)

	h.speaksTo(lazyMAC(3))
	await(t, "the flows for n3", func() bool { return len(h.onDemand()) == 2 })
	require.Equal(t, []string{"arp port/n3", "l2 port/n3"}, h.onDemand())
	w.settle()
	asked := h.status().Demand.Asked
	h.speaksTo(lazyMAC(3))
	h.speaksTo(lazyMAC(99))
	await(t, "the frame to nobody", func() bool { return h.status().Demand.Unknown == 1 })
	require.Equal(t, asked+1, h.status().Demand.Asked, "there is a flow for the one to n3")
	def, _ := h.a.view.Port("n4")
	h.asksFor(int(def.IP.As4()[3]))
	await(t, "the flows for n4", func() bool { return len(h.onDemand()) == 4 })

	restarted := time.Now()
	h.restart()
	require.Zero(t, h.status().Flows.Sent)
	require.Less(t, time.Since(restarted), age, "the machine is too slow for this test")
	require.Equal(t, 2, h.status().Demand.Networks[0].Wanted)
	await(t, "nobody is spoken to", func() bool { return len(h.onDemand()) == 0 })
	require.EqualValues(t, 2, h.status().Demand.Aged)
	require.Zero(t, h.status().Drift.Planted+h.status().Drift.Deleted+h.status().Drift.Changed)

	w.strategy("blue", "")
	w.settle()
	require.Nil(t, h.status().Demand)
	l2 := 0
	for _, f := range h.flows() {
		require.NotEqual(t, "demand", f.Module)
		if f.TableName == "l2" && f.Module == "l2" && f.Owner != "port/n1" {
			l2++
		}
	}
	require.Equal(t, 4, l2)
}

// TestOnDemandIsBounded: a guest that speaks to all addresses there are costs what it may, and is told of.
func TestOnDemandIsBounded(t *testing.T) {
	_, h := lazyWorld(t, 14, func(h *host) { h.cfg.Demand.Max = 8 })
	for i := 2; i <= 14; i++ {
		h.speaksTo(lazyMAC(i))
		await(t, fmt.Sprint("told of ", i), func() bool { return h.status().Demand.Asked == int64(i-1) })
	}
	await(t, "a quarter", func() bool { return len(h.onDemand()) == 2*2 })
	require.EqualValues(t, 11, h.status().Demand.Evicted)
	require.Equal(t, []string{"port/n13", "port/n14"}, h.ownersOnDemand("l2"))
}

func (h *host) ownersOnDemand(table string) (out []string) {
	for _, f := range h.flows() {
		if f.Module == "demand" && f.TableName == table {
			out = append(out, f.Owner)
		}
	}
	return out
}
