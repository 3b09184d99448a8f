package agent

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

const (
	envSeed = "VLCP_TEST_SEED" // repeats a run, as far as threads let it

	propertyRounds = 4
	propertyOps    = 40
)

// chaos makes random changes and knows what is defined and attached.
type chaos struct {
	*world
	r        *rand.Rand
	networks map[string]bool
	ports    map[string]string   // port → network
	ifaces   []map[string]string // by host: interface → port
}

// TestAgentsConverge: whatever was done, in the end every switch has what its agent wants, that is what an agent that
// knows only the present wants, and every attached port is on exactly one host.
func TestAgentsConverge(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv(envSeed); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
		seed = n
	}
	t.Logf("%s=%d", envSeed, seed)
	c := &chaos{world: newWorld(t, 3), r: rand.New(rand.NewPCG(seed, 1)), networks: map[string]bool{},
		ports: map[string]string{}, ifaces: []map[string]string{{}, {}, {}}}
	c.startAll()
	ops := []func() string{c.defineNetwork, c.definePort, c.definePort, c.definePort, c.deletePort, c.deleteNetwork,
		c.attach, c.attach, c.attach, c.detach, c.rename}
	for round := range propertyRounds {
		var done []string
		for range propertyOps {
			if s := ops[c.r.IntN(len(ops))](); s != "" {
				done = append(done, s)
			}
		}
		c.settleBeforeAPoll()
		c.check(fmt.Sprintf("round %d: %v", round, done))
	}
}

// settleBeforeAPoll is settle by clocks that do not come to the next poll.
func (c *chaos) settleBeforeAPoll() {
	c.t.Helper()
	for _, h := range c.hosts {
		h.clock.stop()
		defer h.clock.goOn()
	}
	left := pollInterval
	c.settleWhile(func() {
		step := min(glance, left-1)
		left -= step
		for _, h := range c.hosts {
			h.pass(step)
		}
	})
}

// check compares every agent with one that starts now.
func (c *chaos) check(what string) {
	c.t.Helper()
	bound := map[string]int{}
	for _, h := range c.hosts {
		old, before := h.wants(), h.dump()
		h.restart()
		c.settle()
		require.Zero(c.t, h.status().Flows.Sent, "%s: a fresh agent finds nothing to do on %s\n%s", what, h.cfg.Host,
			c.log(h))
		require.Equal(c.t, old, h.wants(), what)
		require.Equal(c.t, before, h.dump(), what)
		for _, p := range h.status().Ports {
			if p.State == status.PortUp {
				bound[p.ID]++
				require.Equal(c.t, h.cfg.Host, c.boundTo(p.ID), what)
			}
			_, defined := c.ports[p.ID]
			require.Equal(c.t, !defined, p.State == status.PortUndefined, "%s: %+v", what, p)
		}
	}
	for p, n := range bound {
		require.Equal(c.t, 1, n, "%s: %s is on several hosts", what, p)
	}
	for p := range c.ports {
		require.Equal(c.t, bound[p] == 1, c.boundTo(p) != "", "%s: %s", what, p)
	}
}

// log is what differs on a host.
func (c *chaos) log(h *host) (out string) {
	for _, f := range h.flows() {
		if f.AgeSeconds < 2 {
			out += fmt.Sprintf("%+v\n", f)
		}
	}
	return out
}

func (c *chaos) name(kind string, n int) string { return kind + strconv.Itoa(c.r.IntN(n)) }

// try commits a change that may make no sense at the moment.
func (c *chaos) try(change func(*catalog.Changes)) bool {
	var ch catalog.Changes
	change(&ch)
	_, err := c.cat.Commit(c.t.Context(), &ch)
	return err == nil
}

func (c *chaos) defineNetwork() string {
	n := c.name("net", 3)
	if c.networks[n] {
		return ""
	}
	c.network(n, c.r.IntN(200))
	c.networks[n] = true
	return "+" + n
}

func (c *chaos) deleteNetwork() string {
	n := c.name("net", 3)
	if !c.networks[n] || !c.try(func(ch *catalog.Changes) {
		ch.Delete(model.KindSubnet, n+"-v4")
		ch.Delete(model.KindNetwork, n)
	}) {
		return ""
	}
	delete(c.networks, n)
	return "-" + n
}

func (c *chaos) definePort() string {
	p, n := c.name("port", 6), c.name("net", 3)
	if !c.try(func(ch *catalog.Changes) { ch.Create(&model.Port{Name: p, Network: n}) }) {
		return ""
	}
	c.ports[p] = n
	return "+" + p + "@" + n
}

func (c *chaos) deletePort() string {
	p := c.name("port", 6)
	if !c.try(func(ch *catalog.Changes) { ch.Delete(model.KindPort, p) }) {
		return ""
	}
	delete(c.ports, p)
	return "-" + p
}

func (c *chaos) attach() string {
	h, i, p := c.r.IntN(3), c.name("if", 4), c.name("port", 6)
	if _, there := c.ifaces[h][i]; there {
		return ""
	}
	c.hosts[h].attach(i, p)
	c.ifaces[h][i] = p
	return fmt.Sprintf("%s on host%d for %s", i, h+1, p)
}

func (c *chaos) detach() string {
	h, i := c.r.IntN(3), c.name("if", 4)
	if _, there := c.ifaces[h][i]; !there {
		return ""
	}
	c.hosts[h].detach(i)
	delete(c.ifaces[h], i)
	return fmt.Sprintf("%s on host%d off", i, h+1)
}

// rename gives an interface to another port.
func (c *chaos) rename() string {
	h, i, p := c.r.IntN(3), c.name("if", 4), c.name("port", 6)
	if _, there := c.ifaces[h][i]; !there {
		return ""
	}
	c.hosts[h].sw.Vsctl("set", "interface", i, "external_ids:iface-id="+p)
	c.ifaces[h][i] = p
	return fmt.Sprintf("%s on host%d is now %s", i, h+1, p)
}
