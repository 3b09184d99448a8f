package integration

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const redisIP = "10.255.0.254"

func TestRedisStopped(t *testing.T) {
	l := on(t)
	l.apply(blue)
	l.guests("hv1/web1", "hv2/web2")
	l.run("guest", "hv3", "web3", "--dhcp", "none")
	ping := l.start("web1", "ping", "-n", "-i", "0.05", "-W", "2", "10.10.0.12")
	l.try("underlay", "redis-cli", "-h", redisIP, "shutdown", "save")
	for _, host := range hosts {
		l.eventually(func() bool {
			s, code := l.tryStatus(host)
			return code == 0 && !s.Store.Connected && s.Store.State == "disconnected" &&
				s.problem("store_unreachable", "store") != nil
		}, "%s does not say that it is disconnected", host)
	}
	for _, command := range []string{"host list", "port create web4 --network blue", "wait"} {
		r := l.tryCoordinator(strings.Fields(command + " --store-timeout 2s")...)
		require.Equal(t, 5, r.code, "%s: %s%s", command, r.out, r.err)
		require.Contains(t, r.err, redisIP+":6379", command)
		require.Equal(t, 1, count(r.err, ""), "one line: %s", r.err)
	}
	l.renew("hv1", "web1")
	l.run("guest", "hv3", "web3", "--dhcp", "udhcpc") // attached before; it has never asked
	require.Equal(t, "10.10.0.13", l.address("web3"))
	l.pings("web3", "10.10.0.11")
	l.run("agent", "hv2", "stop") // without an agent its guests go on, too
	l.run("up", "--hosts", "3")   // starts Redis and the agent
	for _, host := range hosts {
		l.eventually(func() bool {
			s := l.status(host)
			return s.Store.Connected && s.Store.State == "current" && len(s.Problems) == 0
		}, "%s has not recovered", host)
	}
	l.unbroken(ping.interrupt())
	l.pings("web1", "10.10.0.12")
	l.coordinator("port", "create", "web4", "--network", "blue")
	l.guests("hv2/web4")
	l.pings("web4", "10.10.0.11")
}

// TestRedisLost has Redis come back empty. Agents hold what they have, take what is new, and follow again when the
// store has everything.
func TestRedisLost(t *testing.T) {
	l := on(t)
	l.apply(blue)
	l.guests("hv1/web1", "hv2/web2")
	ping := l.start("web1", "ping", "-n", "-i", "0.05", "-W", "2", "10.10.0.12")
	definitions := l.coordinator("export")
	l.try("underlay", "redis-cli", "-h", redisIP, "shutdown", "nosave")
	require.NoError(t, os.RemoveAll(labDir+"/redis/dump.rdb"))
	l.run("up", "--hosts", "3") // an empty Redis, made ready
	for host, guest := range map[string]string{"hv1": "web1", "hv2": "web2"} {
		l.eventually(func() bool { return l.status(host).problem("store_changed", "store") != nil }, "%s: no problem", host)
		s := l.status(host)
		require.Equal(t, "hold", s.Store.State, host)
		require.Equal(t, "up", s.port(guest).State, "%s holds what was defined", host)
	}
	l.renew("hv1", "web1")
	l.run("agent", "hv1", "restart")
	l.eventually(func() bool { return l.status("hv1").Store.State == "hold" }, "a restart is nobody's consent")
	l.apply(definitions)
	l.follows("")
	l.coordinator("wait", "--port", "web1")
	l.coordinator("wait", "--port", "web2")
	l.unbroken(ping.interrupt())
	l.pings("web1", "10.10.0.12")
}

// follows waits until all agents follow the store and have no problem, but for that.
func (l *lab) follows(but string) {
	l.t.Helper()
	for _, host := range hosts {
		l.eventually(func() bool {
			s := l.status(host)
			for _, p := range s.Problems {
				if p.Code != but {
					return false
				}
			}
			return s.Store.State == "current" && s.Flows.Installed == s.Flows.Desired
		}, "%s has not recovered", host)
	}
}

// TestOldBackupRestored goes back to a backup that does not have a port: it works until an operator accepts that.
func TestOldBackupRestored(t *testing.T) {
	l := on(t)
	l.apply(blue)
	l.coordinator("port", "delete", "web2")
	file := filepath.Join(t.TempDir(), "backup")
	l.coordinator("backup", file)
	l.coordinator("port", "create", "web2", "--network", "blue", "--ip", "10.10.0.12")
	l.guests("hv1/web1", "hv2/web2")
	r := l.tryCoordinator("restore", file)
	require.Equal(t, 4, r.code)
	require.Contains(t, r.err, "port web2 deleted")
	ping := l.start("web1", "ping", "-n", "-i", "0.05", "-W", "2", "10.10.0.12")
	require.Contains(t, l.coordinator("restore", file, "--replace"), "port web2 deleted")
	l.eventually(func() bool {
		return strings.Contains(l.coordinator("store", "accept", "--dry-run"), "port web2 goes: on hv1, hv2")
	}, "nobody holds")
	l.unbroken(ping.interrupt())
	l.pings("web1", "10.10.0.12")
	require.Contains(t, l.coordinator("host", "list"), "live, holds")
	l.coordinator("store", "accept", "--yes")
	l.follows("port_undefined")
	l.eventually(func() bool { return l.status("hv2").port("web2").State == "undefined" }, "web2 is still there")
	l.coordinator("store", "check")
}

