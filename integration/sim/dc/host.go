package dc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/vlcp-go/vlcp/agent"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/netio"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/ovsdb"
	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/vswitch"
)

const (
	bridge     = "br-int"
	tunnelPort = "vxlan0"
	dbAddress  = "unix:/ovs/db.sock"
)

// Host is a hypervisor: a switch, its database, the agent that runs at the moment, and guests.
type Host struct {
	w        *World
	index    int
	id       string // Open vSwitch's system-id
	name     string
	addr     netip.Addr
	sw       *vswitch.Switch
	swLife   int       // counts what changes the switch without the agent
	shaken   time.Time // when that was last
	db       *database
	dbUp     bool
	ofUp     bool
	conns    []*conn
	disk     disk         // which has the journal
	away     bool         // the store cannot be reached from here
	agent    *agent.Agent // nil while none runs
	lives    int          // of agents so far
	view     *view        // of the store, of the agent that runs
	clock    *hostClock
	ofport   uint32            // given last
	tunnels  map[string]uint32 // OpenFlow ports of the tunnels, by interface
	guests   map[string]*Guest // by interface
	byNumber map[uint32]*Guest // by OpenFlow port
	uplinks  map[uint32]string // names, by OpenFlow port
	double   bool              // of another host, to compare with

	isReady   bool
	frozen    bool // the agent gets no turns
	timed     bool
	due       time.Time     // of the agent's next timer, when timed
	slow      time.Duration // what connections take in addition
	slowStore time.Duration // what calls of the store take in addition
	slowDisk  time.Duration // what calls of the disk take before they are done
	badDisk   bool          // it syncs nothing
	armed     bool          // its agent ends with the next guest that moves, see killAfterMove
	faults    int           // that last
	disturbed time.Time     // when something happened last between agent, switch and store
	meddled   time.Time     // when somebody changed its flows last
}

// sendPercent is how many changes of flows somebody sends right after.
const sendPercent = 20

// hostClock is the clock of one host.
type hostClock struct {
	w     *World
	ahead time.Duration
}

// Now implements coroutine.Clock.
func (c *hostClock) Now() time.Time { return c.w.clock.Now().Add(c.ahead) }

func newHost(w *World, i int) *Host {
	h := &Host{w: w, index: i, name: fmt.Sprintf("hv%d", i+1), addr: address(i), dbUp: true, ofUp: true,
		disk: disk{}, clock: &hostClock{w: w}, guests: map[string]*Guest{}, byNumber: map[uint32]*Guest{},
		uplinks: map[uint32]string{}, tunnels: map[string]uint32{}}
	h.id = "id-" + h.name
	h.sw = h.newSwitch()
	h.db = newDatabase(w)
	h.db.commit(change{table: "Open_vSwitch", uuid: h.db.newRow(), after: ovsdb.Row{"external_ids": ovsdb.Map{
		"system-id": h.id, "hostname": h.name}, "other_config": ovsdb.Map{}}})
	return h
}

func (h *Host) newSwitch() *vswitch.Switch {
	return vswitch.New(vswitch.Options{DatapathID: uint64(h.index + 1), Software: "3.1.0", Now: h.w.clock.Now,
		Emit: h.emit})
}

// boot starts an agent.
func (h *Host) boot() error {
	w := h.w
	cfg := agent.DefaultConfig()
	cfg.OVS.DB, cfg.OVS.Bridge = dbAddress, bridge
	cfg.Tunnel.Address, cfg.Tunnel.Port = h.addr, tunnelPort
	setDemand(&cfg)
	v := &view{Store: w.db.mem, h: h}
	h.view = v
	h.lives++
	h.disturbed = w.clock.Now()
	a, err := agent.New(cfg, agent.Env{
		Clock: h.clock, Seed: mix(w.o.Seed+mix(uint64(h.index)<<32+uint64(h.lives))) | 1, Offloader: delayed{h},
		Dialer: func(s *coroutine.Scheduler) netio.Dialer { return &dialer{h: h, s: s} },
		OpenStore: func(context.Context, agent.RedisConfig) (store.Store, error) {
			if h.away {
				return nil, errCutOff
			}
			return v, nil
		},
		Switch: setup{h}, Files: files{h, h.lives}, Logger: w.logger.With(slog.String("on", h.name)),
		Hostname: func() (string, error) { return h.name, nil },
		Link:     func(netip.Addr) (agent.Link, error) { return agent.Link{Name: "phy0", MTU: 1500}, nil },
	})
	if err != nil {
		return err
	}
	h.agent, h.timed = a, false
	w.running = append(w.running, h)
	a.Start()
	h.poke()
	return nil
}

// kill ends the agent between two of its steps. Its connections end with it; what it sent is on its way.
func (h *Host) kill() {
	if h.agent == nil {
		return
	}
	a := h.agent
	h.agent, h.frozen, h.timed = nil, false, false
	h.view.dead = true
	h.disturbed = h.w.clock.Now()
	h.w.running = slices.DeleteFunc(h.w.running, func(o *Host) bool { return o == h })
	for _, c := range slices.Clone(h.conns) {
		c.h = netio.Handler{Message: func([]byte) {}, Closed: func(error) {}}
		c.end(errCut)
	}
	a.Scheduler().Abandon()
	a.Close()
}

