package main

import (
	"os/exec"
	"time"

	"github.com/vlcp-go/vlcp/integration/chaos/probe"
)

const (
	floodSeconds = 6
	floodAsks    = 200  // DHCP requests of the other guest meanwhile, one every 20 ms
	quietAsks    = 50   // and before
	answerMax    = 50.0 // milliseconds, p99; or, on a machine that is busy with other things,
	busyFactor   = 3    // so many times what it is without the flood
	stormPause   = 2 * time.Second
)

// ofFlood: the guest that floods takes its share of the processor, and frames are lost where that is all there is, but
// nothing stops.
var ofFlood = limit{lost: noLimit, gap: 1000, mods: noLimit, converge: converged}

var loadFaults = []fault{
	{"flood", "a guest sends 5,000 frames a second: ARP for addresses that nobody has, DHCP, pings to everybody and " +
		"nobody; another one's DHCP is answered in 50 ms (p99)",
		ofFlood, floodWith("all"), false},
	{"storm", "several of these at once: Redis killed or out of reach, agents, ovs-vswitchd and ovsdb-server killed, " +
		"flows deleted", limit{lost: noLimit, mods: noLimit, converge: 2 * converged}, storm, true},
}

// floodFaults are parts of flood, which happen only to those who ask for them.
var floodFaults = func() (out []fault) {
	for _, kind := range probe.Floods {
		out = append(out, fault{"flood-" + kind, "flood, with " + kind + " alone", ofFlood, floodWith(kind),
			false})
	}
	return out
}()

// floodWith has a guest b4 beside b1 on hv1.
func floodWith(kind string) func(*trial) error {
	return func(t *trial) error {
		t.host = "hv1"
		if err := inOrder(t.step("guest", "hv1", "b4", "--dhcp", "none"), t.define("wait", "--port", "b4")); err != nil {
			return err
		}
		c, err := t.p.config(0, "hv1", "b4")
		if err != nil {
			return err
		}
		flooder, err := startProbe("b4", c)
		if err != nil {
			return err
		}
		err = t.flood(flooder, kind)
		flooder.Stop()
		if err != nil {
			return err
		}
		t.gone()
		return t.l.run("unguest", "b4")
	}
}

func (t *trial) flood(flooder *probe.Process, kind string) error {
	quiet, err := t.p.guests["b1"].Do(probe.Command{What: "ask", N: quietAsks})
	if err != nil {
		return err
	}
	sent, flooded := 0, make(chan error, 1)
	here, there := t.l.cpu("hv1.ovs-vswitchd"), t.l.cpu("hv2.ovs-vswitchd")
	t.inject()
	go func() {
		a, err := flooder.Do(probe.Command{What: "flood", Kind: kind, N: floodSeconds})
		sent = int(a.Sent)
		flooded <- err
	}()
	time.Sleep(time.Second / 2) // until it is in full flow
	a, err := t.p.guests["b1"].Do(probe.Command{What: "ask", N: floodAsks})
	if e := <-flooded; err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	t.note("ovs-vswitchd used %.1f s here and %.1f s on the other host", t.l.cpu("hv1.ovs-vswitchd")-here,
		t.l.cpu("hv2.ovs-vswitchd")-there)
	t.note("%d frames of the flood, %d of %d DHCP requests answered, p50 %.1f ms, p99 %.1f ms, max %.1f ms; before: "+
		"p50 %.1f ms, p99 %.1f ms", sent, a.DHCP.Answered, a.DHCP.Asked, a.DHCP.P50, a.DHCP.P99, a.DHCP.Max,
		quiet.DHCP.P50, quiet.DHCP.P99)
	if a.DHCP.Answered < a.DHCP.Asked || a.DHCP.P99 > max(answerMax, busyFactor*quiet.DHCP.P99) {
		t.fail("the other guest's DHCP")
	}
	return nil
}

// storm breaks two to five things without waiting for any, and mends all.
func storm(t *trial) error {
	breaks := []struct {
		name string
		do   func(host string) error
	}{
		{"Redis killed", func(string) error { return t.l.run("redis", "kill") }},
		{"black hole", t.hole},
		{"agent killed", func(h string) error { return t.l.run("agent", h, "kill") }},
		{"agent killed", func(h string) error { return t.l.run("agent", h, "kill") }},
		{"ovs-vswitchd killed", func(h string) error { return t.l.kill(h + ".ovs-vswitchd") }},
		{"ovsdb-server killed", func(h string) error { return t.l.kill(h + ".ovsdb-server") }},
		{"flows of the host deleted", func(string) error { _, err := t.l.ofctl(t.host, "del-flows", "BRIDGE"); return err }},
	}
	if err := t.account(); err != nil {
		return err
	}
	if _, err := t.l.redis("save"); err != nil {
		return err
	}
	for _, i := range t.random.Perm(len(breaks))[:2+t.random.IntN(4)] {
		host := hosts[t.random.IntN(len(hosts))]
		if err := breaks[i].do(host); err != nil {
			t.note("%s on %s: not possible any more", breaks[i].name, host)
			continue
		}
		t.note("%s on %s", breaks[i].name, host)
		time.Sleep(time.Duration(t.random.Int64N(int64(stormPause))))
	}
	_ = exec.Command("ip", "netns", "exec", "underlay", "nft", "delete table inet hole").Run() // if there is one
	err := t.l.run("up", "--hosts", "3")
	t.gone()
	return err
}