// TestRedisAwayOverRestarts: with Redis away, an agent is killed, another stopped, a host restarted with its switch:
// its guests go on when it is back, and one boots that was defined before and has never run.
func TestRedisAwayOverRestarts(t *testing.T) {
	l := on(t)
	l.apply(blue)
	l.guests("hv1/web1", "hv2/web2")
	time.Sleep(3 * time.Second) // the journal is written after two
	l.try("underlay", "redis-cli", "-h", redisIP, "shutdown", "save")
	ping := l.start("web1", "ping", "-n", "-i", "0.01", "-W", "2", "10.10.0.12")
	l.run("agent", "hv2", "restart") // in order
	l.run("agent", "hv1", "kill")
	l.run("agent", "hv1", "start")
	for _, host := range []string{"hv1", "hv2"} {
		s, code := l.tryStatus(host)
		require.Zero(t, code, "%+v", s)
		require.Equal(t, "disconnected", s.Store.State)
		require.NotEmpty(t, s.Store.Since)
		require.NotEmpty(t, s.Store.Seen)
		require.True(t, s.Store.FromJournal)
		require.Zero(t, s.Flows.Sent, host)
	}
	l.unbroken(ping.interrupt())
	l.pings("web1", "10.10.0.12")
	l.renew("hv1", "web1")

	l.run("agent", "hv1", "kill")
	l.run("ovs", "hv1", "restart") // as the host does
	l.run("agent", "hv1", "start")
	l.eventually(func() bool { return l.status("hv1").Flows.Pending == 0 }, "no flows")
	l.pings("web1", "10.10.0.12")
	l.run("guest", "hv1", "web3")
	require.Equal(t, "10.10.0.13", l.address("web3"))
	require.Equal(t, "unannounced", l.status("hv1").port("web3").State)
	require.Equal(t, "up", l.status("hv1").port("web1").State)
	l.pings("web3", "10.10.0.11")

	l.run("up", "--hosts", "3")
	for _, host := range hosts { // wait passes over hosts that have not come back to the store
		l.eventually(func() bool {
			s := l.status(host)
			return s.Store.State == "current" && len(s.Problems) == 0
		}, "%s has not recovered", host)
	}
	l.coordinator("wait", "--port", "web3")
	l.pings("web3", "10.10.0.12")
}

func TestSwitchStopped(t *testing.T) {
	l := on(t)
	l.apply(blue)
	l.guests("hv1/web1", "hv2/web2")
	t.Run("at the start of the agent", func(t *testing.T) {
		l := &lab{t: t}
		l.run("agent", "hv1", "stop")
		l.run("ovs", "hv1", "stop")
		t.Setenv("VLCP_LAB_READY_TIMEOUT", "1")
		r := l.command("", "agent", "hv1", "start")
		require.NotZero(t, r.code, "ready without a switch: %s%s", r.out, r.err)
		t.Setenv("VLCP_LAB_READY_TIMEOUT", "30")
		s, code := l.tryStatus("hv1")
		require.Equal(t, 5, code)
		require.False(t, s.Ready)
		require.False(t, s.Switch.Connected)
		require.NotNil(t, s.problem("ovsdb_unreachable", "unix:"+labDir+"/hv1/ovs/db.sock"), "%+v", s.Problems)
		l.run("ovs", "hv1", "start")
		l.whole("hv1")
		l.pings("web1", "10.10.0.12")
	})
	t.Run("ovs-vswitchd killed", func(t *testing.T) {
		l := &lab{t: t}
		l.signal("hv1.ovs-vswitchd", syscall.SIGKILL)
		l.eventually(func() bool { s, _ := l.tryStatus("hv1"); return !s.Switch.Connected }, "it is not missed")
		l.run("ovs", "hv1", "start")
		l.whole("hv1")
		l.pings("web1", "10.10.0.12")
		l.renew("hv1", "web1")
	})
	t.Run("restarted", func(t *testing.T) {
		l := &lab{t: t}
		l.run("ovs", "hv2", "restart")
		l.whole("hv2")
		l.pings("web1", "10.10.0.12")
		l.pings("web2", "10.10.0.11")
	})
}

// whole waits until an agent has all its flows in its switch, and compares with what the switch says.
func (l *lab) whole(host string) {
	l.t.Helper()
	l.eventually(func() bool {
		s, code := l.tryStatus(host)
		return code == 0 && s.Ready && s.Switch.Connected && s.Flows.Installed == s.Flows.Desired && len(s.Problems) == 0 &&
			s.Flows.Pending == 0 && len(s.Ports) == 1 && s.Ports[0].State == "up" && len(s.Tunnels) == 1
	}, "%s has not recovered", host)
	l.eventually(func() bool { return len(l.dump(host)) == l.status(host).Flows.Installed }, "%s lacks flows", host)
	for _, f := range l.flows(host) {
		require.Equal(l.t, "installed", f.State, "%+v", f)
	}
}

// A host's address is at its bridge to the underlay and nowhere else: whoever is told another MAC sends its tunnels
// into nothing until it asks again.
func TestOneAnswersForAHost(t *testing.T) {
	l := on(t)
	for _, host := range hosts {
		address := l.exec(host, "sh", "-c", "ip -4 -o addr show dev br-phy | sed 's/.*inet //; s/\\/.*//'")
		mac := strings.TrimSpace(l.exec(host, "cat", "/sys/class/net/br-phy/address"))
		out := l.try("underlay", "arping", "-c", "3", "-w", "3", "-i", "br0", strings.TrimSpace(address)).out
		var told []string
		for _, m := range regexp.MustCompile(`from (\S+) \(`).FindAllStringSubmatch(out, -1) {
			told = append(told, strings.ToLower(m[1]))
		}
		require.NotEmpty(t, told, out)
		slices.Sort(told)
		require.Equal(t, []string{mac}, slices.Compact(told), out)
	}
}
