package main

import (
	"errors"
	"fmt"
	"net"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"
)

// repairMax is the promise for a flow that somebody changed.
const repairMax = time.Second

// refillMax is the promise for a switch that starts without flows.
const refillMax = 1500 * time.Millisecond

// repaired: frames get lost until a flow is there again, and not after.
var repaired = limit{lost: noLimit, mods: noLimit, converge: repairMax}

// refilled: a switch that was away forwards nothing until it is there again.
var refilled = limit{lost: noLimit, mods: noLimit, converge: converged}

var switchFaults = []fault{
	{"flows-deleted", "all flows of a bridge are deleted by hand", repaired, spoil("del-flows"), true},
	{"flow-deleted", "a flow, any one, is deleted by hand", repaired, spoil("del-flows --strict"), true},
	{"vswitchd-killed", "kill -9 of ovs-vswitchd, and its start", refilled, vswitchdKilled, false},
	{"ovsdb-restarted", "kill -9 of ovsdb-server, and its start: ovs-vswitchd's main loop, which is the whole of a " +
		"userspace datapath, waits for it", limit{lost: noLimit, converge: converged}, ovsdbRestarted, false},
	{"flow-changed", "a flow, any one, is made to drop by hand", repaired, spoil("mod-flows --strict"), true},
	{"flow-planted", "a flow is planted by hand", limit{mods: 20, converge: repairMax}, planted, true},
	{"port-renumbered", "a guest's interface gets another OpenFlow port number", refilled, renumbered, false},
	{"bridge-deleted", "the bridge is deleted; the agent makes it, its ports are added again", refilled, bridgeDeleted,
		true},
}

// ofctl does something to the flows of a host.
func (l *lab) ofctl(host string, args ...string) (string, error) {
	command := append([]string{"-O", "OpenFlow13"}, args...)
	command[slices.Index(command, "BRIDGE")] = switchOf(host, "br-int")
	out, err := exec.Command("ovs-ofctl", command...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("ovs-ofctl %v on %s: %w: %s", args, host, err, out)
	}
	return string(out), nil
}

// flows are those of a host without what changes by itself, as text: no statistics, and not the counters that the
// switch makes for what it drops, such as frames of a guest whose flow was just deleted.
func (l *lab) flows(host string) ([]string, error) {
	out, err := l.ofctl(host, "dump-flows", "--no-stats", "BRIDGE")
	if err != nil {
		return nil, err
	}
	return taught(out), nil
}

var (
	cookieOf = regexp.MustCompile(`^cookie=(0x[0-9a-f]+),`)
	learns   = regexp.MustCompile(`learn\([^)]*cookie=(0x[0-9a-f]+)`)
)

// taught are the flows of a dump, in order, that the switch was given: not those that it has learnt from one of them,
// which have the cookie that this one says.
func taught(dump string) (flows []string) {
	learnt := map[string]bool{}
	for _, m := range learns.FindAllStringSubmatch(dump, -1) {
		learnt[m[1]] = true
	}
	for line := range strings.Lines(dump) {
		line = strings.TrimSpace(line)
		if m := cookieOf.FindStringSubmatch(line); m != nil && !learnt[m[1]] {
			flows = append(flows, line)
		}
	}
	slices.Sort(flows)
	return flows
}

// spoil changes one flow of the host, any one, or all; and waits until they are as before.
func spoil(how string) func(*trial) error { return func(t *trial) error { return t.spoil(how) } }

func (t *trial) spoil(how string) error {
	before, err := t.l.flows(t.host)
	if err != nil {
		return err
	}
	command := append(strings.Fields(how), "BRIDGE")
	if strings.Contains(how, "--strict") {
		some := slices.DeleteFunc(slices.Clone(before), func(f string) bool { return strings.HasSuffix(f, "=drop") })
		_, flow, _ := strings.Cut(some[t.random.IntN(len(some))], ", ")
		match, _, _ := strings.Cut(flow, " actions=")
		t.note("%s", match)
		if strings.HasPrefix(how, "mod") {
			match += ",actions=drop"
		}
		command = append(command, strings.TrimPrefix(match, "reset_counts "))
	}
	t.inject()
	t.gone()
	if _, err := t.l.ofctl(t.host, command...); err != nil {
		return err
	}
	return t.asBefore(before)
}

// asBefore waits until the host has the flows that it had.
func (t *trial) asBefore(flows []string) error {
	return until(giveUp, func() bool {
		now, err := t.l.flows(t.host)
		return err == nil && slices.Equal(now, flows)
	})
}