// poke says that the agent may have something to do.
func (h *Host) poke() {
	if !h.isReady && !h.frozen && h.agent != nil {
		h.isReady = true
		h.w.ready = append(h.w.ready, h)
	}
}

// turn gives the agent some steps, and reports whether it had any.
func (h *Host) turn() bool {
	if h.agent == nil || h.frozen {
		return false
	}
	if h.agent.Scheduler().Turn(1 + h.w.rand.IntN(stepsMax)) {
		h.poke()
		return true
	}
	h.due, h.timed = h.agent.Scheduler().Next()
	h.due = h.due.Add(-h.clock.ahead)
	return false
}

// delayed runs blocking calls of agents after a moment, and brings the result after another. A store that is slow makes
// no disk slow.
type delayed struct{ h *Host }

// diskParts are the coroutines of an agent that wait for the disk, and for nothing else.
var diskParts = []string{"journal", "journal-sync"}

// Offload implements coroutine.Offloader.
func (d delayed) Offload(s *coroutine.Scheduler, work func() func()) {
	there, back := d.h.slowStore, d.h.slowStore
	if slices.Contains(diskParts, s.Current()) {
		there, back = d.h.slowDisk, 0
	}
	d.after(there, func() {
		deliver := work()
		d.after(back, func() {
			s.Defer(deliver)
			d.h.poke()
		})
	})
}

func (d delayed) after(slow time.Duration, fn func()) {
	w := d.h.w
	w.after(slow+w.between(50*time.Microsecond, time.Millisecond), fn)
}

// dialer connects an agent to what is on its host.
type dialer struct {
	h *Host
	s *coroutine.Scheduler
}

var errRefused = errors.New("connection refused")

// Dial implements netio.Dialer.
func (d *dialer) Dial(co *coroutine.Co, address string, handler netio.Handler) (netio.Conn, error) {
	h := d.h
	if err := co.Sleep(h.w.between(10*time.Microsecond, time.Millisecond)); err != nil {
		return nil, err
	}
	c := &conn{host: h, w: h.w, agent: d.s, h: handler}
	switch {
	case address == dbAddress && h.dbUp:
		c.server = func(b []byte) { h.db.serve(c, b) }
		c.gone = func() { h.db.leave(c); h.forget(c) }
	case strings.HasSuffix(address, bridge+".mgmt") && h.ofUp && h.bridged():
		h.serveOpenFlow(c)
	default:
		return nil, fmt.Errorf("dial %s: %w", address, errRefused)
	}
	h.conns = append(h.conns, c)
	return c, nil
}

func (h *Host) serveOpenFlow(c *conn) {
	control := h.sw.Connect(c.reply)
	c.openflow = true
	c.server = func(b []byte) {
		for len(b) > 0 {
			n, err := openflow.Frame(b)
			if err != nil || n == 0 || n > len(b) {
				h.w.fail("agent of %s sends what is not OpenFlow: %x", h.name, b[:min(len(b), 32)])
				return
			}
			control.Handle(b[:n])
			h.whileProgrammed(b[:n])
			b = b[n:]
		}
	}
	c.gone = func() { control.Close(); h.forget(c) }
}

// whileProgrammed has a guest send now and then between two changes of flows: what works goes on working at every
// step of a plan, and frames by chance do not come in the millisecond that one takes.
func (h *Host) whileProgrammed(msg []byte) {
	if openflow.MessageType(msg) != uint8(of13.TypeFlowMod) || !h.w.chance(sendPercent) {
		return
	}
	n, ok := choose(h.w, h.guests)
	if !ok {
		return
	}
	g, w := h.guests[n], h.w
	to := g.reached
	if to != nil && !g.quiet && g.ip.IsValid() && !to.quiet && w.defs.works[pairing{g, to}] == w.promiseOf(g, to) {
		g.sendProbe(w.defs.newProbe(g), to.mac, to.ip)
	}
}

func (h *Host) forget(c *conn) {
	h.conns = slices.DeleteFunc(h.conns, func(o *conn) bool { return o == c })
}

// cut ends all connections of the agent, or those to one side.
func (h *Host) cut() {
	for _, c := range slices.Clone(h.conns) {
		c.end(errCut)
	}
}

// emit takes a frame that leaves the switch.
func (h *Host) emit(o vswitch.Out) {
	h.w.stats.Frames++
	if o.Tunnel != nil {
		for name, number := range h.tunnels {
			if number == o.Port {
				h.w.net.send(h, way{o.Tunnel.Dst, name, o.Tunnel.Key}, o.Frame)
			}
		}
		return
	}
	if g := h.byNumber[o.Port]; g != nil {
		if to, frame := g.behind(o.Frame); to != nil {
			to.receive(frame)
		}
	} else if ifname := h.uplinks[o.Port]; ifname != "" {
		h.w.wire.send(h, ifname, o.Frame)
	}
}
