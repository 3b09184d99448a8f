package main

import (
	"fmt"
	"strings"
	"time"
)

const (
	converged    = 10 * time.Second // where no promise says less: the machine may be busy
	ofDifference = 40               // flow-mods that a changed port may take
)

// Where interfaces of the host come or go, ovs-vswitchd reads its routes anew (route_table_reset), and between the
// flush and the answer it knows no way to the tunnels' far ends: flows that are looked at then drop until they are
// looked at again. It needs no port of a bridge: any interface of the host does that to tunnels of a userspace
// datapath, and to no others. Of the four ways it was 12 to 86 frames, and 5 to 40 ms, besides what was starved.
const (
	routesRead    = 120 // frames, all ways
	routesReadGap = 60  // ms
)

var agentFaults = []fault{
	{"agent-killed", "kill -9 of an agent, and its start", harmless(converged), func(t *trial) error {
		return t.restart("kill", "start")
	}, false},
	{"agent-restarted", "an agent is stopped in order and started", harmless(converged), func(t *trial) error {
		return t.restart("restart")
	}, false},
	{"changed-while-agent-down", "a port's definition changes while the agent of its host is down: only the difference",
		limit{mods: ofDifference, converge: converged}, changedWhileDown, false},
	{"booted-from-journal", "Redis is killed, an agent restarted; a guest boots and asks DHCP",
		limit{lost: routesRead, gap: routesReadGap, mods: ofDifference, converge: converged}, bootedFromJournal, false},
	{"host-restarted", "Redis is killed, then agent and ovs-vswitchd of a host; both start without it, the switch with " +
		"flow-restore-wait: all flows by the journal, and the flag taken away", refilled, hostRestarted, false},
	{"claimed-twice", "a second host claims a port: it has it then, the first one says so",
		limit{lost: routesRead, gap: routesReadGap, mods: noLimit, converge: converged}, claimedTwice, false},
}

func (t *trial) restart(actions ...string) error {
	for _, a := range actions {
		if err := t.agent(t.host, a); err != nil {
			return err
		}
		t.gone() // an agent that answers is ready
	}
	return nil
}

func changedWhileDown(t *trial) error {
	guest := map[string]string{"hv1": "b1", "hv2": "b2"}[t.host]
	if guest == "" {
		t.host, guest = "hv1", "b1"
	}
	return inOrder(
		func() error { return t.agent(t.host, "kill") },
		t.define("port", "update", guest, "--allowed-address", "10.10.0.99"),
		func() error { return t.agent(t.host, "start") },
		func() error {
			t.gone()
			return until(giveUp, func() bool { s, err := t.l.status(t.host); return err == nil && s.Flows.Pending == 0 })
		},
		func() error {
			before := t.mods
			if err := t.account(); err != nil {
				return err
			}
			if t.note("%d flow-mods for the difference", t.mods-before); t.mods == before {
				t.fail("no flow-mod for a changed definition")
			}
			return nil
		},
		t.define("port", "update", guest, "--allowed-address", ""),
		t.define("wait"),
	)
}

func bootedFromJournal(t *trial) error {
	if t.host == "hv3" {
		t.host = "hv1" // where the guest's network is
	}
	return inOrder(
		t.killRedis,
		func() error { return t.agent(t.host, "kill") },
		func() error { return t.agent(t.host, "start") },
		func() error {
			s, err := t.l.status(t.host)
			if err == nil && (!s.Store.FromJournal || s.Flows.Sent != 0) {
				t.fail("started without Redis: from the journal %v, %d flow-mods", s.Store.FromJournal, s.Flows.Sent)
			}
			return err
		},
		func() error {
			start := time.Now()
			if err := t.l.run("guest", t.host, "b3"); err != nil { // fails without an address
				return err
			}
			t.note("the guest had its address %.1f s after it was attached", time.Since(start).Seconds())
			return nil
		},
		t.startRedis,
		func() error { return t.settle() },
		t.step("unguest", "b3"),
	)
}

// hostRestarted is what a host does that starts again while the store is away.
func hostRestarted(t *trial) error {
	const flag = "other_config:flow-restore-wait=true"
	flows, err := t.l.flows(t.host)
	if err != nil {
		return err
	}
	return inOrder(
		t.killRedis,
		func() error { return t.agent(t.host, "kill") },
		func() error { return t.l.kill(t.host + ".ovs-vswitchd") },
		t.step("exec", t.host, "ovs-vsctl", "--no-wait", "set", "open_vswitch", ".", flag),
		t.step("ovs", t.host, "start"),
		func() error { return t.agent(t.host, "start") },
		func() error {
			start := time.Now()
			if err := t.asBefore(flows); err != nil {
				return fmt.Errorf("flows as before, without Redis: %w", err)
			}
			t.note("flows as before %.2f s after the agent was ready", time.Since(start).Seconds())
			return nil
		},
		func() error {
			return until(giveUp, func() bool {
				set, err := t.l.exec(t.host, "ovs-vsctl", "get", "open_vswitch", ".", "other_config")
				return err == nil && !strings.Contains(set, "flow-restore-wait")
			})
		},
		t.startRedis,
		t.settle)
}

// claimedTwice has an interface of hv3 claim the port of a guest of the host.
func claimedTwice(t *trial) error {
	if t.host == "hv3" {
		t.host = "hv2"
	}
	add := []string{"exec", "hv3", "ovs-vsctl", "add-port", "br-int", "claim0", "--", "set", "interface", "claim0",
		"type=internal", "external_ids:iface-id=b5"}
	return inOrder(
		t.step("guest", t.host, "b5", "--dhcp", "none"),
		t.define("wait", "--port", "b5"),
		func() error { t.inject(); return t.l.run(add...) },
		t.step("exec", "hv3", "sh", "-c", "ip link set claim0 up && { arping -q -U -c 1 -I claim0 10.10.0.15; true; }"),
		func() error {
			return t.notice(func(s *status) bool { return s.problem("port_claimed_elsewhere") }, t.host)
		},
		func() error { return t.notice(func(s *status) bool { return s.port("b5") == "up" }, "hv3") },
		t.step("exec", "hv3", "ovs-vsctl", "del-port", "br-int", "claim0"),
		t.step("unguest", "b5"),
		func() error { t.gone(); return nil },
	)
}

// settle waits until every host is as it should be.
func (t *trial) settle() error {
	why := ""
	if err := until(giveUp, func() bool { why = t.l.allSettled(); return why == "" }); err != nil {
		return fmt.Errorf("%s: %w", why, err)
	}
	return nil
}

func (l *lab) allSettled() string {
	for _, host := range hosts {
		if why := l.unsettled(host); why != "" {
			return why
		}
	}
	return ""
}