func planted(t *trial) error {
	before, err := t.l.flows(t.host)
	if err != nil {
		return err
	}
	t.inject()
	t.gone()
	if _, err := t.l.ofctl(t.host, "add-flow", "BRIDGE", "table=0,priority=7,udp,tp_dst=9,actions=drop"); err != nil {
		return err
	}
	return t.asBefore(before)
}

// vswitchdKilled takes the time from when the new process takes connections until all flows are there; the lab is not
// done then yet.
func vswitchdKilled(t *trial) error {
	flows, err := t.l.flowCount(t.host)
	if err != nil {
		return err
	}
	t.inject()
	if err := t.l.kill(t.host + ".ovs-vswitchd"); err != nil {
		return err
	}
	started := make(chan error, 1)
	go func() { started <- t.l.run("ovs", t.host, "start") }()
	path := strings.TrimPrefix(switchOf(t.host, "br-int"), "unix:")
	answers := until(giveUp, func() bool {
		c, err := net.Dial("unix", path)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
	t.gone()
	full := until(giveUp, func() bool { n, err := t.l.flowCount(t.host); return err == nil && n >= flows })
	took := time.Since(t.back)
	if t.note("all flows %.2f s after it was up", took.Seconds()); took.Seconds() > t.slack*refillMax.Seconds() {
		t.fail("flows complete after %s, limit %s", took, refillMax)
	}
	t.gone()
	return errors.Join(answers, full, <-started)
}

// renumbered gives the interface of a guest another number, and then the one that it had.
func renumbered(t *trial) error {
	guest := map[string]string{"hv1": "b1", "hv2": "b2"}[t.host]
	if guest == "" {
		t.host, guest = "hv1", "b1"
	}
	out, err := t.l.exec(t.host, "ovs-vsctl", "--bare", "--columns=name", "find", "interface",
		"external_ids:iface-id="+guest)
	if err != nil {
		return err
	}
	name := strings.TrimSpace(out)
	old, err := t.l.exec(t.host, "ovs-vsctl", "get", "interface", name, "ofport")
	if err != nil {
		return err
	}
	before, err := t.l.flows(t.host)
	if err != nil {
		return err
	}
	request := func(n string) func() error {
		return t.step("exec", t.host, "ovs-vsctl", "set", "interface", name, "ofport_request="+n)
	}
	const other = "1234"
	t.inject()
	return inOrder(request(other),
		func() error {
			return until(giveUp, func() bool {
				now, err := t.l.flows(t.host)
				return err == nil && len(now) == len(before) && strings.Contains(strings.Join(now, "\n"), "in_port="+other)
			})
		},
		request(strings.TrimSpace(old)),
		func() error { t.gone(); return t.asBefore(before) },
		t.step("exec", t.host, "ovs-vsctl", "clear", "interface", name, "ofport_request"))
}

func ovsdbRestarted(t *trial) error {
	t.inject()
	return inOrder(
		func() error { return t.l.kill(t.host + ".ovsdb-server") },
		t.step("ovs", t.host, "start"),
		func() error { t.gone(); return nil })
}

// bridgeDeleted adds the ports again as they were, as whoever runs the guests does.
func bridgeDeleted(t *trial) error {
	find := []string{"ovs-vsctl", "--bare", "--columns=name", "find", "interface", "external_ids:iface-id!=\"\""}
	out, err := t.l.exec(t.host, find...)
	if err != nil {
		return err
	}
	var add []string
	for _, name := range strings.Fields(out) {
		ids, err := t.l.exec(t.host, "ovs-vsctl", "get", "interface", name, "external_ids")
		if err != nil {
			return err
		}
		add = append(add, "--", "add-port", "br-int", name, "--", "set", "interface", name,
			"external_ids="+strings.TrimSpace(ids))
	}
	t.inject()
	if err := t.l.run("exec", t.host, "ovs-vsctl", "del-br", "br-int"); err != nil {
		return err
	}
	made := func() bool { return t.l.run("exec", t.host, "ovs-vsctl", "br-exists", "br-int") == nil }
	if err := until(giveUp, made); err != nil {
		return fmt.Errorf("the bridge is not made again: %w", err)
	}
	t.note("the bridge was there again after %.1f s", time.Since(t.began).Seconds())
	if len(add) > 0 {
		if err := t.l.run(append([]string{"exec", t.host, "ovs-vsctl"}, add[1:]...)...); err != nil {
			return err
		}
	}
	t.gone()
	return nil
}
